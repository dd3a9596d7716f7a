"""Units, people and posts; requirements, the ledger of training records, and standing."""
