"""Forms of the planning year itself, and of wishes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from interface.text import squeeze
from staff.forms.registry import RegistryForm
from staff.models import Area
from training_plans.models import Funding, PlanningYear, TrainingWish

ROWS_MORE = 3
_SPACES = re.compile(r"\s")


class MoneyField(forms.DecimalField):
    """Tenge as people write it: «12 500 000», with a comma or a point before the tiyn."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=14,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            return f"{value:,.{0 if whole else 2}f}".replace(",", "\u00a0").replace(".", ",")
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = _SPACES.sub("", value).replace(",", ".")
        return super().to_python(value)


class PriorityForm(forms.Form):
    """One strategic topic of the year; a row left empty is none."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput())
    topic_kk = forms.CharField(label=_("Topic in Kazakh"), required=False, max_length=300)
    topic_ru = forms.CharField(label=_("Topic in Russian"), required=False, max_length=300)
    area = forms.ChoiceField(
        label=_("Area"), required=False, choices=[("", _("any area")), *Area.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("topic_kk", "topic_ru"):
            given[name] = squeeze(given.get(name) or "")
        if not given["topic_kk"] and (given["topic_ru"] or given.get("area")):
            self.add_error("topic_kk", _("Name the topic in Kazakh, or empty the row."))
        return given


class YearForm(RegistryForm):
    """Dates, who approves, money by source, and the priorities beneath (``priorities``)."""

    groups = [
        (_("Dates"), ["year", "requests_due", "plan_due", "approver"]),
        (_("Budget by funding source, tenge (3.7)"), [f"budget_{s}" for s in Funding.values]),
    ]

    class Meta:
        model = PlanningYear
        fields = ["year", "requests_due", "plan_due", "approver"]
        help_texts = {
            "requests_due": _("Units send their requests by this day (5.4)."),
            "plan_due": _("On time is not later than 1 December (5.5)."),
            "approver": _("The plan and its amendments are laid before them (3.12)."),
        }

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        is_new: bool = True,
        priorities: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, files, **kwargs)
        if not is_new:
            del self.fields["year"]
        for source in Funding:
            self.fields[f"budget_{source}"] = MoneyField(
                label=capfirst(source.label), required=False
            )
        self.helper.layout = Layout(*self._fieldsets())
        formset = forms.formset_factory(PriorityForm, extra=ROWS_MORE, can_delete=True, max_num=60)
        self.priorities: Any = formset(
            _with_more_rows(data), initial=priorities, prefix="priorities"
        )

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.priorities.is_valid()])

    @property
    def budgets(self) -> dict[str, Decimal | None]:
        return {source: self.cleaned_data[f"budget_{source}"] for source in Funding.values}

    @property
    def priority_values(self) -> list[dict[str, Any]]:
        """Rows that name a topic and are not marked to be removed."""
        return [
            row
            for row in (form.cleaned_data for form in self.priorities.forms)
            if row.get("topic_kk") and not row.get("DELETE")
        ]


def _with_more_rows(data: Any) -> Any:
    if data is None or "more_rows" not in data:
        return data
    data = data.copy()
    total = data.get("priorities-TOTAL_FORMS", "")
    if total.isdecimal() and len(total) < 4:
        data["priorities-TOTAL_FORMS"] = str(int(total) + ROWS_MORE)
    return data


def initial_of(planning_year: PlanningYear) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the form of a year shows: fields with the money, and the rows of priorities."""
    fields: dict[str, Any] = {
        "requests_due": planning_year.requests_due,
        "plan_due": planning_year.plan_due,
        "approver": planning_year.approver,
    }
    for budget in planning_year.budgets.all():
        fields[f"budget_{budget.source}"] = budget.amount
    rows = [
        {"pk": row.pk, "topic_kk": row.topic_kk, "topic_ru": row.topic_ru, "area": row.area}
        for row in planning_year.priorities.all()
    ]
    return fields, rows


class WishForm(RegistryForm):
    wide = frozenset({"topic"})
    groups = [("", ["topic", "area", "year"])]

    class Meta:
        model = TrainingWish
        fields = ["topic", "area", "year"]

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(year, str(year)) for year in years]
        self.fields["year"] = forms.TypedChoiceField(label=_("Year"), choices=choices, coerce=int)
        self.helper.layout = Layout(*self._fieldsets())

    def clean_topic(self) -> str:
        return squeeze(self.cleaned_data["topic"])
