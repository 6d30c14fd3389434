"""Scores: what is put in, by which method it is ranked, and how stable the ranking is."""
