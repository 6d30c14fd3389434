"""Writes about problems, evidence and themes."""
