"""Reads about people, accounts and money, as typed rows."""
