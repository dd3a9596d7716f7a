"""Addresses of the planning year, requests, the plan, amendments, the catalogue, and of cases."""

from . import (
    amendments,
    applications,
    cases,
    catalogue,
    contracts,
    documents,
    orders,
    plan,
    requests,
    substitutes,
    verification,
    years,
)

urlpatterns = [
    *years.urlpatterns,
    *requests.urlpatterns,
    *plan.urlpatterns,
    *amendments.urlpatterns,
    *catalogue.urlpatterns,
    *applications.urlpatterns,
    *cases.urlpatterns,
    *orders.urlpatterns,
    *contracts.urlpatterns,
    *documents.urlpatterns,
    *verification.urlpatterns,
    *substitutes.urlpatterns,
]
