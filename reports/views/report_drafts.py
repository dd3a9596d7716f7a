"""The trainee's report as it will print, with what is written so far (forms.md §3)."""

from __future__ import annotations

from functools import cached_property

from django.shortcuts import get_object_or_404

from reports.documents.kinds import Data
from training_plans.case_papers import trainee_report_data
from training_plans.domain.handing_in import proposed_report
from training_plans.models import TraineeReport, TrainingApplication
from workflow.calendar import today

from .papers import DraftPage


class ReportDraftView(DraftPage):
    """For the employee who writes it."""

    permission = "training_plans.write_report"
    kind_name = "trainee_report"
    clause = "7.2"

    def get_permission_object(self) -> TrainingApplication:
        return self.case

    @cached_property
    def case(self) -> TrainingApplication:
        rows = TrainingApplication.objects.visible_to(self.request.user)
        return get_object_or_404(rows.select_related("course"), pk=self.kwargs["pk"])

    def data(self) -> Data:
        report = TraineeReport.objects.filter(application=self.case).first()
        return trainee_report_data(report or proposed_report(self.case), on=today())
