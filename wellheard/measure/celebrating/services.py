"""Milestones: made, changed, paused; who reached them found each day; offered to a member, sent or waved off."""

from __future__ import annotations

import logging
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role, Workspace
from wellheard.people.queries.money import today
from wellheard.store import Store, StoreError
from wellheard.tell.models import Letter, Purpose
from wellheard.tell.services import letters

from ..did import did
from ..models import Celebration, Milestone
from .finding import MOST_TIMES, Reached, find
from .words import FIELDS, filled

log = logging.getLogger(__name__)
MOST = 30
FRESH = timedelta(days=30)
Kind, Of, State = Milestone.Kind, Milestone.Of, Celebration.State


@dataclass(frozen=True, slots=True)
class Plan:
    """What a milestone is. Raises ValueError with what is wrong when checked."""

    name: str
    kind: str
    of: str = Of.PEOPLE
    event: str = ""
    times: int = 1
    subject: str = ""
    words: str = ""
    automatic: bool = False

    def fields(self) -> dict[str, Any]:
        if self.kind not in Kind.values:
            raise ValueError(f"There is no kind {self.kind[:20]!r}. Use {', '.join(Kind.values)}.")
        of = {Kind.ASKED: Of.PEOPLE, Kind.PAID: Of.ACCOUNTS}.get(Kind(self.kind), self.of)
        if of not in Of.values:
            raise ValueError("A milestone is of people or of accounts.")
        name = clean.text(self.name, 120, "The name")
        if not name:
            raise ValueError("Give the milestone a name.")
        event = clean.text(self.event, 200, "The event") if self.kind == Kind.TIMES else ""
        if self.kind == Kind.TIMES:
            if not event:
                raise ValueError("Say which event: the name of what people do.")
            did(event)
            if not 1 <= self.times <= MOST_TIMES:
                raise ValueError(f"Times: from 1 to {MOST_TIMES:,}.")
        subject, words = clean.text(self.subject, 140, "The subject"), clean.text(self.words, 4000, "The words")
        if not subject or not words:
            raise ValueError("Write the subject and the words people will read.")
        for text in (subject, words):
            _check_fields(text)
        times = self.times if self.kind == Kind.TIMES else 1
        return {
            "name": name, "kind": self.kind, "of": of, "event": event, "times": times, "subject": subject, "words": words,
            "automatic": self.automatic,
        }  # fmt: skip


def _check_fields(text: str) -> None:
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        raise ValueError("A brace { or } stands alone. Write {{ and }} for braces themselves.") from None
    if unknown := sorted(named - set(FIELDS)):
        raise ValueError(f"{{{unknown[0]}}} is not known. Use {', '.join('{' + f + '}' for f in FIELDS)}.")


def make(access: Access, plan: Plan) -> Milestone:
    access.need(Role.EDITOR)
    fields = plan.fields()
    with journal.record(access.actor, "milestone.made") as entry:
        held = Milestone.objects.filter(workspace=access.workspace)
        if held.count() >= MOST:
            raise ValueError(f"There are {MOST} milestones already; remove one first.")
        if held.filter(name=fields["name"]).exists():
            raise ValueError("There is a milestone of that name.")
        made = Milestone.objects.create(
            workspace=access.workspace, made_by=access.actor.name, since=today(access.workspace), **fields
        )
        entry.about(made, name=made.name, kind=made.kind, automatic=made.automatic)
    return made


def change(access: Access, milestone: Milestone, plan: Plan) -> Milestone:
    """Words and name may change; what it counts may not, for what was found stays as it was found."""
    access.need(Role.EDITOR)
    fields = plan.fields()
    if any(fields[f] != getattr(milestone, f) for f in ("kind", "of", "event", "times")):
        raise ValueError("What a milestone counts stands. Remove it and make another.")
    with journal.record(access.actor, "milestone.changed") as entry:
        others = Milestone.objects.filter(workspace=access.workspace, name=fields["name"]).exclude(pk=milestone.pk)
        if others.exists():
            raise ValueError("There is a milestone of that name.")
        changed = [f for f, v in fields.items() if getattr(milestone, f) != v]
        if not changed:
            entry.nothing_changed()
            return milestone
        for field in changed:
            setattr(milestone, field, fields[field])
        milestone.save(update_fields=changed)
        entry.about(milestone, changed=changed)
    return milestone


def pause(access: Access, milestone: Milestone, paused: bool) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "milestone.paused" if paused else "milestone.resumed") as entry:
        if not Milestone.objects.filter(pk=milestone.pk, paused=not paused).update(paused=paused):
            entry.nothing_changed()
            return
        entry.about(milestone)


