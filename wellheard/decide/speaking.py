"""The texts of bets that the language audit reads."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from wellheard.people.access import Access
from wellheard.people.models import Workspace
from wellheard.understand.language.places import Place, texts

from .models import Bet
from .services import Terms, revise_bet

FIELDS = (
    ("name", "Name of a bet"),
    ("hypothesis", "Why we believe in it"),
    ("undo_rule", "What would make us undo it"),
)


def _change(access: Access, text: str, bet: Bet, field: str) -> Any:
    terms = Terms(**{**{f: getattr(bet, f) for f in Terms.__dataclass_fields__}, field: text})
    return revise_bet(access, bet, terms, list(bet.problems.all()))


@texts("Bets")
def bets(workspace: Workspace) -> Iterable[Place]:
    """Once work has started a bet is locked: its words can be mended only with a reason, on its page."""
    rows = Bet.objects.filter(workspace=workspace, state__in=[Bet.State.DRAFT, Bet.State.STARTED])
    for bet in rows.order_by("pk"):
        for field, label in FIELDS:
            change = None if bet.locked else partial(_change, bet=bet, field=field)
            shown = label if field == "name" else f"{label}: {bet}"
            yield Place(f"bet:{bet.pk}:{field}", shown, getattr(bet, field), "bet", bet.pk, change)
