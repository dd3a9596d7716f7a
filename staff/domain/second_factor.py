"""The second factor: a code that changes every half minute, and recovery codes for a lost phone."""

from __future__ import annotations

import datetime as dt
from base64 import b32encode
from typing import Any

import segno
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from staff.models import RolePolicy, User

RECOVERY_CODES = 10
DEVICE_NAME = "authenticator"
RECOVERY_NAME = "recovery codes"


def is_set_up(account: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=account, confirmed=True).exists())


def codes_left(account: User) -> int:
    tokens = StaticToken.objects.filter(device__user=account, device__confirmed=True)
    return int(tokens.count())


def device_to_confirm(account: User, *, offered: int | None) -> TOTPDevice:
    """The key offered in this session (``offered``), or a new one in place of any other.

    A key seen in another session is worth nothing: whoever noted it knew the password alone.
    """
    waiting = TOTPDevice.objects.filter(user=account, confirmed=False)
    device = waiting.filter(pk=offered).first()
    if device is None:
        waiting.delete()
        device = TOTPDevice.objects.create(user=account, confirmed=False, name=DEVICE_NAME)
    return device


def key_in_letters(device: TOTPDevice) -> str:
    """The key for those who type instead of photographing, in groups of four."""
    letters = b32encode(device.bin_key).decode()
    return " ".join(letters[n : n + 4] for n in range(0, len(letters), 4))


def picture(device: TOTPDevice) -> str:
    """The key as a QR code, an SVG in a data address."""
    return segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2, dark="#1b2430")


def confirm(*, account: User, code: str, offered: int | None) -> tuple[TOTPDevice, list[str]]:
    """Take the offered key into use; the recovery codes it returns are shown once."""
    key = device_to_confirm(account, offered=offered).pk
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().get(pk=key)
        problem = _problem(device, _plain(code))
        if not problem:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            return device, renew_codes(account=account)
    raise ValidationError(problem)  # outside, so that the failure stays counted


@transaction.atomic
def renew_codes(*, account: User) -> list[str]:
    """New recovery codes in place of the old ones."""
    StaticDevice.objects.filter(user=account).delete()
    device = StaticDevice.objects.create(user=account, name=RECOVERY_NAME)
    codes = [StaticToken.random_token() for _n in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def verified_device(*, account: User, code: str) -> Device:
    """The device ``code`` belongs to: six digits from the phone, or a recovery code."""
    code = _plain(code)
    kind: Any = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    with transaction.atomic():
        device = kind.objects.select_for_update().filter(user=account, confirmed=True).first()
        problem = _problem(device, code)
    if problem or device is None:  # raised outside, so that the failure stays counted
        raise ValidationError(problem)
    return device


def with_duty(accounts: QuerySet[User]) -> QuerySet[User]:
    """Each with ``has_second_factor`` and ``must_have_second_factor``, in the same query."""
    devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    policies = RolePolicy.objects.filter(group__user=OuterRef("pk"), second_factor_required=True)
    return accounts.annotate(
        has_second_factor=Exists(devices), must_have_second_factor=Exists(policies)
    )


def duty(account: Any) -> str:
    """What a session that has shown no code must do: «ask», «set up», or nothing («»).

    ``account`` is one of ``with_duty``, as a request's is; any other is asked about anew.
    """
    if not hasattr(account, "has_second_factor"):
        account = with_duty(User.objects.all()).get(pk=account.pk)
    if account.has_second_factor:
        return "ask"
    return "set up" if account.must_have_second_factor else ""


def remove(*, account: User) -> None:
    """Take the second factor away: by its owner, or by an administrator for a lost phone."""
    TOTPDevice.objects.filter(user=account).delete()
    StaticDevice.objects.filter(user=account).delete()


def _plain(code: str) -> str:
    return "".join(sign for sign in code if sign.isalnum()).lower()


def _problem(device: Device | None, code: str) -> str:
    """Why ``code`` does not open ``device``; empty where it does."""
    if device is None:
        return _wrong()
    allowed, why = device.verify_is_allowed()
    if not allowed:
        until = (why or {}).get("locked_until") or timezone.now()
        return _wait(until - timezone.now())
    return "" if device.verify_token(code) else _wrong()


def _wrong() -> str:
    return _("This code does not fit. Wait for the next one in the application and type that.")


def _wait(left: dt.timedelta) -> str:
    seconds = max(1, int(left.total_seconds()) + 1)
    return ngettext(
        "Too many wrong codes. Wait %(seconds)d second and try again.",
        "Too many wrong codes. Wait %(seconds)d seconds and try again.",
        seconds,
    ) % {"seconds": seconds}
