"""Issuing a paper: its number, its frozen data, its fingerprint (architecture, idea 6).

The verb that issues calls ``issue`` in its own transaction; the PDF is made from the frozen data
after the commit, by whoever listens to ``paper_issued``. No floor below ``reports`` knows how.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.dispatch import Signal

from interface.trilingual import Said

from .models import IssuedPaper, NumberRegister

paper_issued = Signal()  # sent after the commit, with ``paper``
# What each kind is called; whoever prints them says so when the program starts.
names: dict[str, Said] = {}


@transaction.atomic
def next_number(*, register: str, year: int) -> int:
    """The next number of a register; given for good once the transaction is through."""
    NumberRegister.objects.get_or_create(name=register, year=year)
    row = NumberRegister.objects.select_for_update().get(name=register, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def canonical(data: object) -> str:
    """``data`` as JSON with sorted keys and no spaces: the same facts, the same text."""
    return json.dumps(
        data, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def fingerprint_of(
    *, kind: str, number: str, version: int, issued_on: dt.date, data: Mapping[str, Any]
) -> str:
    """SHA-256 of what a paper says, in hexadecimal."""
    said = {
        "kind": kind,
        "number": number,
        "version": version,
        "issued_on": issued_on.isoformat(),
        "data": data,
    }
    return hashlib.sha256(canonical(said).encode()).hexdigest()


@transaction.atomic
def issue(
    *,
    kind: str,
    number: str,
    data: Mapping[str, Any],
    subject: models.Model,
    actor: Any,
    on: dt.date,
    version: int = 1,
) -> IssuedPaper:
    """Freeze ``data`` (plain JSON: text, whole numbers, ISO dates) as paper ``number`` of ``kind``.

    Raises ``IntegrityError`` where that number and version exist already.
    """
    frozen = json.loads(canonical(data))
    paper = IssuedPaper.objects.create(
        kind=kind,
        number=number,
        version=version,
        issued_on=on,
        data=frozen,
        fingerprint=fingerprint_of(
            kind=kind, number=number, version=version, issued_on=on, data=frozen
        ),
        subject_type=ContentType.objects.get_for_model(type(subject)),
        subject_id=subject.pk,
        issued_by=actor,
    )
    transaction.on_commit(lambda: paper_issued.send(sender=IssuedPaper, paper=paper), robust=True)
    return paper


def is_whole(paper: IssuedPaper) -> bool:
    """Whether the frozen data still give the fingerprint written when it was issued."""
    return paper.fingerprint == fingerprint_of(
        kind=paper.kind,
        number=paper.number,
        version=paper.version,
        issued_on=paper.issued_on,
        data=paper.data,
    )


def newest(paper: IssuedPaper) -> IssuedPaper:
    """The last version of the paper with this number; itself where no later one was issued."""
    same = IssuedPaper.objects.filter(kind=paper.kind, number=paper.number)
    return same.order_by("-version").first() or paper
