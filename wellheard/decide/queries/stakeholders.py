"""The map of stakeholders, what is due, and whom a decision concerns and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch

from wellheard.core.clean import day_of
from wellheard.listen.models import Idea
from wellheard.people import segments
from wellheard.people.models import Member, Workspace
from wellheard.people.queries.money import today
from wellheard.understand.models import Problem

from ..models import Bet, Decision, Stakeholder, Touch
from .snapshot import problems_of, voices_about, voters

QUADRANTS = {
    (True, True): "Work with them closely", (True, False): "Keep them content", (False, True): "Keep them informed",
    (False, False): "Keep an eye on them",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the mark on the map; `late` days past the day we should have been in touch, None without a cadence."""

    number: int
    stakeholder: Stakeholder
    last: Touch | None
    late: int | None

    @property
    def quadrant(self) -> str:
        s = self.stakeholder
        return QUADRANTS[s.power >= 3, s.interest >= 3]

    def as_dict(self) -> dict[str, Any]:
        s = self.stakeholder
        return {
            "id": s.pk, "name": s.name, "who": "member" if s.member_id else "person" if s.person_id else "outside", "person": s.person_id,
            "role": s.role, "power": s.power, "interest": s.interest, "stance": s.stance, "cares_about": s.cares_about, "how": s.how,
            "every_days": s.every_days, "lead_days": s.lead_days, "everything": s.everything, "topics": s.topics,
            "problems": [p.pk for p in s.problems.all()], "segments": [x.pk for x in s.segments.all()],
            "due": s.due.isoformat() if s.due else None, "late": self.late,
            "last": {"what": self.last.what, "on": self.last.on.isoformat(), "note": self.last.note} if self.last else None,
        }  # fmt: skip


def rows(workspace: Workspace, which: str = "all") -> list[Row]:
    """`which`: all (the most powerful and interested first), due (the longest overdue first) or gone."""
    found = Stakeholder.objects.filter(workspace=workspace, gone_at__isnull=which != "gone")
    held = found.select_related("member__user", "person").prefetch_related(
        "problems", "segments", Prefetch("touches", Touch.objects.order_by("-on", "-pk"))
    )
    now = today(workspace)
    ordered = sorted(held, key=lambda s: (-s.power, -s.interest, s.name.lower(), s.pk))
    every = [_row(n, s, now) for n, s in enumerate(ordered, 1)]
    if which == "due":
        return sorted((r for r in every if r.late is not None and r.late >= 0), key=lambda r: -(r.late or 0))
    return every


def _row(number: int, found: Stakeholder, now: date) -> Row:
    last = next(iter(found.touches.all()), None)  # type: ignore[attr-defined]
    return Row(number, found, last, (now - found.due).days if found.due else None)


def row(found: Stakeholder) -> Row:
    return _row(0, found, today(found.workspace))


def due_count(workspace: Workspace) -> int:
    return Stakeholder.objects.filter(workspace=workspace, gone_at=None, due__lte=today(workspace)).count()


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a decision concerns: why, what is owed to them ("ask" before it is published, "tell" after) until which day,
    and when it was done. `late` says that the day has passed and it was not done."""

    stakeholder: Stakeholder
    why: list[str]
    todo: str
    until: date
    done: date | None
    late: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "stakeholder": self.stakeholder.pk, "name": self.stakeholder.name, "how": self.stakeholder.how, "why": self.why,
            "todo": self.todo, "until": self.until.isoformat(), "done": self.done.isoformat() if self.done else None, "late": self.late,
        }  # fmt: skip


def why_concerned(on: Bet | Problem | Idea) -> list[tuple[Stakeholder, list[str]]]:
    """Whom a bet, problem or idea concerns, and why; the most powerful first."""
    workspace = on.workspace
    pairs = [*voices_about(on).values_list("author", "account"), *voters(on)]
    people, accounts = {p for p, _ in pairs if p}, {a for _, a in pairs if a}
    problems = {p.pk: p for p in problems_of(on)}
    text = " ".join([str(on), *(p.name for p in problems.values())]).lower()
    tags = {t.lower() for t in on.tags.values_list("name", flat=True)} if isinstance(on, Idea) else set()
    kept: dict[int, segments.Members | None] = {}
    found = []
    rows_ = Stakeholder.objects.filter(workspace=workspace, gone_at=None).select_related("member__user", "person")
    for s in rows_.prefetch_related("problems", "segments").order_by("-power", "-interest", "pk"):
        why = [f"problem “{p.name}”" for p in s.problems.all() if p.pk in problems]
        why += [f"topic “{t}”" for t in s.topics if t in tags or t in text]
        if s.person_id in people:
            why.append("asked for it")
        for segment in s.segments.all():
            if segment.pk not in kept:
                kept[segment.pk] = _members(segment)
            inside = kept[segment.pk]
            if inside and inside.keys & (people if inside.of == "people" else accounts):
                why.append(f"segment “{segment.name}”")
        if s.everything:
            why.append("everything")
        if why:
            found.append((s, why))
    return found


def concerned(decision: Decision) -> list[Concerned]:
    """Whoever decides or is consulted has to be asked before it is published, the others told after."""
    zone, now = decision.workspace.time_zone, today(decision.workspace)
    decided = day_of(decision.decided_at, zone)
    published = day_of(decision.published_at, zone) if decision.published_at else None
    touched: dict[int, list[Touch]] = {}
    for made in decision.touches.order_by("on", "pk"):
        touched.setdefault(made.stakeholder_id, []).append(made)
    found = [
        _concerned(s, why, decided, published, touched.get(s.pk, []), now) for s, why in why_concerned(decision.on)
    ]
    return sorted(found, key=lambda c: (c.done is not None, c.until, -c.stakeholder.power))


def _members(segment: Any) -> segments.Members | None:
    """None when it can no longer be asked: its rule names something that is gone."""
    try:
        return segments.members(segment)
    except (ValueError, segments.UnknownSegment):
        return None


def _concerned(
    found: Stakeholder, why: list[str], decided: date, published: date | None, touches: list[Touch], now: date
) -> Concerned:
    asks = found.how != Stakeholder.How.INFORMED
    before = [t.on for t in touches if t.what != Touch.What.TOLD]
    # Once it is published nobody can be asked any more: who was not has to be told all the same.
    if asks and (published is None or (before and before[0] <= published)):
        todo, until, done = "ask", decided + timedelta(days=found.lead_days), before[0] if before else None
    else:
        after = [t.on for t in touches if published is None or t.what == Touch.What.TOLD or t.on >= published]
        until = (published or decided) + timedelta(days=found.lead_days)
        todo, done = "tell", after[0] if after else None
    return Concerned(found, why, todo, until, done, done is None and until < now)


def of_member(workspace: Workspace, member: Member | None) -> Stakeholder | None:
    return Stakeholder.objects.filter(workspace=workspace, member=member, gone_at=None).first() if member else None
