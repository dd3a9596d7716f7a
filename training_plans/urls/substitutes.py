"""Addresses of substitutes."""

from django.urls import path

from training_plans.views import substitutes

urlpatterns = [
    path("profile/substitutes/", substitutes.OwnSubstitutesPage.as_view(), name="substitutes"),
    path("substitutes/", substitutes.SubstituteListPage.as_view(), name="substitute_list"),
    path("substitutes/add/", substitutes.SubstituteAddPage.as_view(), name="substitute_add"),
    path(
        "substitutes/people/",
        substitutes.SubstitutePeoplePage.as_view(),
        name="substitute_people",
    ),
    path(
        "substitutes/<int:pk>/end/",
        substitutes.SubstituteEndPage.as_view(),
        name="substitute_end",
    ),
]
