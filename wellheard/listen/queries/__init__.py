"""Reads about voices, ideas and imports."""