def remove(access: Access, milestone: Milestone) -> None:
    """It goes with what was found; what was sent stays with the people it went to."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "milestone.removed") as entry:
        entry.about(milestone, name=milestone.name)
        milestone.delete()


def look(milestone: Milestone, store: Store) -> int:
    """Find who reached it and was not known to have; returns how many are offered (or sent, where that was chosen)."""
    workspace = milestone.workspace
    one = "person_id" if milestone.of == Of.PEOPLE else "account_id"
    known = set(milestone.celebrations.values_list(one, "occasion"))  # type: ignore[attr-defined]
    fresh = [r for r in find(milestone, store.reader) if (r.who, r.occasion) not in known]
    with journal.record(journal.system(workspace.pk), "milestone.reached") as entry:
        made = Celebration.objects.bulk_create(
            [_found(milestone, one, r) for r in fresh], batch_size=1000, ignore_conflicts=True
        )
        Milestone.objects.filter(pk=milestone.pk).update(looked_at=timezone.now(), error="")
        offered = sum(c.state == State.OFFERED for c in made)
        entry.about(milestone, reached=len(made), offered=offered)
        if not made:
            entry.nothing_changed()
    if milestone.automatic and offered:
        _send_all(milestone)
    return offered


def _found(milestone: Milestone, one: str, reached: Reached) -> Celebration:
    recent = reached.on >= milestone.since and reached.on >= today(milestone.workspace) - FRESH
    return Celebration(
        workspace_id=milestone.workspace_id, milestone=milestone, bet_id=reached.bet, occasion=reached.occasion, thing=reached.thing[:200],
        reached_on=reached.on, state=State.OFFERED if recent else State.PAST, **{one: reached.who},
    )  # fmt: skip


def _send_all(milestone: Milestone) -> None:
    actor = journal.system(milestone.workspace_id, milestone.made_by or "Wellheard")
    access = Access(milestone.workspace, actor, Role.EDITOR)
    rows = milestone.celebrations.filter(state=State.OFFERED).select_related(
        "person", "account", "milestone__workspace"
    )  # type: ignore[attr-defined]
    for celebration in rows:
        whom = recipients(celebration)
        if whom:
            send(access, celebration, whom[0], *filled(celebration, whom[0]))


def recipients(celebration: Celebration) -> list[Person]:
    """Who may be written to: the person, or the account's people, champions first, then who administers, buys, uses."""
    if celebration.person is not None:
        return [celebration.person] if celebration.person.email else []
    people = Person.objects.filter(relations__account=celebration.account).exclude(email=None).exclude(email="")
    rank = ("-relations__champions", "-relations__administers", "-relations__buys", "-relations__uses", "pk")
    return list(dict.fromkeys(people.order_by(*rank)[:20]))


def send(access: Access, celebration: Celebration, person: Person, subject: str, words: str) -> Letter:
    """A member's words go to the person, once, as news within their budget. Raises ValueError."""
    access.need(Role.CONTRIBUTOR)
    if person not in recipients(celebration):
        raise ValueError("They have no address, or have nothing to do with it.")
    with journal.record(access.actor, "celebration.sent") as entry:
        held = Celebration.objects.select_for_update().get(pk=celebration.pk)
        if held.state not in (State.OFFERED, State.PAST):
            raise ValueError(f"It was {held.get_state_display().lower()} already.")
        letter = letters.write_within(access, person, Purpose.NEWS, subject, words, f"celebration-{held.pk}")
        _settle(access, held, State.SENT)
        entry.about(held, person=person.pk, letter=letter.pk)
    return letter


def wave_off(access: Access, celebrations: Sequence[Celebration]) -> int:
    """Not now, or not for them; it stays among what they reached. Returns how many were still offered."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "celebrations.waved_off") as entry:
        rows = Celebration.objects.filter(
            pk__in=[c.pk for c in celebrations], workspace=access.workspace, state=State.OFFERED
        )
        numbers = list(rows.values_list("pk", flat=True))
        if not numbers:
            entry.nothing_changed()
            return 0
        rows.update(state=State.WAVED, settled_at=timezone.now(), settled_by=access.actor.name)
        entry.about(access.workspace, celebrations=numbers)
    return len(numbers)


def _settle(access: Access, held: Celebration, state: Celebration.State) -> None:
    held.state, held.settled_at, held.settled_by = state, timezone.now(), access.actor.name
    held.save(update_fields=["state", "settled_at", "settled_by"])


def look_everywhere(store: Store, workspace: Workspace | None = None) -> int:
    """Each milestone that is not paused; one that cannot be counted says why on its page and holds up no other."""
    rows = Milestone.objects.filter(paused=False).select_related("workspace")
    count = 0
    for milestone in rows.filter(workspace=workspace) if workspace else rows:
        try:
            count += look(milestone, store)
        except StoreError:
            raise
        except Exception as e:
            log.exception("milestone %s cannot be counted", milestone.pk)
            Milestone.objects.filter(pk=milestone.pk).update(error=f"It could not be counted: {e}"[:300])
    return count
