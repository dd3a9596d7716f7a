"""Addresses of the planning year, the analysis of needs and wishes.

Those without a year lead to the newest one, so that the navigation need not know it.
"""

from django.urls import path

from training_plans.views import needs, needs_lists, wishes, years

urlpatterns = [
    path("planning/", years.PlanningPage.as_view(), name="planning"),
    path("planning/open/", years.OpenYearPage.as_view(), name="planning_open"),
    path(
        "planning/requests/",
        years.NewestYear.as_view(leads_to="request_list"),
        name="planning_requests",
    ),
    path("planning/plan/", years.NewestYear.as_view(leads_to="plan"), name="planning_plan"),
    path("planning/needs/", years.NewestYear.as_view(leads_to="needs"), name="planning_needs"),
    path("planning/<int:year>/", years.YearPage.as_view(), name="planning_year"),
    path("planning/<int:year>/edit/", years.EditYearPage.as_view(), name="planning_edit"),
    path("planning/<int:year>/remind/", years.RemindView.as_view(), name="planning_remind"),
    path("planning/<int:year>/needs/", needs.NeedsPage.as_view(), name="needs"),
    path("planning/<int:year>/needs/list/", needs_lists.NeedListPage.as_view(), name="needs_list"),
    path(
        "planning/<int:year>/needs/asked/", needs_lists.AskedListPage.as_view(), name="needs_asked"
    ),
    path("wishes/", wishes.WishListPage.as_view(), name="wishes"),
    path("wishes/add/", wishes.AddWishPage.as_view(), name="wish_add"),
    path("wishes/<int:pk>/withdraw/", wishes.WithdrawWishView.as_view(), name="wish_withdraw"),
]
