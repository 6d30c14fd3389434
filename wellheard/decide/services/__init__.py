"""Writes about bets and decisions."""

from .bets import Terms, create_bet, drop_bet, mark_shipped, move_bet, revise_bet, start_bet
from .decisions import decide

__all__ = ["Terms", "create_bet", "decide", "drop_bet", "mark_shipped", "move_bet", "revise_bet", "start_bet"]
