"""The internship part of a case, hearings and implementation plans (clauses 6.3, 7.3–7.15).

Nothing yet: its issue builds it.
"""
