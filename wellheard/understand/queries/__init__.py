"""Reads about problems, evidence and themes, as typed rows."""
