"""Telling those who asked what was decided: a no that is kind, a not now, a yes."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.decide.models import Decision
from wellheard.decide.services.publishing import publish_within
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Notice
from ..queries.notices import whom_decided
from .owing import overtake, owe

MOST = 4000


def publish_decision(access: Access, decision: Decision, despite: str = "", words: str = "") -> int:
    """Publish a prepared decision and owe word of it to everybody who asked, at once or not at all.

    `words` are for those who asked, when the decision holds none yet. Raises ValueError when it holds none and somebody
    would be told, and whatever `publishing.publish` raises. Returns how many are owed to people who can be told.
    """
    access.need(Role.EDITOR)
    with journal.record(access.actor, "decision.published", despite.strip()) as entry:
        _word(decision, words)
        publish_within(access, decision, despite, entry)
        entry.data["owed"] = _tell(decision)
    return int(entry.data["owed"])


def tell_decision(access: Access, decision: Decision, words: str = "") -> int:
    """The same for a decision that was published without telling anybody. Doing it twice tells nobody twice."""
    access.need(Role.EDITOR)
    if decision.published_at is None:
        raise ValueError("This decision is not published yet. Publish it: those who asked are told then.")
    with journal.record(access.actor, "decision.told") as entry:
        held = Decision.objects.select_for_update().get(pk=decision.pk)
        if held.notices.exists():
            entry.nothing_changed()
            return 0
        _word(held, words)
        made = _tell(held)
        entry.about(held.on, decision=held.pk, owed=made)
    decision.public_reason = held.public_reason
    return made


def _word(decision: Decision, words: str) -> None:
    """Inside the write: words for those who asked, when it holds none yet."""
    said = clean.text(words, MOST, "What those who asked will read")
    if said and not decision.public_reason:
        decision.public_reason = said
        decision.save(update_fields=["public_reason"])


def _tell(decision: Decision) -> int:
    """Inside the write. What the team wrote for itself is never sent to those who asked."""
    people = whom_decided(decision)
    if people and not decision.public_reason:
        raise ValueError(
            f"{len(people)} {'person' if len(people) == 1 else 'people'} asked for it. Write what they will read: the reason for the team is not sent to them."
        )
    if people and ("{" in decision.public_reason or "}" in decision.public_reason):
        raise ValueError(
            "Nothing is filled in within these words: take out the braces { }. Each one's name and own words stand above them in the mail."
        )
    on = {f: getattr(decision, f) for f in ("bet", "problem", "idea") if getattr(decision, f) is not None}
    overtake(Notice.objects.filter(**{f"decision__{k}": v for k, v in on.items()}).exclude(decision=decision))
    return owe(decision, people)
