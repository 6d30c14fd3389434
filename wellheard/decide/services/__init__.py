"""Writes about bets and decisions."""

from .bets import Terms, create_bet, drop_bet, mark_shipped, move_bet, revise_bet, start_bet
from .decisions import decide, say_publicly, withdraw
from .publishing import publish, publish_within

__all__ = [
    "Terms", "create_bet", "decide", "drop_bet", "mark_shipped", "move_bet", "publish", "publish_within", "revise_bet",
    "say_publicly", "start_bet", "withdraw",
]  # fmt: skip
