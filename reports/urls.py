"""Addresses of the dashboard, reports and exports."""

from django.urls import path

from .views import compliance, lists, proposals

urlpatterns = [
    path("compliance/", compliance.ComplianceView.as_view(), name="compliance"),
    path("compliance/units/", compliance.ComplianceUnitsView.as_view(), name="compliance_units"),
    path("compliance/list/", lists.StandingListPage.as_view(), name="compliance_list"),
    path("compliance/day/<int:pk>/", compliance.DayProgressView.as_view(), name="day_progress"),
    path("proposals/", proposals.ProposalListPage.as_view(), name="proposals"),
]
