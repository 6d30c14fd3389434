"""Segments: named sets of people or of accounts, by what they are, pay, said and did; usable in every question.

    segment = segments.find(workspace, "Paying, quiet for a month")
    segments.members(segment).numbers      # of the event store

A live segment is its rule, asked each time; a static one is a frozen list. What a rule can say is registered by the
layer that knows it (`registry.register`), so this package knows nothing of voices or events.
"""

from .evaluation import Members, UnknownSegment, find, members, names
from .rule import BadRule

__all__ = ["BadRule", "Members", "UnknownSegment", "find", "members", "names"]
