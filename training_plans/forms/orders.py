"""Forms of orders. They read what was typed; the verbs judge it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from staff.models import Person
from training_plans.models import Order, OrderLine, TrainingApplication
from workflow.files import ScansField

REASON_LENGTH = 500
_OWN = ("signatory", "control", "because")
_LINE = ("starts_on", "ends_on", "hours")


class SignatoryField(forms.ModelChoiceField):
    """Who may sign, each with nothing but the name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


class OrderForm(forms.Form):
    """A draft: who signs, control; of a change the new days and hours of each person as well."""

    signatory = SignatoryField(
        Person.objects.none(),
        label=_("Who signs"),
        empty_label=None,
        help_text=_("The rector by the registry, or who acts for them."),
    )
    control = forms.CharField(
        label=_("Control is laid upon"),
        required=False,
        max_length=200,
        help_text=_("The position, as the order names it. Empty: who signs keeps the control."),
    )
    because = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stands in the order as its basis."),
    )

    def __init__(
        self,
        *args: Any,
        order: Order,
        lines: Sequence[OrderLine],
        signatories: Sequence[Person],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {name: getattr(order, name) for name in _OWN}
        super().__init__(*args, **kwargs)
        self.order = order
        self.lines = list(lines) if order.kind == Order.Kind.CHANGE else []
        keys = [person.pk for person in signatories] + [order.signatory_id or 0]
        people: Any = self.fields["signatory"]
        people.queryset = Person.objects.filter(pk__in=keys).order_by("sort_key")
        if order.kind != Order.Kind.SEND:
            self.fields["because"].required = True
        groups = [Fieldset("", "signatory", "control", "because", css_class="field-group")]
        for line in self.lines:
            groups.append(self._add(line))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*groups)

    def _add(self, line: OrderLine) -> Fieldset:
        """Three fields more: the new days and hours of one person."""
        for name in _LINE:
            model: Any = OrderLine._meta.get_field(name)
            label = capfirst(model.verbose_name)
            field: forms.Field = (
                forms.DecimalField(
                    label=label,
                    min_value=Decimal("0.1"),
                    max_digits=6,
                    decimal_places=1,
                )
                if name == "hours"
                else forms.DateField(label=label, widget=DateInput())
            )
            held = getattr(line, name)
            field.initial = f"{held:f}".removesuffix(".0") if name == "hours" else held
            self.fields[f"{name}_{line.pk}"] = field
        places = [Field(f"{name}_{line.pk}") for name in _LINE]
        words = [line.application.person.full_name]
        if line.application.interrupted_on is not None:
            day = date_format(line.application.interrupted_on, "SHORT_DATE_FORMAT")
            words.append(f"{gettext('interrupted')} {day}")
        return Fieldset(
            " · ".join(words),
            Div(*places, css_class="form-columns order-days"),
            css_class="field-group",
        )

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in _OWN}

    @property
    def values_of_lines(self) -> dict[int, dict[str, Any]]:
        return {
            line.pk: {name: self.cleaned_data[f"{name}_{line.pk}"] for name in _LINE}
            for line in self.lines
        }


class PeopleField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.person.full_name} · {obj.unit.name}"


class FollowForm(forms.Form):
    """Whom a change or a cancellation concerns, and why."""

    people = PeopleField(
        TrainingApplication.objects.none(),
        label=_("Whom it concerns"),
        error_messages={"required": _("Choose at least one person.")},
    )
    because = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands in the order as its basis."),
    )

    def __init__(
        self, *args: Any, cases: Sequence[TrainingApplication], because: str = "", **kwargs: Any
    ) -> None:
        keys = [case.pk for case in cases]
        kwargs["initial"] = {"because": because, "people": keys if len(keys) == 1 else []}
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.queryset = (
            TrainingApplication.objects.filter(pk__in=keys)
            .select_related("person", "unit")
            .order_by("person__sort_key", "pk")
        )


class OrderScanForm(forms.Form):
    scan = ScansField(label=_("Signed order"))
