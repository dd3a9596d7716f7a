"""Forms of the registry and the ledger. They read what was typed; the verbs judge it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interface.lists import DateInput
from interface.text import cyrillic_name, search_key, sort_key, squeeze, title_name
from interface.uploads import PHOTOS, judged
from staff.domain.registry import hours_of, provider_called
from staff.domain.unit_tree import in_tree_order
from staff.models import Area, DeadlineExtension, Person, Post, Provider, TrainingRecord, Unit
from workflow.files import ScansField

_INDENT = "\u2003"
REASON_LENGTH = 100
Label = str | Promise


class RegistryForm(forms.ModelForm):  # type: ignore[type-arg]
    """Fields and labels of a model. The model is neither filled in nor judged here."""

    groups: list[tuple[Label, list[str]]] = []
    wide: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = DateInput()
            elif isinstance(field, forms.TypedChoiceField):
                offered: Any = field.choices
                nothing = _("choose") if field.required else "—"
                field.choices = [(key, label if key else nothing) for key, label in offered]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self._fieldsets())

    def _fieldsets(self) -> list[Fieldset]:
        placed = [name for _legend, names in self.groups for name in names]
        rest = [name for name in self.fields if name not in placed]
        groups = [*self.groups, ("", rest)] if rest else self.groups
        return [
            Fieldset(
                str(legend),
                Div(
                    *[
                        Field(name, wrapper_class="wide" if name in self.wide else "")
                        for name in names
                        if name in self.fields
                    ],
                    css_class="form-columns",
                ),
                css_class="field-group",
            )
            for legend, names in groups
            if any(name in self.fields for name in names)
        ]

    def _post_clean(self) -> None:
        """The verbs judge a fresh copy; judging here too would say everything twice."""

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, by the model's field names."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self._meta.fields  # type: ignore[operator]
        }


def reason_field(*, required: bool, length: int = REASON_LENGTH) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        required=required,
        max_length=length,
        help_text=_("Stays in the history."),
    )


class UnitField(forms.TypedChoiceField):
    """A unit, chosen from the tree; ``offer_units`` fills it when the form is made."""

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Unit) else value


def offer_units(field: Any, units: list[Unit], *, empty: Label) -> None:
    """Fill a ``UnitField`` with ``units`` in tree order; ``empty`` is what choosing none says."""
    by_key = {str(unit.pk): unit for unit in units}
    field.choices = [
        ("", str(empty)),
        *((unit.pk, _INDENT * unit.depth + unit.name) for unit in units),  # type: ignore[attr-defined]
    ]
    field.coerce = lambda key: by_key.get(str(key))
    field.empty_value = None


def open_units(*, but: Unit | None = None) -> list[Unit]:
    units = Unit.objects.open()
    if but is not None:
        units = units.exclude(path__startswith=but.path)
    return in_tree_order(units)


class SuggestingInput(forms.TextInput):
    """A text field that offers what is known while one types (a datalist, filled by htmx)."""

    template_name = "staff/suggesting_input.html"

    def __init__(
        self, url_name: str, attrs: dict[str, Any] | None = None, *, about: Any = None
    ) -> None:
        super().__init__({"autocomplete": "off"} | (attrs or {}))
        self.url = reverse_lazy(url_name, args=[] if about is None else [about])

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["url"] = self.url
        context["widget"]["list_id"] = f"{context['widget']['attrs'].get('id', name)}-list"
        return context


def called(person: Person) -> str:
    """A person as typed into a field: number and name, so that namesakes stay apart."""
    return f"{person.personnel_number or person.pk} · {person.full_name}"


class PersonField(forms.CharField):
    """A person, by personnel number or name; becomes a ``Person`` or ``None``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", SuggestingInput("person_suggestions"))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            value = Person.objects.filter(pk=value).first()
        return called(value) if isinstance(value, Person) else value

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        if not text:
            return None
        number, _dot, name = text.partition(" · ")
        found = Person.objects.filter(personnel_number=number.strip())
        if not found and name and number.strip().isdecimal():
            found = Person.objects.filter(pk=int(number), personnel_number__isnull=True)
        if not found:
            found = Person.objects.matching(text)[:2]
        if not found:
            raise ValidationError(
                gettext(
                    "Nobody in the registry is found by «%(text)s». Type the personnel number."
                ),
                params={"text": text},
            )
        if len(found) > 1:
            raise ValidationError(
                gettext("Several people are found by «%(text)s». Add the personnel number."),
                params={"text": text},
            )
        return found[0]


