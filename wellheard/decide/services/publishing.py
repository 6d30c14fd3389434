"""Publishing a decision that was prepared: only then it takes effect and those who asked may be told."""

from __future__ import annotations

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Bet, Decision
from .bets import drop_bet


def publish(access: Access, decision: Decision, despite: str = "") -> Decision:
    """Publish a prepared decision. Raises ValueError, naming them, while somebody whom it hurts has not acknowledged
    it and `despite` gives no reason for going on without them."""
    with journal.record(access.actor, "decision.published", despite.strip()) as entry:
        publish_within(access, decision, despite, entry)
    return decision


def publish_within(access: Access, decision: Decision, despite: str, entry: journal.Draft) -> None:
    """The same, inside the transaction and entry of a service that does more with it (such as owing answers)."""
    access.need(Role.EDITOR)
    # Two who publish at once: the second waits here and is told.
    held = Decision.objects.select_for_update().get(pk=decision.pk)
    if held.state != Decision.State.PREPARED:
        raise ValueError(f"This decision is {held.state} already.")
    why = clean.text(despite, 2000, "The reason for going on")
    decision.published_at, decision.published_by, decision.despite = timezone.now(), access.actor.name, why
    decision.save(update_fields=["published_at", "published_by", "despite"])
    entry.about(decision.on, decision=decision.pk, answer=decision.answer)
    bet = decision.bet
    if decision.answer == Decision.Answer.NO and bet and bet.state in (Bet.State.DRAFT, Bet.State.STARTED):
        drop_bet(access, bet, decision.reason)
