"""Addresses of requests."""

from django.urls import path

from training_plans.views import request_lines, requests

urlpatterns = [
    path("planning/<int:year>/requests/", requests.RequestListPage.as_view(), name="request_list"),
    path(
        "planning/<int:year>/requests/begin/<int:unit>/",
        requests.RequestBeginPage.as_view(),
        name="request_begin",
    ),
    path("requests/<int:pk>/", requests.RequestPage.as_view(), name="request"),
    path("requests/<int:pk>/send/", requests.RequestSendPage.as_view(), name="request_send"),
    path(
        "requests/<int:pk>/withdraw/",
        requests.RequestWithdrawPage.as_view(),
        name="request_withdraw",
    ),
    path("requests/<int:pk>/accept/", requests.RequestAcceptPage.as_view(), name="request_accept"),
    path("requests/<int:pk>/return/", requests.RequestReturnPage.as_view(), name="request_return"),
    path(
        "requests/<int:pk>/minutes/", requests.RequestMinutesPage.as_view(), name="request_minutes"
    ),
    path(
        "requests/<int:pk>/refresh/", requests.RequestRefreshPage.as_view(), name="request_refresh"
    ),
    path("requests/<int:pk>/copy/", requests.RequestCopyPage.as_view(), name="request_copy"),
    path(
        "requests/<int:pk>/add/",
        request_lines.RequestPersonAddPage.as_view(),
        name="request_person_add",
    ),
    path(
        "requests/<int:pk>/people/",
        request_lines.RequestPeoplePage.as_view(),
        name="request_people",
    ),
    path("requests/<int:pk>/many/", request_lines.RequestManyPage.as_view(), name="request_many"),
    path("requests/lines/<int:pk>/", request_lines.LinePage.as_view(), name="request_line"),
    path(
        "requests/lines/<int:pk>/suggestion/",
        request_lines.LineSuggestionPage.as_view(),
        name="request_line_suggestion",
    ),
    path(
        "requests/lines/<int:pk>/leave-out/",
        request_lines.LineLeaveOutPage.as_view(),
        name="request_line_leave_out",
    ),
    path(
        "requests/lines/<int:pk>/take-in/",
        request_lines.LineTakeInPage.as_view(),
        name="request_line_take_in",
    ),
    path(
        "requests/lines/<int:pk>/remark/",
        request_lines.LineRemarkPage.as_view(),
        name="request_line_remark",
    ),
]
