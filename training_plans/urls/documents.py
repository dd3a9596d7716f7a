"""Addresses of what follows the training: certificate, report, training taken on one's own."""

from __future__ import annotations

from django.urls import URLPattern, path

from training_plans.views import handing_in, own_trainings

urlpatterns: list[URLPattern] = [
    path("cases/<int:pk>/documents/", handing_in.HandInPage.as_view(), name="hand_in"),
    path(
        "cases/<int:pk>/documents/certificate/",
        handing_in.EvidenceEditPage.as_view(),
        name="evidence_edit",
    ),
    path(
        "cases/<int:pk>/documents/report/", handing_in.ReportEditPage.as_view(), name="report_edit"
    ),
    path("documents/<int:pk>/file/", handing_in.EvidenceFilePage.as_view(), name="evidence_file"),
    path(
        "documents/<int:pk>/photo/",
        handing_in.EvidencePhotoPage.as_view(),
        name="evidence_photo",
    ),
    path("my-trainings/", own_trainings.OwnTrainingListPage.as_view(), name="own_training_list"),
    path("my-trainings/new/", own_trainings.OwnTrainingNewPage.as_view(), name="own_training_new"),
    path(
        "my-trainings/providers/",
        own_trainings.ProvidersPage.as_view(),
        name="own_training_providers",
    ),
    path("my-trainings/<int:pk>/", own_trainings.OwnTrainingPage.as_view(), name="own_training"),
    path(
        "my-trainings/<int:pk>/edit/",
        own_trainings.OwnTrainingEditPage.as_view(),
        name="own_training_edit",
    ),
    path(
        "my-trainings/<int:pk>/withdraw/",
        own_trainings.OwnTrainingWithdrawPage.as_view(),
        name="own_training_withdraw",
    ),
]
