"""Pages of the registry, the ledger, imports, norms and accounts."""
