"""Tests mirror the source. Both databases, today fixed to 22 November 2026."""
