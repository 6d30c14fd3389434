"""The decision log: filtered, and one decision with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from wellheard.people.models import Workspace
from wellheard.people.queries.lists import Page, cut

from ..models import Consulted, Decision, Opinion


@dataclass(frozen=True, slots=True)
class Which:
    """What of the log is meant; empty means any. `words` are looked for in reasons, names of things and deciders."""

    answer: str = ""
    state: str = ""
    about: str = ""
    bet: int | None = None
    problem: int | None = None
    idea: int | None = None
    words: str = ""
    dissent: bool = False

    def check(self) -> None:
        """Raises ValueError when a filter names what there is not."""
        for value, known, what in (
            (self.answer, Decision.Answer.values, "answer"), (self.state, Decision.State.values, "state"),
            (self.about, ["bet", "problem", "idea"], "about"),
        ):  # fmt: skip
            if value and value not in known:
                raise ValueError(f"{what} is one of {', '.join(known)}.")


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the log."""

    decision: Decision
    opinions: int
    against: int


def log(workspace: Workspace, which: Which | None = None) -> QuerySet[Decision]:
    """Decisions, the newest first."""
    which = which or Which()
    rows = Decision.objects.filter(workspace=workspace).select_related("workspace", "bet", "problem", "idea__voice")
    if which.answer in Decision.Answer.values:
        rows = rows.filter(answer=which.answer)
    if which.state == Decision.State.PUBLISHED:
        rows = rows.exclude(published_at=None)
    elif which.state == Decision.State.WITHDRAWN:
        rows = rows.exclude(withdrawn_at=None)
    elif which.state == Decision.State.PREPARED:
        rows = rows.filter(published_at=None, withdrawn_at=None)
    for field, number in (("bet", which.bet), ("problem", which.problem), ("idea", which.idea)):
        if number is not None:
            rows = rows.filter(**{field: number})
    if which.about in ("bet", "problem", "idea"):
        rows = rows.exclude(**{which.about: None})
    if which.dissent:
        rows = rows.filter(opinions__stand=Opinion.Stand.AGAINST).distinct()
    for word in which.words.split()[:8]:
        rows = rows.filter(
            Q(reason__icontains=word) | Q(public_reason__icontains=word) | Q(decided_by__icontains=word)
            | Q(bet__name__icontains=word) | Q(problem__name__icontains=word) | Q(idea__title__icontains=word)
        )  # fmt: skip
    return rows.order_by("-decided_at", "-pk")


def page_of(workspace: Workspace, which: Which, number: int = 1) -> Page[Logged]:
    rows, total, at = cut(log(workspace, which), number)
    counted = {
        pk: (every, against)
        for pk, every, against in Decision.objects.filter(pk__in=[d.pk for d in rows])
        .annotate(every=Count("opinions"), against=Count("opinions", filter=Q(opinions__stand=Opinion.Stand.AGAINST)))
        .values_list("pk", "every", "against")
    }
    return Page([Logged(d, *counted[d.pk]) for d in rows], total, at)


@dataclass(frozen=True, slots=True)
class Record:
    """A decision with its opinions and those spoken with, oldest first."""

    decision: Decision
    opinions: list[Opinion]
    consulted: list[Consulted]

    @property
    def dissent(self) -> list[Opinion]:
        return [o for o in self.opinions if o.stand == Opinion.Stand.AGAINST]


def record_of(decision: Decision) -> Record:
    return Record(decision, list(decision.opinions.order_by("at", "pk")), list(decision.consulted.order_by("at", "pk")))


def as_dict(found: Record) -> dict[str, Any]:
    """For programs: the decision whole, with the evidence as it was kept."""
    d = found.decision
    on = d.on
    return {
        "id": d.pk, "about": str(on._meta.model_name), "about_id": on.pk, "about_name": str(on), "answer": d.answer, "state": d.state,
        "reason": d.reason, "public_reason": d.public_reason, "decided_by": d.decided_by, "decided_at": d.decided_at.isoformat(),
        "published_by": d.published_by, "published_at": d.published_at.isoformat() if d.published_at else None,
        "withdrawn_at": d.withdrawn_at.isoformat() if d.withdrawn_at else None, "despite": d.despite,
        "evidence": d.snapshot or None, "hurt": d.hurt or None,
        "opinions": [
            {"id": o.pk, "name": o.name, "craft": o.craft, "stand": o.stand, "words": o.words, "written_by": o.written_by,
             "late": o.late, "at": o.at.isoformat()}
            for o in found.opinions
        ],
        "consulted": [
            {"id": c.pk, "name": c.name, "how": c.how, "words": c.words, "by": c.by, "at": c.at.isoformat()} for c in found.consulted
        ],
    }  # fmt: skip
