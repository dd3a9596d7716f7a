"""Letters: a row in the transaction that causes them, put into words when they go out."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from .models import OutgoingMail

log = logging.getLogger(__name__)
Builder = Callable[[Any, dict[str, object]], dict[str, object]]
_builders: dict[str, Builder] = {}
_templates: dict[str, str] = {}
PAUSES = [dt.timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]


def letter(kind: str, *, templates: str = "") -> Callable[[Builder], Builder]:
    """Register what a kind of letter needs beyond its row: ``templates/emails/<kind>-*``.

    Kinds that say different things in the same form share ``templates``.
    """

    def register(builder: Builder) -> Builder:
        _builders[kind] = builder
        _templates[kind] = templates or kind
        return builder

    return register


def post(*, kind: str, receiver: Any, context: dict[str, object] | None = None) -> OutgoingMail:
    """Put a letter into the outbox; a task delivers it after the commit, or the sweep does."""
    from .tasks import deliver_letters

    row = OutgoingMail.objects.create(
        kind=kind, receiver=receiver, context=context or {}, next_attempt_at=timezone.now()
    )
    transaction.on_commit(lambda: deliver_letters.delay(), robust=True)
    return row


def post_many(
    *, kind: str, receivers: Sequence[Any], context: dict[str, object] | None = None
) -> None:
    """The same kind of letter to many, delivered by one task."""
    from .tasks import deliver_letters

    now = timezone.now()
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(kind=kind, receiver=user, context=context or {}, next_attempt_at=now)
            for user in receivers
        ],
        batch_size=500,
    )
    transaction.on_commit(lambda: deliver_letters.delay(), robust=True)


def deliver(*, now: dt.datetime, limit: int = 200) -> int:
    """Send what is due; a failure is kept with growing pauses. Returns how many went out."""
    sent = 0
    due = OutgoingMail.objects.filter(sent_at__isnull=True, next_attempt_at__lte=now)
    for row in due.select_related("receiver")[:limit]:
        # Claimed by moving its next attempt, so two workers never send it together.
        claimed = OutgoingMail.objects.filter(
            pk=row.pk, sent_at__isnull=True, next_attempt_at=row.next_attempt_at
        ).update(
            attempts=row.attempts + 1,
            next_attempt_at=now + PAUSES[min(row.attempts, len(PAUSES) - 1)],
        )
        if not claimed:
            continue
        try:
            _send(row)
        except Exception as error:  # whatever the mail server answers, the letter stays
            log.warning("letter %s not sent: %s", row.pk, type(error).__name__)
            OutgoingMail.objects.filter(pk=row.pk).update(last_error=type(error).__name__)
            if row.attempts + 1 >= len(PAUSES):
                OutgoingMail.objects.filter(pk=row.pk).update(next_attempt_at=None)
        else:
            OutgoingMail.objects.filter(pk=row.pk).update(
                sent_at=now, next_attempt_at=None, last_error=""
            )
            sent += 1
    return sent


def _send(row: OutgoingMail) -> None:
    receiver = row.receiver
    with translation.override(receiver.language):
        context = {"receiver": receiver, "site_url": settings.SITE_URL} | _builders[row.kind](
            receiver, row.context
        )
        name = _templates[row.kind]
        subject = render_to_string(f"emails/{name}-subject.txt", context)
        mail = EmailMultiAlternatives(
            subject=" ".join(subject.split()),
            body=render_to_string(f"emails/{name}-body.txt", context),
            to=[receiver.email],
            headers={"Message-ID": f"<letter-{row.pk}@{settings.SITE_URL.split('//')[-1]}>"},
        )
        mail.attach_alternative(render_to_string(f"emails/{name}-body.html", context), "text/html")
        mail.send()
