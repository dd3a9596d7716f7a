"""Addresses of the planning year, requests, the plan, amendments and the catalogue."""

from . import amendments, catalogue, plan, requests, years

urlpatterns = [
    *years.urlpatterns,
    *requests.urlpatterns,
    *plan.urlpatterns,
    *amendments.urlpatterns,
    *catalogue.urlpatterns,
]
