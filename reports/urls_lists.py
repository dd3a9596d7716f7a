"""Addresses of the lists behind the dashboard."""

from django.urls import path

from reports.views.lists import StandingListPage

urlpatterns = [
    path("compliance/list/", StandingListPage.as_view(), name="compliance_list"),
]