# --- people -----------------------------------------------------------------------------------
class PersonForm(RegistryForm):
    iin = forms.CharField(
        label=_("IIN"),
        required=False,
        max_length=20,
        empty_value=None,
        help_text=_("12 digits. Shown in full to HR alone."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = reason_field(required=False)
    is_another = forms.BooleanField(
        label=_("This is another person of the same name"), required=False
    )
    groups = [
        (_("Name"), ["last_name", "first_name", "patronymic"]),
        (_("Identity"), ["personnel_number", "iin", "hired_on", "left_on"]),
        (_("Qualification"), ["degree", "academic_title", "disciplines"]),
        (_("Contacts"), ["email", "phone"]),
        ("", ["reason", "is_another"]),
    ]
    wide = frozenset({"disciplines", "reason", "is_another"})

    class Meta:
        model = Person
        fields = [
            "last_name",
            "first_name",
            "patronymic",
            "personnel_number",
            "iin",
            "hired_on",
            "left_on",
            "degree",
            "academic_title",
            "disciplines",
            "email",
            "phone",
        ]
        help_texts = {
            "left_on": _("The last day of work. Posts still held end on that day."),
            "disciplines": _(
                "Separated by commas; the profile of training is judged by them (4.3)."
            ),
        }

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = is_new
        self.namesakes: list[Person] = []
        self.duplicates: list[Person] = []
        if is_new:
            del self.fields["reason"], self.fields["left_on"]
            self.fields["hired_on"].required = True
        if not is_new or not self.data.get(self.add_prefix("is_another")):
            self._hide_confirmation()
        self.helper.layout = Layout(*self._fieldsets())

    def _hide_confirmation(self) -> None:
        self.fields["is_another"].widget = forms.HiddenInput()

    def _named(self, field: str) -> str:
        return title_name(cyrillic_name(self.cleaned_data[field]))

    def clean_last_name(self) -> str:
        return self._named("last_name")

    def clean_first_name(self) -> str:
        return self._named("first_name")

    def clean_patronymic(self) -> str:
        return self._named("patronymic")

    def clean_iin(self) -> str | None:
        return "".join((self.cleaned_data["iin"] or "").split()) or None

    def clean_personnel_number(self) -> str | None:
        return squeeze(self.cleaned_data["personnel_number"] or "") or None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        others = Person.objects.exclude(pk=self.instance.pk)
        for field in ("personnel_number", "iin"):
            if data.get(field) and (twin := others.filter(**{field: data[field]}).first()):
                self.duplicates.append(twin)
        if self.is_new and data.get("last_name") and data.get("first_name"):
            key = sort_key(data["last_name"], data["first_name"], data.get("patronymic"))
            self.namesakes = list(others.filter(sort_key=key)[:5])
            if self.namesakes and not data.get("is_another") and not self.duplicates:
                self.fields["is_another"].widget = forms.CheckboxInput()
                raise ValidationError(
                    gettext(
                        "Somebody of this name is in the registry already. If it is another "
                        "person, tick the box below; else open that person and add a post."
                    )
                )
        return data


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or HEIC; it is cut to a square."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/heic"}),
    )

    def clean_photo(self) -> Any:
        photo = self.cleaned_data["photo"]
        judged(photo, PHOTOS)
        return photo


# --- posts ------------------------------------------------------------------------------------
class PostForm(RegistryForm):
    unit = UnitField(label=_("Unit"))
    groups = [
        (_("Duties"), ["unit", "position", "category", "is_leader", "health_care"]),
        (_("Employment"), ["share", "kind", "starts_on", "ends_on"]),
    ]
    wide = frozenset({"unit", "is_leader", "health_care"})

    class Meta:
        model = Post
        fields = [
            "unit",
            "position",
            "category",
            "is_leader",
            "health_care",
            "share",
            "kind",
            "starts_on",
            "ends_on",
        ]

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self.fields["unit"], units, empty=_("choose a unit"))


