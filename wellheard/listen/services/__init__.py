"""Writes about voices, ideas and imports."""
