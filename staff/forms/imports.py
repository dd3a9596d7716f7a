"""Choosing a workbook to bring in."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from staff.models import ImportRun


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is in the file"),
        choices=ImportRun.Kind.choices,
        widget=forms.RadioSelect,
        initial=ImportRun.Kind.STAFF,
    )
    file = forms.FileField(
        label=_("Excel file"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls"}),
        help_text=_("Columns may stand in any order; titles above and totals below are left out."),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_MB * 1024 * 1024:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Leave one sheet with the list in it.")
                % {"limit": settings.IMPORT_MAX_MB}
            )
        return file
