"""The planning year, applications, orders and contracts (clauses 3.7–3.12, 5.1–5.5, 7.1–7.2).

Nothing yet: the next issues build it.
"""
