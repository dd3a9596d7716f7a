"""Addresses where documents are verified and reports accepted."""

from __future__ import annotations

from django.urls import path

from training_plans.views import evidence, trainee_reports

urlpatterns = [
    path("documents-to-verify/", evidence.EvidenceQueuePage.as_view(), name="evidence_queue"),
    path("documents-to-verify/<int:pk>/", evidence.EvidencePage.as_view(), name="evidence"),
    path(
        "documents-to-verify/<int:pk>/picture/",
        evidence.EvidencePicture.as_view(),
        name="evidence_picture",
    ),
    path(
        "documents-to-verify/<int:pk>/correct/",
        evidence.CorrectPage.as_view(),
        name="evidence_correct",
    ),
    path(
        "documents-to-verify/<int:pk>/verify/",
        evidence.VerifyPage.as_view(),
        name="evidence_verify",
    ),
    path(
        "documents-to-verify/<int:pk>/return/",
        evidence.ReturnPage.as_view(),
        name="evidence_return",
    ),
    path("reports-to-accept/", trainee_reports.ReportQueuePage.as_view(), name="report_queue"),
    path(
        "reports-to-accept/<int:pk>/",
        trainee_reports.TraineeReportPage.as_view(),
        name="trainee_report",
    ),
    path(
        "reports-to-accept/<int:pk>/accept/",
        trainee_reports.AcceptPage.as_view(),
        name="trainee_report_accept",
    ),
    path(
        "reports-to-accept/<int:pk>/return/",
        trainee_reports.ReturnPage.as_view(),
        name="trainee_report_return",
    ),
]
