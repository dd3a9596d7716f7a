"""Addresses of the person's page, requirements, calendar and jobs."""

from django.urls import path

from staff.views import norms, person

urlpatterns = [
    path("people/<int:pk>/", person.PersonView.as_view(), name="person"),
    path("requirements/", norms.RequirementListView.as_view(), name="requirement_list"),
    path(
        "requirements/<slug:code>/change/",
        norms.RequirementChangeView.as_view(),
        name="requirement_change",
    ),
    path(
        "requirements/version/<int:pk>/withdraw/",
        norms.RequirementWithdrawView.as_view(),
        name="requirement_withdraw",
    ),
    path("calendar/", norms.CalendarListView.as_view(), name="calendar_list"),
    path("calendar/<int:pk>/remove/", norms.CalendarDeleteView.as_view(), name="calendar_remove"),
    path("jobs/", norms.JobListView.as_view(), name="job_list"),
    path("jobs/<int:pk>/progress/", norms.JobProgressView.as_view(), name="job_progress"),
]
