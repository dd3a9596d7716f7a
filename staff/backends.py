"""Signing in by password. Permissions come from ``rules`` alone, so no tables are asked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from .domain.second_factor import with_duty


class PasswordBackend(ModelBackend):
    def get_user(self, user_id: int) -> Any:
        """The account with its person, whom every page shows, and its second factor's duty."""
        rows = get_user_model()._default_manager.select_related("person")
        user = with_duty(rows.filter(pk=user_id)).first()
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return set()


def client_ip(request: Any) -> str:
    """Whom sign-in attempts are counted by: the peer, or what our own proxy saw as the peer.

    Of ``X-Forwarded-For`` only the last hop is ours; everything before it anybody can write.
    """
    if settings.BEHIND_PROXY:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if hops[-1].strip():
            return str(hops[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))
