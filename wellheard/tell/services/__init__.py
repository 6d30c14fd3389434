"""Writes about releases and notices."""
