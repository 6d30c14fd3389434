"""Who used, bought, administered or championed where: now, on a past day, and over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from wellheard.people.models import Relation, RoleSpan, Workspace

ANY_WORD = Q(uses=True) | Q(buys=True) | Q(administers=True) | Q(champions=True)


def present(rows: QuerySet[Relation]) -> QuerySet[Relation]:
    """Relations that hold now: some role does, or none was ever said."""
    return rows.filter(ANY_WORD | ~Exists(RoleSpan.objects.filter(relation=OuterRef("pk"))))


def ended(rows: QuerySet[Relation]) -> QuerySet[Relation]:
    """Relations of which every role is over."""
    return rows.filter(~ANY_WORD, Exists(RoleSpan.objects.filter(relation=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Span:
    """A role from `since` up to, not including, `until`; None where it is open."""

    role: str
    since: date | None
    until: date | None

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def as_dict(self) -> dict[str, str | None]:
        return {
            "role": self.role, "from": self.since.isoformat() if self.since else None,
            "to": self.until.isoformat() if self.until else None,
        }  # fmt: skip


def spans(relations: Iterable[Relation]) -> dict[int, list[Span]]:
    """Relation → its roles over time, in the order of the words and then of time."""
    rows = list(relations)
    found: dict[int, list[Span]] = {r.pk: [] for r in rows}
    for at in range(0, len(rows), 500):
        for span in RoleSpan.objects.filter(relation__in=rows[at : at + 500]):
            found[span.relation_id].append(Span(span.role, span.since, span.until))
    for r in rows:
        said = {s.role for s in found[r.pk]}
        found[r.pk] += [Span(word, None, None) for word in r.words if word not in said]
        found[r.pk].sort(key=lambda s: (Relation.WORDS.index(s.role), s.since or date.min))
    return found


def pairs_on(workspace: Workspace, role: str, on: date) -> list[tuple[int, int]]:
    """(person, account) of every relation in which `role` (or "": any, or none was ever said) held on a day."""
    rows = Relation.objects.filter(workspace=workspace)
    held = Q(since=None) | Q(since__lte=on)
    then = RoleSpan.objects.filter(held, Q(until=None) | Q(until__gt=on), relation=OuterRef("pk"))
    never = ~Exists(RoleSpan.objects.filter(relation=OuterRef("pk"), **({"role": role} if role else {})))
    if role:
        rows = rows.filter(Exists(then.filter(role=role)) | (Q(**{role: True}) & never))
    else:
        said = [
            Q(**{word: True}) & ~Exists(RoleSpan.objects.filter(relation=OuterRef("pk"), role=word))
            for word in Relation.WORDS
        ]
        rows = rows.filter(Exists(then) | never | said[0] | said[1] | said[2] | said[3])
    return list(rows.values_list("person", "account"))
