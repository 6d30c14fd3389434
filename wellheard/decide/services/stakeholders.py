"""Stakeholders: who they are, how they are involved, and each time we were in touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Member, Person, Role, Segment
from wellheard.people.queries.money import today
from wellheard.people.services.owners import named
from wellheard.understand.models import Problem

from ..models import Consulted, Decision, Stakeholder, Touch

MOST_DAYS, MOST_TOPICS = 730, 20


@dataclass(frozen=True, slots=True)
class Stake:
    """What is known of a stakeholder. Power and interest 1 to 5; `topics` words in names and tags; `every_days` 0: only
    when something concerns them; `lead_days` how long before (asked) or after (told) something they hear of it."""

    name: str = ""
    role: str = ""
    power: int = 3
    interest: int = 3
    stance: str = Stakeholder.Stance.UNKNOWN
    cares_about: str = ""
    how: str = Stakeholder.How.INFORMED
    every_days: int = 0
    lead_days: int = 3
    everything: bool = False
    topics: Sequence[str] = ()

    def check(self) -> dict[str, Any]:
        """Fields ready to store. Raises ValueError with what is wrong."""
        for value, what in ((self.power, "Power"), (self.interest, "Interest")):
            if not 1 <= value <= 5:
                raise ValueError(f"{what} is a number from 1 (little) to 5 (much).")
        for given, choices, what in ((self.stance, Stakeholder.Stance, "stance"), (self.how, Stakeholder.How, "way to be involved")):  # fmt: skip
            if given not in choices.values:
                raise ValueError(f"{given!r} is no {what}. Use one of {', '.join(choices.values)}.")
        if not 0 <= self.every_days <= MOST_DAYS:
            raise ValueError(
                f"How often is a number of days up to {MOST_DAYS}; 0 is only when something concerns them."
            )
        if not 0 <= self.lead_days <= 60:
            raise ValueError("How long ahead is a number of days up to 60.")
        topics = list(dict.fromkeys(t for raw in self.topics if (t := clean.text(raw, 40, "A topic").lower())))
        if len(topics) > MOST_TOPICS:
            raise ValueError(f"{len(topics)} topics; {MOST_TOPICS} at most.")
        name = clean.text(self.name, 120, "The name")
        if not name:
            raise ValueError("Give their name.")
        return {
            **{f.name: getattr(self, f.name) for f in fields(self)}, "name": name, "topics": topics,
            "role": clean.text(self.role, 120, "The role"), "cares_about": clean.text(self.cares_about, 2000, "What they care about"),
        }  # fmt: skip


def stake_of(found: Stakeholder) -> Stake:
    return Stake(**{f.name: getattr(found, f.name) for f in fields(Stake)})


def add(
    access: Access, stake: Stake, *, member: Member | None = None, person: Person | None = None,
    problems: Iterable[Problem] = (), segments: Iterable[Segment] = (),
) -> Stakeholder:  # fmt: skip
    """A member, a known person, or (neither) a name from outside; a colleague's name is recognised. Each stands once."""
    access.need(Role.EDITOR)
    if member is not None and person is not None:
        raise ValueError("Either a colleague or a person, not both.")
    if person is None and member is None:
        member = named(access.workspace, stake.name)[0]
    known = str(member or person or stake.name)[:120]
    held = replace(stake, name=known).check()
    _once(access, member, person, held["name"])
    chosen = _own(access, [*problems], [*segments])
    with journal.record(access.actor, "stakeholder.added") as entry:
        made = Stakeholder.objects.create(
            workspace=access.workspace, member=member, person=person, due=_next(access, held["every_days"]), **held
        )
        made.problems.set(chosen[0])
        made.segments.set(chosen[1])
        entry.about(made, power=made.power, interest=made.interest, how=made.how)
    return made


def _once(access: Access, member: Member | None, person: Person | None, name: str, but: int = 0) -> None:
    rows = Stakeholder.objects.filter(workspace=access.workspace, gone_at=None).exclude(pk=but)
    same = rows.filter(member=member) if member else rows.filter(person=person) if person else rows.filter(name__iexact=name)  # fmt: skip
    if same.exists():
        raise ValueError(f"{name} is on the map already. Change that entry instead.")


