"""Reads of bets and decisions."""

from .board import LANES, BetCard, Lane, board, decisions, finished, who_asked

__all__ = ["LANES", "BetCard", "Lane", "board", "decisions", "finished", "who_asked"]
