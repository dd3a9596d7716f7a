"""Accounts: invited, tied to a person, given roles, switched off. Nobody is deleted.

Every change goes into the history with who made it. What is refused is a ``ValidationError``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from staff.models import Person, Post, Role, RolePolicy, User
from staff.models.people import PersonQuerySet
from workflow import mail
from workflow.models import OutgoingMail

RESET_PAUSE = dt.timedelta(minutes=5)
OWN_EMAIL_PAUSE = dt.timedelta(hours=24)


# --- inviting ---------------------------------------------------------------------------------
def without_account(people: PersonQuerySet) -> PersonQuerySet:
    """Those of ``people`` nobody has made an account for."""
    return people.filter(~Exists(User.objects.filter(person=OuterRef("pk"))))


@dataclass(frozen=True)
class Invitations:
    """Accounts made; how many people were left out for want of an e-mail, and who because the one
    who invites has just written theirs.
    """

    accounts: list[User]
    without_email: int
    own_email: list[Person]


@transaction.atomic
def invite(*, people: PersonQuerySet, actor: Any, now: dt.datetime) -> Invitations:
    """Make accounts for those of ``people`` who have none, and send each a link.

    Who has no e-mail is left out and counted. Left out too is whose e-mail the actor has changed
    within ``OWN_EMAIL_PAUSE``, unless an administrator invites: else one could write one's own
    address and come in as somebody else, unnoticed.
    """
    lacking = without_account(people)
    written = set() if actor.has_role(Role.ADMINISTRATOR) else _emails_written_by(actor, now)
    found = list(lacking.exclude(email="").order_by("pk"))
    own_email = [person for person in found if person.pk in written]
    chosen = [person for person in found if person.pk not in written]
    names = _user_names(chosen)
    accounts = [
        User(
            username=names[person.pk],
            email=person.email,
            person=person,
            language=User.Language.KAZAKH,
            invited_at=now,
        )
        for person in chosen
    ]
    for account in accounts:
        account.set_unusable_password()
    accounts = bulk_create_with_history(accounts, User, batch_size=500, default_user=actor)
    mail.post_many(kind="invitation", receivers=accounts)
    return Invitations(accounts, lacking.filter(email="").count(), own_email)


def _emails_written_by(actor: Any, now: dt.datetime) -> set[int]:
    """People in the registry before, whose e-mail ``actor`` changed within ``OWN_EMAIL_PAUSE``."""
    rows = Person.history.filter(
        history_user=actor, history_date__gt=now - OWN_EMAIL_PAUSE, history_type="~"
    ).exclude(email="")
    before = (
        Person.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
        .order_by("-history_id")
        .values("email")[:1]
    )
    written = rows.annotate(before=Coalesce(Subquery(before), Value(""))).exclude(email=F("before"))
    return set(written.values_list("id", flat=True))


def _user_names(people: Sequence[Person]) -> dict[int, str]:
    """The personnel number, or «u» and the key where that is missing, taken or unsuitable."""
    wanted = {p.pk: p.personnel_number or "" for p in people}
    taken = set(
        User.objects.filter(username__in=[n for n in wanted.values() if n]).values_list(
            "username", flat=True
        )
    )
    fits = UnicodeUsernameValidator().regex.match  # type: ignore[union-attr]
    return {
        key: name if name and name not in taken and fits(name) else f"u{key}"
        for key, name in wanted.items()
    }


@transaction.atomic
def invite_again(*, accounts: Iterable[User], actor: Any, now: dt.datetime) -> int:
    """Send a new link to those who never signed in; returns to how many.

    Left out are accounts switched off, without an e-mail, or used already.
    """
    sent = 0
    for account in accounts:
        if not may_be_invited_again(account):
            continue
        account.invited_at = now
        _save(account, actor, "invited again", ["invited_at"])
        mail.post(kind="invitation", receiver=account)
        sent += 1
    return sent


def may_be_invited_again(account: User) -> bool:
    return bool(account.is_active and account.email and account.last_login is None)


@transaction.atomic
def create_account(
    *,
    username: str,
    email: str,
    language: str,
    roles: Iterable[str],
    person: Person | None,
    actor: Any,
    now: dt.datetime,
) -> User:
    """An account for somebody the registry may not know, invited at once."""
    account = User(username=username, email=email, language=language, person=person, invited_at=now)
    account.set_unusable_password()
    account._history_user = actor  # type: ignore[attr-defined]
    account.full_clean()
    account.save()
    account.groups.set(Group.objects.filter(name__in=list(roles)))
    mail.post(kind="invitation", receiver=account)
    return account


# --- changing ---------------------------------------------------------------------------------
@transaction.atomic
def change_account(
    *,
    account: User,
    email: str,
    language: str,
    is_active: bool,
    person: Person | None,
    roles: Iterable[str],
    actor: Any,
    reason: str = "",
) -> None:
    """What an administrator may change. They can lock out neither themselves nor everybody."""
    wanted = set(roles)
    _refuse_own_downfall(account, wanted, is_active, actor)
    given = {"email": email, "language": language, "is_active": is_active, "person": person}
    changed = [name for name, value in given.items() if getattr(account, name) != value]
    for name in changed:
        setattr(account, name, given[name])
    if changed:
        _save(account, actor, reason, changed)
    if wanted != set(account.groups.values_list("name", flat=True)):
        account._history_user = actor  # type: ignore[attr-defined]
        account._change_reason = reason[:100]  # type: ignore[attr-defined]
        account.groups.set(Group.objects.filter(name__in=wanted))
        account.__dict__.pop("roles", None)
    _refuse_nobody_left()


def _refuse_own_downfall(account: User, wanted: set[str], is_active: bool, actor: Any) -> None:
    if account.pk != actor.pk:
        return
    if not is_active:
        raise ValidationError(
            {"is_active": _("You cannot switch off your own account. Ask another administrator.")}
        )
    if account.has_role(Role.ADMINISTRATOR) and Role.ADMINISTRATOR not in wanted:
        raise ValidationError(
            {
                "roles": _(
                    "You cannot take the administrator's role from yourself. Ask another "
                    "administrator."
                )
            }
        )


def _refuse_nobody_left() -> None:
    someone = Q(groups__name=Role.ADMINISTRATOR) | Q(is_superuser=True)
    if not User.objects.filter(someone, is_active=True).exists():
        raise ValidationError(
            {"roles": _("Nobody would be administrator any more. Give somebody that role first.")}
        )


def change_own_account(*, account: User, email: str, language: str) -> None:
    """What everybody may change about their own account."""
    changed = [
        name
        for name, value in (("email", email), ("language", language))
        if getattr(account, name) != value
    ]
    if changed:
        account.email, account.language = email, language
        _save(account, account, "", changed)


def set_second_factor_duty(*, policy: RolePolicy, required: bool, actor: Any) -> None:
    """Oblige the accounts of a role to use a second factor, or free them from it."""
    if policy.second_factor_required == required:
        return
    policy.second_factor_required = required
    policy._history_user = actor  # type: ignore[attr-defined]
    policy.save()


def _save(account: User, actor: Any, reason: str, fields: list[str]) -> None:
    account._history_user = actor  # type: ignore[attr-defined]
    account._change_reason = reason[:100] or None  # type: ignore[attr-defined]
    account.save(update_fields=fields)


# --- a forgotten password -----------------------------------------------------------------------
@transaction.atomic
def ask_password_reset(*, name: str, now: dt.datetime) -> None:
    """Send a link to whoever ``name`` (user name or e-mail) belongs to; nobody learns to whom.

    Also to those invited who never set a password. At most one letter in ``RESET_PAUSE``.
    """
    accounts = User.objects.filter(
        Q(username__iexact=name) | Q(email__iexact=name), is_active=True
    ).exclude(email="")
    recent = OutgoingMail.objects.filter(
        kind="password_reset", created_at__gt=now - RESET_PAUSE, receiver=OuterRef("pk")
    )
    for account in accounts.filter(~Exists(recent)):
        mail.post(kind="password_reset", receiver=account)


def switch_off_left(*, on: dt.date) -> int:
    """Switch off accounts of people whose last day of work is over; how many."""
    gone = User.objects.filter(is_active=True, person__left_on__lt=on)
    held = Post.objects.not_over(on).values("person_id")
    count = 0
    for account in gone.exclude(person_id__in=held):
        account.is_active = False
        _save(account, None, "left", ["is_active"])
        count += 1
    return count
