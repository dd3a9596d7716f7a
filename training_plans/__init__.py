"""The planning year, its requests, the plan, the catalogue (clauses 3.7–3.15, 5.1–5.5)."""
