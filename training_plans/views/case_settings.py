"""The terms of cases: numbers with their clauses, changed by the administrator or HR."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from staff.domain.history import changes_since
from staff.views.editing import EditPage
from training_plans.domain.case_settings import set_rules
from training_plans.forms.cases import CaseRulesForm
from training_plans.models import CaseRules

CHANGES_SHOWN = 20


class CaseRulesPage(EditPage):
    permission = "training_plans.set_case_rules"
    template_name = "training_plans/case_rules.html"
    title = _("Terms of cases")
    form_class = CaseRulesForm
    done = _("The terms are saved. They hold for what is computed from now on.")
    watches_version = True
    help_text = _(
        "What the regulation leaves to the academy, or may change. New numbers hold for cases and "
        "contracts from now on; days that were already computed stay as they are."
    )

    def find(self) -> CaseRules:
        return CaseRules.in_force()

    def form_arguments(self) -> dict[str, Any]:
        return {"instance": self.thing}

    def newest_version(self) -> int:
        return super().newest_version() if self.thing.pk else 0

    def verb(self, form: Any) -> CaseRules:
        version = self.asked_version if self.thing.pk else None
        return set_rules(values=form.cleaned_data, actor=self.actor, version=version)

    def after(self, result: Any) -> str:
        return reverse("case_rules")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        changes: list[Any] = []
        if self.thing.pk:
            changes = changes_since(self.thing, version=0, reader=self.actor)[:CHANGES_SHOWN]
        return super().get_context_data(**kwargs) | {"changes": changes}
