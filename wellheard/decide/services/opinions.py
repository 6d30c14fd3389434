"""Opinions on decisions, dissent kept, and whom was spoken with. Added, never changed."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services.owners import named

from ..models import Consulted, Craft, Decision, Opinion


def opine(access: Access, decision: Decision, stand: str, words: str, craft: str, name: str = "") -> Opinion:
    """Add an opinion, one's own or that of a named colleague. It can be added later as well and is marked so then."""
    access.need(Role.CONTRIBUTOR)
    if stand not in Opinion.Stand.values:
        raise ValueError(f"{stand!r} is no stand. Use for, against or unsure.")
    if craft not in Craft.values:
        raise ValueError(f"{craft!r} is no craft. Use one of {', '.join(Craft.values)}.")
    said = clean.text(words, 4000, "The opinion")
    if not said:
        raise ValueError("Say why in a sentence: a bare vote helps nobody in a year.")
    member, whose = _who(access, name)
    with journal.record(access.actor, "decision.opinion") as entry:
        made = Opinion.objects.create(
            workspace=access.workspace, decision=decision, member=member, name=whose, craft=craft, stand=stand, words=said,
            written_by=access.actor.name if name.strip() and member != access.member else "",
            late=decision.published_at is not None,
        )  # fmt: skip
        entry.about(decision.on, decision=decision.pk, opinion=made.pk, stand=stand)
    return made


def _who(access: Access, name: str) -> tuple[Member | None, str]:
    member, words = named(access.workspace, name)
    return (member, words) if words else (access.member, access.actor.name[:120])


def consult(access: Access, decision: Decision, name: str, how: str = "asked", words: str = "") -> Consulted:
    """Note that somebody was asked, or told, and what they said."""
    access.need(Role.CONTRIBUTOR)
    if how not in Consulted.How.values:
        raise ValueError(f"{how!r} is not how somebody is involved. Use asked or told.")
    whom, said = clean.text(name, 120, "The name"), clean.text(words, 4000, "What they said")
    if not whom:
        raise ValueError("Say who it was.")
    member, whom = named(access.workspace, whom)
    with journal.record(access.actor, "decision.consulted") as entry:
        made = Consulted.objects.create(
            workspace=access.workspace, decision=decision, member=member, name=whom, how=how, words=said,
            by=access.actor.name[:120],
        )  # fmt: skip
        entry.about(decision.on, decision=decision.pk, consulted=made.pk, how=how)
    return made
