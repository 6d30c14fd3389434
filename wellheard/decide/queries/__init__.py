"""Reads of bets and decisions."""

from .board import COLUMNS, LANES, BetCard, Lane, Look, board, decisions, finished, public_bets, table, who_asked

__all__ = [
    "COLUMNS", "LANES", "BetCard", "Lane", "Look", "board", "decisions", "finished", "public_bets", "table", "who_asked",
]  # fmt: skip
