"""Forms of what follows the training: the certificate, the trainee's report (forms.md §3)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.figures import in_figures, plainly
from interface.lists import DateInput
from interface.text import search_key, squeeze
from staff.domain.registry import provider_called
from staff.forms.registry import RegistryForm, SuggestingInput
from staff.models import Provider
from staff.models.ledger import HOURS_A_CREDIT
from training_plans.models import RATINGS, Evidence, TraineeReport, TrainingApplication
from workflow.files import ScansField

TEXT_LENGTH = 4000
CELL_LENGTH = 500
MOST_ROWS = 40
MARKS = (1, 2, 3, 4, 5)


# --- the certificate ----------------------------------------------------------------------------
class CertificateForm(RegistryForm):
    """The document of a case: what the order says stands there already and is shown beside it."""

    scan = ScansField(label=_("The document itself"), required=False)
    provider_name = forms.CharField(
        label=_("Provider"),
        required=False,
        max_length=250,
        widget=SuggestingInput("own_training_providers"),
        help_text=_("One that is not known yet is added to the list."),
    )
    verify_url = forms.URLField(
        label=_("Verification link"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("If a link or a QR code stands on it. It may stay empty."),
    )
    groups = [
        (_("1. The document"), ["scan"]),
        (
            _("2. What is written on it"),
            [
                "document_type",
                "document_number",
                "document_date",
                "document_issuer",
                "verify_url",
            ],
        ),
        (
            _("3. The training as it was"),
            ["topic", "starts_on", "ends_on", "hours", "area", "provider_name"],
        ),
    ]
    wide = frozenset({"scan", "topic", "provider_name", "verify_url"})

    class Meta:
        model: type[models.Model] = Evidence
        fields = [
            "document_type",
            "document_number",
            "document_date",
            "document_issuer",
            "topic",
            "area",
            "starts_on",
            "ends_on",
            "hours",
        ]

    def __init__(self, *args: Any, ordered: TrainingApplication | None = None, **kwargs: Any):
        instance: Evidence | None = kwargs.get("instance")
        if instance is not None:
            kwargs["initial"] = _shown(instance) | (kwargs.get("initial") or {})
        self.ordered = ordered
        super().__init__(*args, **kwargs)
        self.fields["hours"].widget.attrs |= {"min": "0", "inputmode": "decimal"}
        self.fields["document_number"].widget.attrs["autocomplete"] = "off"
        self.fields["verify_url"].widget.attrs["inputmode"] = "url"
        if ordered is not None:
            self._show_the_order(ordered)

    def _show_the_order(self, ordered: TrainingApplication) -> None:
        """Beside each field what the order says; the page marks it where the two differ."""
        values: Mapping[str, Any] = {
            "topic": ordered.topic,
            "starts_on": ordered.starts_on,
            "ends_on": ordered.ends_on,
            "hours": ordered.hours,
            "area": ordered.area,
            "provider_name": ordered.provider.name if ordered.provider else "",
        }
        for name, value in values.items():
            if value in (None, ""):
                continue
            shown = value
            if name == "area":
                shown = ordered.get_area_display()
            elif isinstance(value, dt.date):
                shown = f"{value:%d.%m.%Y}"
            elif isinstance(value, Decimal):
                shown, value = in_figures(value), plainly(value)
            words = gettext("By the order: %(value)s") % {"value": shown}
            self.fields[name].help_text = format_html(
                '<span class="by-order" data-by-order="{}">{}</span>', value, words
            )

    def clean_topic(self) -> str:
        return squeeze(self.cleaned_data["topic"])

    def clean_document_number(self) -> str:
        return squeeze(self.cleaned_data["document_number"])

    def clean_provider_name(self) -> str:
        return squeeze(self.cleaned_data["provider_name"])

    def evidence(self, actor: Any) -> dict[str, Any]:
        """Values for the verb; a provider not known yet is made in the caller's transaction."""
        provider: Provider | None = None
        name = self.cleaned_data["provider_name"]
        if search_key(name):
            provider = provider_called(
                name=name, actor=actor, country=self.cleaned_data.get("country", "")
            )
        return self.values | {
            "provider": provider,
            "verify_url": self.cleaned_data["verify_url"],
        }


