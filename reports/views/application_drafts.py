"""The application as it will print, with the visas decided so far (forms.md §6)."""

from __future__ import annotations

from functools import cached_property

from django.shortcuts import get_object_or_404

from reports.documents.kinds import Data
from training_plans.case_papers import application_data
from training_plans.models import TrainingApplication
from workflow.calendar import today

from .papers import DraftPage


class ApplicationDraftView(DraftPage):
    """For whoever may see the case."""

    permission = "training_plans.view_case"
    kind_name = "application"
    clause = "7.1"

    def get_permission_object(self) -> TrainingApplication:
        return self.case

    @cached_property
    def case(self) -> TrainingApplication:
        rows = TrainingApplication.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def data(self) -> Data:
        return application_data(self.case, on=today())
