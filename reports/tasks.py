"""Adapters for the worker: what the jobs of this floor do, and what a new paper sets going."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from workflow import jobs
from workflow.models import IssuedPaper
from workflow.papers import paper_issued

from .documents import ask, making

jobs.register(making.PAPER)(making.make)
jobs.register(making.DRAFT)(making.make_draft)


@receiver(paper_issued)
def make_the_kazakh_one(paper: IssuedPaper, **kwargs: Any) -> None:
    """Kazakh is asked for at once; other languages are made when somebody wants them."""
    ask(paper, "kk")
