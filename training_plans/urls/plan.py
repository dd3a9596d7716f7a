"""Addresses of the annual plan until its approval: the desk, its lines, its steps."""

from django.urls import path

from training_plans.views import (
    plan,
    plan_bulk,
    plan_lines,
    plan_list,
    plan_sections,
    plan_steps,
    plan_waiting,
)

_OF_YEAR = "planning/<int:year>/plan/"

urlpatterns = [
    path(_OF_YEAR, plan_list.PlanListPage.as_view(), name="plan"),
    path(f"{_OF_YEAR}begin/", plan.PlanBeginView.as_view(), name="plan_begin"),
    path(f"{_OF_YEAR}waiting/", plan_waiting.WaitingPage.as_view(), name="plan_waiting"),
    path(f"{_OF_YEAR}take-in/", plan_waiting.TakeInView.as_view(), name="plan_take_in"),
    path(f"{_OF_YEAR}leave-aside/", plan_waiting.LeaveAsidePage.as_view(), name="plan_leave_aside"),
    path(f"{_OF_YEAR}coverage/", plan_sections.CoveragePage.as_view(), name="plan_coverage"),
    path(f"{_OF_YEAR}cover/", plan_sections.CoverView.as_view(), name="plan_cover"),
    path(f"{_OF_YEAR}load/", plan_sections.LoadPage.as_view(), name="plan_load"),
    path(f"{_OF_YEAR}money/", plan_sections.MoneyPage.as_view(), name="plan_money"),
    path(f"{_OF_YEAR}checks/", plan_sections.ChecksPage.as_view(), name="plan_checks"),
    path(f"{_OF_YEAR}forecast/", plan_sections.ForecastPage.as_view(), name="plan_forecast"),
    path(f"{_OF_YEAR}add/", plan_lines.PlanAddPage.as_view(), name="plan_add"),
    path(f"{_OF_YEAR}submit/", plan_steps.PlanSubmitPage.as_view(), name="plan_submit"),
    path(f"{_OF_YEAR}take-back/", plan_steps.PlanTakeBackPage.as_view(), name="plan_take_back"),
    path(f"{_OF_YEAR}return/", plan_steps.PlanReturnPage.as_view(), name="plan_return"),
    path(f"{_OF_YEAR}approve/", plan_steps.PlanApprovePage.as_view(), name="plan_approve"),
    path(f"{_OF_YEAR}close/", plan_steps.PlanClosePage.as_view(), name="plan_close"),
    path("planning/people/", plan.PlanPeoplePage.as_view(), name="plan_people"),
    path("planning/lines/move/", plan_bulk.PlanMovePage.as_view(), name="plan_move"),
    path("planning/lines/provider/", plan_bulk.PlanProviderPage.as_view(), name="plan_provider"),
    path("planning/lines/merge/", plan_bulk.PlanMergePage.as_view(), name="plan_merge"),
    path("planning/lines/take-out/", plan_bulk.PlanTakeOutPage.as_view(), name="plan_take_out"),
    path("planning/lines/<int:pk>/", plan_lines.PlanLinePage.as_view(), name="plan_line"),
    path(
        "planning/lines/<int:pk>/edit/",
        plan_lines.PlanLineEditPage.as_view(),
        name="plan_line_edit",
    ),
    path("planning/lines/<int:pk>/split/", plan_lines.PlanSplitView.as_view(), name="plan_split"),
    path(
        "planning/lines/<int:pk>/put-back/",
        plan_lines.PlanPutBackView.as_view(),
        name="plan_put_back",
    ),
    path(
        "planning/lines/<int:pk>/take-over/",
        plan_lines.PlanTakeOverView.as_view(),
        name="plan_take_over",
    ),
    path("planning/groups/<int:pk>/", plan_bulk.PlanGroupPage.as_view(), name="plan_group"),
]
