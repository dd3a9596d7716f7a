"""How any case moves: calendar, files, jobs, mail. Knows no app above it."""
