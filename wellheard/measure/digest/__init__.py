"""What happened in the loop in some days, in one letter instead of one for each thing."""

from .gather import Digest, Line, Section, days_before, gather

__all__ = ["Digest", "Line", "Section", "days_before", "gather"]
