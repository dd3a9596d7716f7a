"""Addresses of the dashboard, reports and exports."""

from django.urls import path

from .views import (
    application_drafts,
    compliance,
    lists,
    order_drafts,
    papers,
    proposals,
    report_drafts,
)

urlpatterns = [
    path("compliance/", compliance.ComplianceView.as_view(), name="compliance"),
    path("compliance/units/", compliance.ComplianceUnitsView.as_view(), name="compliance_units"),
    path("compliance/list/", lists.StandingListPage.as_view(), name="compliance_list"),
    path("compliance/day/<int:pk>/", compliance.DayProgressView.as_view(), name="day_progress"),
    path("papers/<slug:token>/", papers.PaperView.as_view(), name="paper"),
    path(
        "papers/<slug:token>/progress/", papers.PaperProgressView.as_view(), name="paper_progress"
    ),
    path("papers/<slug:token>/file/", papers.PaperFileView.as_view(), name="paper_file"),
    path(
        "papers/<slug:token>/workbook/", papers.PaperWorkbookView.as_view(), name="paper_workbook"
    ),
    path("planning/<int:year>/plan/draft/", papers.PlanDraftView.as_view(), name="plan_draft"),
    path("requests/<int:pk>/draft/", papers.RequestDraftView.as_view(), name="request_draft"),
    path(
        "cases/<int:pk>/paper/",
        application_drafts.ApplicationDraftView.as_view(),
        name="application_draft_paper",
    ),
    path(
        "cases/<int:pk>/documents/report/paper/",
        report_drafts.ReportDraftView.as_view(),
        name="report_preview",
    ),
    path("orders/<int:pk>/draft/", order_drafts.OrderDraftView.as_view(), name="order_draft"),
    path(
        "contracts/<int:pk>/draft/", order_drafts.ContractDraftView.as_view(), name="contract_draft"
    ),
    path("proposals/", proposals.ProposalListPage.as_view(), name="proposals"),
]
