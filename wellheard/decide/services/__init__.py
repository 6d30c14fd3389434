"""Writes about bets and decisions."""

from .bets import Terms, create_bet, drop_bet, mark_shipped, move_bet, revise_bet, start_bet
from .decisions import decide, say_publicly, withdraw
from .opinions import consult, opine
from .publishing import publish, publish_within
from .scores import COUNTED, Figure, give_inputs, set_scheme

__all__ = [
    "COUNTED", "Figure", "Terms", "consult", "create_bet", "decide", "drop_bet", "give_inputs", "mark_shipped", "move_bet",
    "opine", "publish", "publish_within", "revise_bet", "say_publicly", "set_scheme", "start_bet", "withdraw",
]  # fmt: skip
