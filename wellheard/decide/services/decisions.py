"""The decision log: decisions are added, never changed."""

from __future__ import annotations

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.listen.models import Idea
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.understand.models import Problem

from ..models import Bet, Decision
from ..queries.snapshot import snapshot
from .empathy import ask_owners

Thing = Bet | Problem | Idea


def decide(
    access: Access, on: Thing, answer: str, reason: str, public_reason: str = "", at_once: bool | None = None
) -> Decision:
    """Log a dated yes, not now or no with its reason. Decisions are added, never changed.

    `public_reason` are the words for those who asked. A yes or not now is published at once; a no is prepared, and
    published by `publishing.publish`. `at_once=False` prepares any answer, for a caller that publishes it itself.
    """
    access.need(Role.EDITOR)
    if answer not in Decision.Answer.values:
        raise ValueError(f"{answer!r} is not an answer. Use yes, not_now or no.")
    why = clean.text(reason, 4000, "The reason")
    if not why:
        raise ValueError("Give the reason: who asked will read it, and so will you in a year.")
    told = clean.text(public_reason, 4000, "What those who asked will read")
    prepared = answer == Decision.Answer.NO or at_once is False
    if prepared and (standing := _waiting(on)):
        raise ValueError(
            f"Decision {standing.pk} on it is prepared and not published. Publish or withdraw that one first."
        )
    now = timezone.now()
    with journal.record(access.actor, "decision.prepared" if prepared else "decision.made", why) as entry:
        made = Decision.objects.create(
            workspace=access.workspace,
            bet=on if isinstance(on, Bet) else None,
            problem=on if isinstance(on, Problem) else None,
            idea=on if isinstance(on, Idea) else None,
            answer=answer,
            reason=why,
            public_reason=told,
            decided_by=access.actor.name,
            decided_at=now,
            snapshot=snapshot(on),
            published_at=None if prepared else now,
            published_by="" if prepared else access.actor.name,
        )
        entry.about(on, decision=made.pk, answer=answer)
        if answer == Decision.Answer.NO:
            ask_owners(made, access.member)
    return made


def _waiting(on: Thing) -> Decision | None:
    field = {Bet: "bet", Problem: "problem", Idea: "idea"}[type(on)]
    return Decision.objects.filter(**{field: on}, published_at=None, withdrawn_at=None).first()


def say_publicly(access: Access, decision: Decision, words: str) -> None:
    """Change the words for those who asked, while nobody has read them."""
    access.need(Role.EDITOR)
    told = clean.text(words, 4000, "What those who asked will read")
    _still_prepared(decision)
    with journal.record(access.actor, "decision.worded") as entry:
        entry.about(decision.on, decision=decision.pk, before=decision.public_reason, after=told)
        decision.public_reason = told
        decision.save(update_fields=["public_reason"])


def withdraw(access: Access, decision: Decision, reason: str) -> None:
    """Give up a decision that was prepared: it stays in the log, and never takes effect."""
    access.need(Role.EDITOR)
    why = clean.text(reason, 4000, "The reason")
    if not why:
        raise ValueError("Say why it is withdrawn; those who were asked to acknowledge it will want to know.")
    _still_prepared(decision)
    with journal.record(access.actor, "decision.withdrawn", why) as entry:
        decision.withdrawn_at = timezone.now()
        decision.save(update_fields=["withdrawn_at"])
        entry.about(decision.on, decision=decision.pk)


def _still_prepared(decision: Decision) -> None:
    if decision.state != Decision.State.PREPARED:
        raise ValueError(f"This decision is {decision.state} already: it stands as it is.")
