"""Acknowledging a decision, words per audience, and what else can be done for those it hurts."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Role
from wellheard.people.queries.money import today
from wellheard.people.services.owners import named

from ..models import Acknowledgement, Audience, Brief, Decision, FollowUp
from ..queries import hurt as reads

AGAIN_AFTER, MOST_MAILS = timedelta(days=3), 3


def ask_owners(decision: Decision, decider: Member | None = None) -> list[Acknowledgement]:
    """Inside a write: everybody whom it hurts and who was not asked yet is. Whoever decides knows already."""
    now = timezone.now()
    asked = [c for c in reads.whom(decision).needed if c.ack is None]
    return [
        Acknowledgement.objects.create(
            workspace_id=decision.workspace_id, decision=decision, member=c.member, name=c.name,
            at=now if c.member and c.member == decider else None, remind_at=now if c.member and c.member != decider else None,
        )
        for c in asked
    ]  # fmt: skip


def acknowledge(access: Access, decision: Decision, name: str = "", words: str = "") -> Acknowledgement:
    """Say that one knows of a decision and what it means for one's accounts. For a colleague, an editor writes it down
    after having spoken with them. Raises ValueError when nobody of that name is to acknowledge it."""
    whose = name.strip() or (str(access.member)[:120] if access.member else "")
    if decision.state != Decision.State.PREPARED:
        raise ValueError(f"This decision is {decision.state} already; there is nothing to acknowledge any more.")
    own = access.member is not None and whose.lower() == str(access.member)[:120].lower()
    if not own:
        access.need(Role.EDITOR)
    said = clean.text(words, 2000, "What you say to it")
    with journal.record(access.actor, "decision.acknowledged") as entry:
        ask_owners(decision)
        found = decision.acknowledgements.select_for_update().filter(name__iexact=whose).first()
        if found is None:
            raise ValueError(f"{whose or 'This token'} looks after no account it touches and passed no voice of it on.")
        if found.at is not None:
            raise ValueError(f"{found.name} has acknowledged it already.")
        found.at, found.words, found.remind_at = timezone.now(), said, None
        found.by = "" if own else access.actor.name[:120]
        found.save(update_fields=["at", "words", "remind_at", "by"])
        entry.about(decision.on, decision=decision.pk, owner=found.name)
    return found


def remind(access: Access, decision: Decision) -> int:
    """Mail everybody who has not acknowledged it, now. Returns how many will get one."""
    access.need(Role.EDITOR)
    if decision.state != Decision.State.PREPARED:
        raise ValueError(f"This decision is {decision.state} already.")
    with journal.record(access.actor, "decision.reminded") as entry:
        ask_owners(decision, access.member)
        open_ones = decision.acknowledgements.filter(at=None, member__isnull=False)
        count = open_ones.update(remind_at=timezone.now())
        if not count:
            raise ValueError("Nobody is left who can be reminded by mail.")
        entry.about(decision.on, decision=decision.pk, people=count)
    return count


def word_brief(access: Access, decision: Decision, audience: str, words: str) -> None:
    """Keep a member's words for one audience; empty words bring the template back."""
    access.need(Role.CONTRIBUTOR)
    if audience not in Audience.values:
        raise ValueError(f"{audience!r} is no audience. Use one of {', '.join(Audience.values)}.")
    said = clean.text(words, 8000, "The brief")
    with journal.record(access.actor, "decision.brief") as entry:
        entry.about(decision.on, decision=decision.pk, audience=audience)
        if said:
            Brief.objects.update_or_create(
                decision=decision, audience=audience,
                defaults={"workspace": access.workspace, "words": said, "edited_by": access.actor.name[:120], "edited_at": timezone.now()},
            )  # fmt: skip
        else:
            Brief.objects.filter(decision=decision, audience=audience).delete()


def follow_up(
    access: Access, decision: Decision, what: str, due: date, owner: str = "", account: Account | None = None
) -> FollowUp:
    """Note what else we can do. Without an owner it is the account's, else one's own."""
    access.need(Role.CONTRIBUTOR)
    if decision.state == Decision.State.WITHDRAWN:
        raise ValueError("This decision was withdrawn; nothing follows from it.")
    said = clean.text(what, 400, "What can be done")
    if not said:
        raise ValueError("Say what can be done, in a sentence.")
    member, name = named(access.workspace, owner)
    if not name and account is not None:
        member, name = account.keeper, account.owner or (str(account.keeper) if account.keeper else "")
    if not name:
        member, name = access.member, access.actor.name
    if due < today(access.workspace):
        raise ValueError(f"{due} has passed already. Name a day to come.")
    with journal.record(access.actor, "follow_up.made") as entry:
        made = FollowUp.objects.create(
            workspace=access.workspace, decision=decision, account=account, what=said, owner=member, owner_name=name[:120],
            due=due, made_by=access.actor.name[:120],
        )  # fmt: skip
        entry.about(decision.on, decision=decision.pk, follow_up=made.pk, owner=made.owner_name)
    return made


def close_follow_up(access: Access, found: FollowUp, note: str, done: bool = True) -> None:
    """Done, or given up; either way with what came of it."""
    access.need(Role.CONTRIBUTOR)
    said = clean.text(note, 2000, "The note")
    if not said:
        raise ValueError("Say what came of it, in a sentence.")
    with journal.record(access.actor, "follow_up.closed", said) as entry:
        held = FollowUp.objects.select_for_update().get(pk=found.pk)
        if held.state != FollowUp.State.OPEN:
            raise ValueError(f"It is {held.get_state_display().lower()} already.")
        found.state = FollowUp.State.DONE if done else FollowUp.State.DROPPED
        found.note, found.closed_by, found.closed_at = said, access.actor.name[:120], timezone.now()
        found.save(update_fields=["state", "note", "closed_by", "closed_at"])
        entry.about(found.decision.on, decision=found.decision_id, follow_up=found.pk, done=done)
