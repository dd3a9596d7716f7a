"""Adapters for the worker: parse, call the verb."""

from celery import shared_task
from django.utils import timezone

from . import mail


@shared_task
def deliver_letters() -> None:
    while mail.deliver(now=timezone.now()):
        pass  # a batch at a time, until nothing that is due goes out any more
