"""Writes about bets and decisions."""

from .arranging import file_bet, place_bet, show_bet
from .bets import Terms, create_bet, drop_bet, mark_shipped, revise_bet, start_bet
from .decisions import decide, say_publicly, withdraw
from .empathy import acknowledge, close_follow_up, follow_up, remind, word_brief
from .opinions import consult, opine
from .publishing import publish, publish_within
from .scores import COUNTED, Figure, give_inputs, set_scheme

__all__ = [
    "COUNTED", "Figure", "Terms", "acknowledge", "close_follow_up", "consult", "create_bet", "decide", "drop_bet",
    "file_bet", "follow_up", "give_inputs", "mark_shipped", "opine", "place_bet", "publish", "publish_within",
    "remind", "revise_bet", "say_publicly", "set_scheme", "show_bet", "start_bet", "withdraw", "word_brief",
]  # fmt: skip
