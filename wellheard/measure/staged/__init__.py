"""Staged release: half of those who asked get it first, drawn by lot and with their knowledge; the halves are compared."""
