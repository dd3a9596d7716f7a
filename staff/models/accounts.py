"""Accounts and roles. Roles are groups; headship, supervision and «myself» are registry facts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .people import Person
from .units import Unit


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("administrator")
    HR = "hr", _("personnel department (HR)")
    TRAINING_CENTRE = "training_centre", _("training centre")
    RECTOR = "rector", _("rector")
    VICE_RECTOR = "vice_rector", _("vice-rector")
    INTERNATIONAL = "international", _("international office")
    FINANCE = "finance", _("finance")
    LEGAL = "legal", _("legal support")


_SEE_EVERYBODY = {Role.HR, Role.TRAINING_CENTRE, Role.RECTOR, Role.ADMINISTRATOR}


class RolePolicy(models.Model):
    """What a role asks of its accounts."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="policy")
    second_factor_required = models.BooleanField(_("second factor is obligatory"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return str(Role(self.group.name).label)


class User(AbstractUser):
    """An account; ``person`` ties it to the registry."""

    class Language(models.TextChoices):
        KAZAKH = "kk", "Қазақша"
        RUSSIAN = "ru", "Русский"
        ENGLISH = "en", "English"

    person = models.OneToOneField(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="account",
        verbose_name=_("employee"),
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.KAZAKH
    )
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["password", "last_login"], m2m_fields=["groups"])

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.person.short_name if self.person else self.username

    @cached_property
    def roles(self) -> frozenset[str]:
        """Names of the account's groups, asked once a request."""
        return frozenset(self.groups.values_list("name", flat=True)) if self.pk else frozenset()

    def has_role(self, *roles: str) -> bool:
        return self.is_active and bool(self.roles & set(roles))

    @property
    def sees_everybody(self) -> bool:
        return self.has_role(*_SEE_EVERYBODY)

    @cached_property
    def charge_paths(self) -> list[str]:
        """Paths of the units the person leads or, as vice-rector, supervises; asked once."""
        if self.person_id is None:
            return []
        units = Unit.objects.led_by(self.person_id)
        if self.has_role(Role.VICE_RECTOR):
            units = units | Unit.objects.supervised_by(self.person_id)
        return list(units.values_list("path", flat=True))

    @property
    def watches_others(self) -> bool:
        """Whether lists and figures about more people than oneself are theirs to see."""
        return self.sees_everybody or bool(self.charge_paths)

    @cached_property
    def must_use_second_factor(self) -> bool:
        return RolePolicy.objects.filter(group__user=self, second_factor_required=True).exists()

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        for name in ("roles", "charge_paths", "must_use_second_factor"):
            self.__dict__.pop(name, None)
        super().refresh_from_db(*args, **kwargs)
