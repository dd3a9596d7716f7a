"""Addresses of the registry, the ledger, imports, norms and accounts."""

from . import account, imports, norms, registry

urlpatterns = [
    *account.urlpatterns,
    *registry.urlpatterns,
    *imports.urlpatterns,
    *norms.urlpatterns,
]
