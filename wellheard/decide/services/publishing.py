"""Publishing a decision that was prepared: only then it takes effect and those who asked may be told."""

from __future__ import annotations

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.listen.models import IdeaStatus
from wellheard.listen.services.ideas import decline_within
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Bet, Decision
from ..queries.hurt import kept, whom
from .bets import drop_bet
from .empathy import ask_owners


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
    if decision.answer == Decision.Answer.NO:
        _all_know(access, decision, why)
    decision.published_at, decision.published_by, decision.despite = timezone.now(), access.actor.name, why
    decision.save(update_fields=["published_at", "published_by", "despite", "hurt"])
    entry.about(decision.on, decision=decision.pk, answer=decision.answer)
    _take_effect(access, decision)


def _all_know(access: Access, decision: Decision, despite: str) -> None:
    """Looked at anew, for accounts may have got owners since it was prepared. What is found stays with the decision."""
    ask_owners(decision, access.member)
    found = whom(decision)
    if found.missing and not despite:
        names = ", ".join(c.name for c in found.missing[:5]) + (" and others" if len(found.missing) > 5 else "")
        raise ValueError(f"{names} {'has' if len(found.missing) == 1 else 'have'} not acknowledged it yet. Wait for them, or say why it is published all the same.")  # fmt: skip
    decision.hurt = kept(found)
    decision.acknowledgements.filter(at=None).update(remind_at=None)


def _take_effect(access: Access, decision: Decision) -> None:
    """A no drops the bet, and declines the idea in public with the words for those who asked."""
    if decision.answer != Decision.Answer.NO:
        return
    if decision.idea is not None and decision.idea.status != IdeaStatus.DECLINED:
        decline_within(decision.idea, decision.public_reason, access.actor.name)
    bet = decision.bet
    if bet and bet.state in (Bet.State.DRAFT, Bet.State.STARTED):
        drop_bet(access, bet, decision.reason)
