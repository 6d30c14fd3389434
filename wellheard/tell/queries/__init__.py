"""Reads about who was told, and who still waits."""
