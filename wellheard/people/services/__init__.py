"""Writes about workspaces, members, people, accounts and money."""