def _shown(evidence: Evidence) -> dict[str, Any]:
    """The provider's name, and amounts as people write them: 72, not 72.0."""
    whole: dict[str, Any] = {}
    for name in ("hours", "credits", "cost"):
        value = getattr(evidence, name)
        whole[name] = int(value) if value is not None and value == int(value) else value
    return whole | {
        "provider_name": evidence.provider.name if evidence.provider else "",
        "verify_url": evidence.verify_url,
    }


class OwnTrainingForm(CertificateForm):
    """Training without an application: everything is typed."""

    groups = [
        *CertificateForm.groups[:2],
        (_("3. The training"), ["topic", "form", "area"]),
        (_("4. When and how much"), ["starts_on", "ends_on", "hours", "credits"]),
        (_("5. Where"), ["provider_name", "country", "mode", "cost"]),
    ]

    class Meta(CertificateForm.Meta):
        fields = [*CertificateForm.Meta.fields, "form", "mode", "country", "credits", "cost"]
        help_texts = {
            "hours": _("Empty where credits are given: 1 credit is 30 hours."),
            "area": _("Whether it counts towards the norm depends on the area (4.3–4.5)."),
            "cost": _("0 where it was free of charge."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("credits", "cost"):
            self.fields[name].widget.attrs |= {"min": "0", "inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        hours, credits = data.get("hours"), data.get("credits")
        if credits and not self.errors.keys() & {"hours", "credits"}:
            of_credits = credits * HOURS_A_CREDIT
            if hours is None:
                data["hours"] = of_credits
            elif hours != of_credits:
                words = gettext(
                    "1 credit is 30 hours: these credits are %(hours)s hours. Give only one of the "
                    "two."
                )
                self.add_error("credits", words % {"hours": in_figures(of_credits)})
        return data


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("It stays in the history of the document.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


# --- the trainee's report -----------------------------------------------------------------------
def _text(rows: int = 3, length: int = CELL_LENGTH, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=length,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
        **kwargs,
    )


def _line(**kwargs: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=CELL_LENGTH,
        widget=forms.TextInput(attrs={"class": "form-control"}),
        **kwargs,
    )


def _row_fields(table: str) -> dict[str, forms.Field]:
    """The fields of one row of ``modules`` or ``proposals``, in their order."""
    if table == "modules":
        hours = forms.DecimalField(
            label=_("hours"),
            required=False,
            min_value=0,
            max_digits=6,
            decimal_places=1,
            widget=forms.NumberInput(
                attrs={"class": "form-control", "min": "0", "step": "0.5", "inputmode": "decimal"}
            ),
        )
        return {
            "topic": _line(label=_("topic")),
            "hours": hours,
            "content": _text(2, label=_("main content")),
        }
    due = forms.DateField(
        label=_("by when"), required=False, widget=DateInput(attrs={"class": "form-control"})
    )
    return {
        "what": _text(2, label=_("what is introduced: a method, a technology, a material")),
        "where": _line(label=_("where: programme, discipline, clinic, research")),
        "how": _line(label=_("in what form: syllabus, lecture, guideline, article")),
        "due": due,
        "effect": _line(label=_("expected effect")),
    }


TABLES = ("modules", "proposals")
_CELL = re.compile(r"(modules|proposals)-(\d{1,2})-(\w{1,10})")


def _places(data: Mapping[str, Any], table: str) -> list[int]:
    """Which rows of a table are in what was sent, in order; at most ``MOST_ROWS``."""
    found = {int(match[2]) for key in data if (match := _CELL.fullmatch(key)) and match[1] == table}
    return sorted(found)[:MOST_ROWS]


def rearranged(data: QueryDict, *, add: str = "", remove: str = "") -> QueryDict:
    """``data`` with an empty row more in the table ``add``, or without the row ``modules-2``."""
    changed = data.copy()
    table, _dash, place = remove.rpartition("-")
    if table in TABLES and place.isdecimal() and len(place) < 3:
        for name in _row_fields(table):
            changed.pop(f"{table}-{int(place)}-{name}", None)
    if add in TABLES:
        places = _places(changed, add)
        free = places[-1] + 1 if places else 0
        if len(places) < MOST_ROWS and free < 100:
            changed[f"{add}-{free}-{next(iter(_row_fields(add)))}"] = ""
    return changed


class ReportForm(forms.Form):
    """What the employee writes; every field may wait, sending asks for the rest.

    Rows of the two tables are fields called ``modules-0-topic``; empty rows are left out.
    """

    goals = _text(4, TEXT_LENGTH, label=_("Goals"))
    knowledge = _text(5, TEXT_LENGTH, label=_("Knowledge, skills and competences gained"))
    fulfilment = _text(3, TEXT_LENGTH, label=_("How the plan was fulfilled, deviations"))
    materials = _text(
        3, TEXT_LENGTH, label=_("Materials brought"), help_text=_("One a line; may stay empty.")
    )
    recommend = forms.TypedChoiceField(
        label=_("Would you recommend it to colleagues?"),
        required=False,
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    future_needs = _text(
        2,
        TEXT_LENGTH,
        label=_("What would you like to learn next?"),
        help_text=_("May stay empty."),
    )

    def __init__(self, data: Any = None, *, report: TraineeReport) -> None:
        super().__init__(data, initial=_of_report(report))
        self.report = report
        for name in RATINGS:
            self.fields[name] = forms.TypedChoiceField(
                label=TraineeReport._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
                required=False,
                choices=[(str(mark), str(mark)) for mark in MARKS],
                coerce=int,
                empty_value=None,
                widget=forms.RadioSelect,
            )
        if not report.application.is_internship:
            del self.fields["fulfilment"]
        self.places: dict[str, list[int]] = {}
        for table in TABLES:
            rows = getattr(report, table)
            places = _places(data, table) if data is not None else list(range(len(rows)))
            self.places[table] = places or [0]
            for place in self.places[table]:
                self._add_row(table, place, rows[place] if place < len(rows) else {})

    def _add_row(self, table: str, place: int, row: Mapping[str, Any]) -> None:
        for name, field in _row_fields(table).items():
            key = f"{table}-{place}-{name}"
            field.label = f"{place + 1}. {field.label}"
            self.fields[key] = field
            self.initial[key] = row.get(name, "")

    # -- for the page
    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table: ``key`` («modules-0»), ``no``, ``cells``: label, name and field."""
        labels = {cell: field.label for cell, field in _row_fields(name).items()}
        return [
            {
                "key": f"{name}-{place}",
                "no": number,
                "cells": [
                    {"label": label, "name": cell, "field": self[f"{name}-{place}-{cell}"]}
                    for cell, label in labels.items()
                ],
            }
            for number, place in enumerate(self.places[name], start=1)
        ]

    @property
    def modules(self) -> list[dict[str, Any]]:
        return self.table("modules")

    @property
    def proposals(self) -> list[dict[str, Any]]:
        return self.table("proposals")

    @property
    def ratings(self) -> list[forms.BoundField]:
        return [self[name] for name in RATINGS]

    # -- for the verb
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for row in self._rows("proposals"):
            if row["due"] and not row["what"]:
                words = gettext("Proposals: say what is to be introduced, or remove the row.")
                raise ValidationError(words)
        return data

    def _rows(self, table: str) -> list[dict[str, str]]:
        rows = []
        for place in self.places[table]:
            row = {
                name: _as_text(self.cleaned_data.get(f"{table}-{place}-{name}"))
                for name in _row_fields(table)
            }
            if any(row.values()):
                rows.append(row)
        return rows

    @property
    def values(self) -> dict[str, Any]:
        """What was written, by the model's field names (``TraineeReport`` says the rows)."""
        data = self.cleaned_data
        plain = {
            name: data[name]
            for name in ("goals", "knowledge", "fulfilment", "recommend", "future_needs", *RATINGS)
            if name in data
        }
        materials = [squeeze(line) for line in data["materials"].splitlines()]
        return plain | {
            "modules": self._rows("modules"),
            "proposals": self._rows("proposals"),
            "materials": [{"name": line} for line in materials if line],
        }


def _as_text(value: Any) -> str:
    """A cell as the report keeps it: days ISO, hours without idle zeros."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _of_report(report: TraineeReport) -> dict[str, Any]:
    recommend = {True: "yes", False: "no", None: None}[report.recommend]
    return {
        **{name: getattr(report, name) for name in ("goals", "knowledge", "fulfilment")},
        **{name: getattr(report, name) for name in RATINGS},
        "materials": "\n".join(row.get("name", "") for row in report.materials),
        "future_needs": report.future_needs,
        "recommend": recommend,
    }
