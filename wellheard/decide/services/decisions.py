"""The decision log: decisions are added, never changed."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.understand.models import Problem

from ..models import Bet, Decision


def decide(access: Access, on: Bet | Problem, answer: str, reason: str) -> Decision:
    """Log a dated yes, not now or no with its reason. Decisions are added, never changed."""
    access.need(Role.EDITOR)
    if answer not in Decision.Answer.values:
        raise ValueError(f"{answer!r} is not an answer. Use yes, not_now or no.")
    why = clean.text(reason, 4000, "The reason")
    if not why:
        raise ValueError("Give the reason: who asked will read it, and so will you in a year.")
    with journal.record(access.actor, "decision.made", why) as entry:
        made = Decision.objects.create(
            workspace=access.workspace,
            bet=on if isinstance(on, Bet) else None,
            problem=on if isinstance(on, Problem) else None,
            answer=answer,
            reason=why,
            decided_by=access.actor.name,
        )
        entry.about(on, decision=made.pk, answer=answer)
    return made
