"""The letters of this floor: one function a message. Registered by name with ``workflow.mail``."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from workflow.mail import letter

from .models import User


def link_to_set_password(user: User) -> str:
    """A link that sets a password once, for PASSWORD_RESET_TIMEOUT seconds."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return settings.SITE_URL + reverse("password_reset_confirm", args=[uid, token])


@letter("invitation")
def invitation(user: User, context: dict[str, object]) -> dict[str, object]:
    """Invites to set the first password; the link lives as long as PASSWORD_RESET_TIMEOUT."""
    return {"link": link_to_set_password(user), "days": settings.PASSWORD_RESET_TIMEOUT // 86400}


@letter("password_reset")
def password_reset(user: User, context: dict[str, object]) -> dict[str, object]:
    """A link to set a new password, asked for on the sign-in page."""
    return {"link": link_to_set_password(user), "days": settings.PASSWORD_RESET_TIMEOUT // 86400}