def _own(access: Access, problems: list[Problem], segments: list[Segment]) -> tuple[list[Problem], list[Segment]]:
    held = {p.workspace_id for p in problems} | {s.workspace_id for s in segments}
    if held - {access.workspace.pk}:
        raise ValueError("Problems and segments must be in this workspace.")
    return problems, segments


def _next(access: Access, every_days: int, after: date | None = None) -> date | None:
    return (after or today(access.workspace)) + timedelta(days=every_days) if every_days else None


def change(
    access: Access, found: Stakeholder, stake: Stake, *, problems: Iterable[Problem] | None = None,
    segments: Iterable[Segment] | None = None, due: date | None = None,
) -> Stakeholder:  # fmt: skip
    """Whom it is about stays; the name changes only for somebody from outside."""
    access.need(Role.EDITOR)
    if found.member_id or found.person_id:
        stake = replace(stake, name=found.name)
    held = stake.check()
    _once(access, found.member, found.person, held["name"], found.pk)
    chosen = _own(access, list(problems or ()), list(segments or ()))
    with journal.record(access.actor, "stakeholder.changed") as entry:
        before = {k: getattr(found, k) for k in held}
        for key, value in held.items():
            setattr(found, key, value)
        if due is not None:
            found.due = due
        elif held["every_days"] != before["every_days"]:
            last = found.touches.order_by("-on").values_list("on", flat=True).first()
            found.due = _next(access, held["every_days"], last)
        found.save()
        if problems is not None:
            found.problems.set(chosen[0])
        if segments is not None:
            found.segments.set(chosen[1])
        entry.about(found, changed={k: [before[k], v] for k, v in held.items() if before[k] != v})
    return found


def touch(
    access: Access, found: Stakeholder, what: str, note: str, on: date | None = None, decision: Decision | None = None
) -> Touch:
    """Note that we were in touch; the next time is counted from that day. With a decision it stands there as well."""
    access.need(Role.CONTRIBUTOR)
    if what not in Touch.What.values:
        raise ValueError(f"{what!r} is not how we were in touch. Use one of {', '.join(Touch.What.values)}.")
    said = clean.text(note, 4000, "The note")
    if not said:
        raise ValueError("Say in a sentence what it was about.")
    now = today(access.workspace)
    day = on or now
    if day > now:
        raise ValueError(f"{day} is still to come.")
    with journal.record(access.actor, "stakeholder.touched") as entry:
        _on_the_map(found)
        made = Touch.objects.create(
            workspace=access.workspace, stakeholder=found, decision=decision, what=what, note=said, on=day, by=access.actor.name[:120],
        )  # fmt: skip
        if found.every_days and not found.touches.filter(on__gt=day).exists():
            found.due = day + timedelta(days=found.every_days)
            found.save(update_fields=["due"])
        if decision is not None:
            Consulted.objects.create(
                workspace=access.workspace, decision=decision, member=found.member, name=found.name, words=said, by=access.actor.name[:120],
                how=Consulted.How.TOLD if what == Touch.What.TOLD else Consulted.How.ASKED, stakeholder=found,
            )  # fmt: skip
        entry.about(found, what=what, on=day.isoformat(), decision=decision.pk if decision else None)
    return made


def take_off(access: Access, found: Stakeholder) -> None:
    """Off the map; what was said with them stays."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "stakeholder.taken_off") as entry:
        _on_the_map(found)
        found.gone_at, found.due = timezone.now(), None
        found.save(update_fields=["gone_at", "due"])
        entry.about(found)


def _on_the_map(found: Stakeholder) -> None:
    """Inside a write: as it stands now, whatever the caller read before."""
    held = Stakeholder.objects.select_for_update().get(pk=found.pk)
    if held.gone_at is not None:
        raise ValueError(f"{found} was taken off the map already.")
    found.due = held.due