class FirstPostForm(PostForm):
    """The post of a new employee: begins on the day of hiring unless another day is given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["ends_on"]
        self.fields["starts_on"].required = False
        self.fields["starts_on"].help_text = _("Empty: the day of hiring.")
        self.helper.layout = Layout(*self._fieldsets())


class PostCorrectionForm(PostForm):
    reason = reason_field(required=False)


class PostChangeForm(PostForm):
    """Other duties from a day on."""

    reason = reason_field(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["ends_on"]
        self.fields["starts_on"].label = _("From")
        self.fields["starts_on"].help_text = _("The present post ends on the day before.")
        self.helper.layout = Layout(*self._fieldsets())


class PostEndForm(forms.Form):
    last_day = forms.DateField(label=_("Last day of work"), widget=DateInput())
    leaves = forms.BooleanField(
        label=_("The employee leaves the academy on that day"), required=False
    )
    reason = reason_field(required=False)


# --- extensions -------------------------------------------------------------------------------
class ExtensionForm(RegistryForm):
    wide = frozenset({"basis", "reason"})

    class Meta:
        model = DeadlineExtension
        fields = ["reason", "basis", "starts_on", "ends_on"]
        labels = {"reason": _("Kind of leave")}


class ExtensionCorrectionForm(ExtensionForm):
    why = reason_field(required=False)
    wide = frozenset({"basis", "reason", "why"})


class ReasonForm(forms.Form):
    """The reason alone, for what is taken away or revoked."""

    reason = reason_field(required=True)


class RevocationForm(forms.Form):
    reason = reason_field(required=True, length=300)


# --- the ledger -------------------------------------------------------------------------------
class RecordForm(RegistryForm):
    provider_name = forms.CharField(
        label=_("Provider"),
        max_length=250,
        widget=SuggestingInput("provider_suggestions"),
        help_text=_("One that is not known yet is added to the list."),
    )
    scan = ScansField(label=_("Document (scan)"), required=False)
    groups = [
        (_("Training"), ["title", "form", "area", "mode"]),
        (_("When and how much"), ["starts_on", "ends_on", "hours", "credits"]),
        (_("Where"), ["provider_name", "country", "cost"]),
        (_("Confirming document (3.10)"), ["document_number", "document_date", "scan"]),
    ]
    wide = frozenset({"title", "provider_name", "scan", "reason"})

    class Meta:
        model = TrainingRecord
        fields = [
            "title",
            "form",
            "area",
            "mode",
            "starts_on",
            "ends_on",
            "hours",
            "credits",
            "country",
            "cost",
            "document_number",
            "document_date",
        ]
        help_texts = {
            "hours": _("Empty where credits are given: 1 credit is 30 hours."),
            "area": _("Whether it counts towards the norm depends on the area (4.3–4.5)."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"].required = False
        for name in ("hours", "credits", "cost"):
            self.fields[name].widget.attrs.setdefault("min", "0")

    def clean_title(self) -> str:
        return squeeze(self.cleaned_data["title"])

    def clean_provider_name(self) -> str:
        name = squeeze(self.cleaned_data["provider_name"])
        if not search_key(name):
            raise ValidationError(gettext("Name the organisation that held the training."))
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors.keys() & {"hours", "credits"}:
            try:
                data["hours"] = hours_of(hours=data.get("hours"), credits=data.get("credits"))
            except ValidationError as error:
                self.add_error(None, error)
        return data

    def values_with_provider(self, actor: Any) -> dict[str, Any]:
        provider: Provider = provider_called(
            name=self.cleaned_data["provider_name"],
            actor=actor,
            country=self.cleaned_data.get("country", ""),
        )
        return self.values | {"provider": provider}


class RecordCorrectionForm(RecordForm):
    reason = reason_field(required=True)


class RecordHintForm(forms.Form):
    """The few fields the hint looks at; what cannot be read is left out."""

    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)
    hours = forms.DecimalField(required=False, min_value=0, max_digits=6)
    credits = forms.DecimalField(required=False, min_value=0, max_digits=4)
    area = forms.ChoiceField(required=False, choices=Area.choices)
    record = forms.IntegerField(required=False)


def record_initial(record: TrainingRecord) -> Mapping[str, Any]:
    return {"provider_name": record.provider.name}


# --- units ------------------------------------------------------------------------------------
class UnitForm(RegistryForm):
    parent = UnitField(label=_("Belongs to"), required=False)
    head = PersonField(label=_("Head of unit"), required=False)
    secretary = PersonField(label=_("Department secretary"), required=False)
    supervising_vice_rector = PersonField(label=_("Supervising vice-rector"), required=False)
    reason = reason_field(required=False)
    groups = [
        (_("Names"), ["name_kk", "name_ru", "name_en"]),
        (_("Place in the academy"), ["kind", "code", "parent"]),
        (_("Who leads it (5.1)"), ["head", "secretary", "supervising_vice_rector"]),
    ]
    wide = frozenset({"name_kk", "name_ru", "name_en", "parent", "reason"})

    class Meta:
        model = Unit
        fields = [
            "name_kk",
            "name_ru",
            "name_en",
            "kind",
            "code",
            "parent",
            "head",
            "secretary",
            "supervising_vice_rector",
        ]
        help_texts = {"code": _("Empty: the next free one is given, such as D-017.")}

    def __init__(self, *args: Any, units: list[Unit], is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self.fields["parent"], units, empty=_("nothing: it is the root"))
        self.fields["code"].required = False
        if is_new:
            del self.fields["reason"]
            self.helper.layout = Layout(*self._fieldsets())

    def clean_code(self) -> str:
        """Empty: as it was, or made by the verb."""
        code = squeeze(self.cleaned_data["code"] or "")
        return code or (self.instance.code if self.instance.pk else "")


class UnitClosingForm(forms.Form):
    last_day = forms.DateField(label=_("Last day of the unit"), widget=DateInput())
    reason = reason_field(required=False)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"last_day": on})
        super().__init__(*args, **kwargs)
