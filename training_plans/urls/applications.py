"""Addresses of applications: written, sent, ended."""

from django.urls import path

from training_plans.views import (
    application_ends,
    application_groups,
    application_papers,
    applications,
)

urlpatterns = [
    path(
        "cases/begin/<int:line>/",
        applications.ApplicationBeginPage.as_view(),
        name="application_begin",
    ),
    path("cases/new/", applications.ApplicationNewPage.as_view(), name="application_new"),
    path(
        "cases/new/<int:post>/",
        applications.ApplicationNewForPage.as_view(),
        name="application_new_for",
    ),
    path("cases/hint/", applications.ApplicationHintPage.as_view(), name="application_hint"),
    path(
        "cases/providers/",
        applications.ApplicationProvidersPage.as_view(),
        name="application_providers",
    ),
    path(
        "cases/group/",
        application_groups.ApplicationGroupListPage.as_view(),
        name="application_group",
    ),
    path(
        "cases/group/with/<int:line>/",
        application_groups.ApplicationGroupNewPage.as_view(),
        name="application_group_new",
    ),
    path(
        "cases/group/<int:pk>/",
        application_groups.ApplicationGroupDonePage.as_view(),
        name="application_group_done",
    ),
    path(
        "cases/call-off-course/",
        application_ends.CourseCallOffListPage.as_view(),
        name="course_call_off",
    ),
    path(
        "cases/call-off-course/<int:pk>/",
        application_ends.CourseCallOffPage.as_view(),
        name="course_call_off_one",
    ),
    path(
        "cases/attachments/<int:pk>/",
        application_papers.ApplicationAttachmentPage.as_view(),
        name="application_attachment",
    ),
    path(
        "cases/attachments/<int:pk>/detach/",
        application_papers.ApplicationDetachPage.as_view(),
        name="application_detach",
    ),
    path(
        "cases/<int:pk>/edit/", applications.ApplicationEditPage.as_view(), name="application_edit"
    ),
    path(
        "cases/<int:pk>/send/", applications.ApplicationSendPage.as_view(), name="application_send"
    ),
    path(
        "cases/<int:pk>/consent/",
        applications.ApplicationConsentPage.as_view(),
        name="application_consent",
    ),
    path(
        "cases/<int:pk>/attach/",
        application_papers.ApplicationAttachPage.as_view(),
        name="application_attach",
    ),
    path(
        "cases/<int:pk>/ask-late/",
        application_papers.ApplicationAskLatePage.as_view(),
        name="application_ask_late",
    ),
    path(
        "cases/<int:pk>/admit/",
        application_papers.ApplicationAdmitPage.as_view(),
        name="application_admit",
    ),
    path(
        "cases/<int:pk>/withdraw/",
        application_ends.ApplicationWithdrawPage.as_view(),
        name="application_withdraw",
    ),
    path(
        "cases/<int:pk>/call-off/",
        application_ends.ApplicationCallOffPage.as_view(),
        name="application_call_off",
    ),
    path(
        "cases/<int:pk>/interrupt/",
        application_ends.CaseInterruptPage.as_view(),
        name="case_interrupt",
    ),
]
