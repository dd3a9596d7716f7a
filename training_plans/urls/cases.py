"""Addresses of cases: the list, the page of one, the queue of visas, the terms."""

from django.urls import path

from training_plans.views import case_list, case_queue, case_settings, cases

urlpatterns = [
    path("cases/", case_list.CaseListPage.as_view(), name="case_list"),
    path("cases/queue/", case_queue.CaseQueuePage.as_view(), name="case_queue"),
    path("cases/queue/decide/", case_queue.CaseDecideManyPage.as_view(), name="case_decide_many"),
    path("cases/slow/", case_queue.CaseSlowPage.as_view(), name="case_slow"),
    path("cases/<int:pk>/", cases.CasePage.as_view(), name="case"),
    path(
        "cases/<int:pk>/decide/<slug:answer>/",
        cases.CaseDecidePage.as_view(),
        name="case_decide",
    ),
    path("cases/<int:pk>/close/", cases.CaseClosePage.as_view(), name="case_close"),
    path("settings/cases/", case_settings.CaseRulesPage.as_view(), name="case_rules"),
]
