"""A breakdown is the same question asked of each part: by a property of the event, a trait of the person or account,
the plan, or the lens."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from wellheard.people.models import Account, Person, Workspace
from wellheard.people.queries.doubles import doubles
from wellheard.store.reader import Reader

from .crowd import both, crowd
from .did import Did, Where, of
from .errors import Unaskable
from .question import Conversion, Crowd, Funnel, among
from .sql.base import Asking

MOST = 6
FORMS = "event:PROPERTY, person:TRAIT, person:language, account:TRAIT, account:plan, account:state or lens"
NONE = "(none)"
OTHER = "(all others)"


def parts(reader: Reader, workspace: Workspace, question: Any, by: str, breaks: bool) -> list[tuple[str, Any]]:
    """(label, question) of the most frequent parts, and of the rest together. Raises Unaskable."""
    if by == "lens":
        return [
            (lens, among(question, both(question.crowd, crowd(workspace, question.period, lens))))
            for lens in ("users", "customers")
        ]
    where, _, name = by.partition(":")
    if not name or where not in ("event", "person", "account"):
        raise Unaskable(f"break down by {FORMS}, not {by!r}")
    if where == "event":
        if not breaks:
            raise Unaskable("this question cannot be broken down by a property of the event")
        return _by_property(reader, workspace.pk, question, name)
    return _by_trait(reader, workspace, question, where, name)


def _event_of(question: Any) -> Did:
    if isinstance(question, Conversion):
        return question.funnel.dids[0]
    return question.dids[0] if isinstance(question, Funnel) else of(question.event)


def _with_event(question: Any, event: Did) -> Any:
    if isinstance(question, Conversion):
        return replace(question, funnel=_with_event(question.funnel, event))
    if isinstance(question, Funnel):
        return replace(question, steps=(event, *question.steps[1:]))
    return replace(question, event=event)


def _by_property(reader: Reader, workspace: int, question: Any, name: str) -> list[tuple[str, Any]]:
    event = _event_of(question)
    q = Asking(reader, workspace, question.period)
    rows = reader.rows(
        f"SELECT {q.text(name)} AS value, count() AS n FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {{a:Date}} AND {{b:Date}}{q.named(event)} AND {q.did(event)}{q.crowd(question.crowd)} "
        f"AND value NOT IN ('', 'null') GROUP BY value ORDER BY n DESC, value LIMIT {MOST + 1}",
        q.params,
    )
    values = [str(value) for value, _ in rows]
    found = [(value, _with_event(question, event.narrowed(Where(name, "=", value)))) for value in values[:MOST]]
    if len(values) > MOST:
        rest = event.narrowed(Where(name, "?"))
        for value in values[:MOST]:
            rest = rest.narrowed(Where(name, "!=", value))
        found.append((OTHER, _with_event(question, rest)))
    found.append((NONE, _with_event(question, event.narrowed(Where(name, "!?")))))
    return found


def _by_trait(reader: Reader, workspace: Workspace, question: Any, whose: str, name: str) -> list[tuple[str, Any]]:
    model = Person if whose == "person" else Account
    columns = ("language", "email", "name") if whose == "person" else ("plan", "state", "owner", "name", "domain")
    groups: dict[str, list[int]] = defaultdict(list)
    if whose == "account" and reader.rows(
        "SELECT 1 FROM events WHERE workspace = {w:UInt32} AND account = 0 LIMIT 1", {"w": workspace.pk}
    ):
        groups[NONE] = [0]  # what was done for no account
    twice = doubles(workspace, model)
    for pk, number, value in (
        model.objects.filter(workspace=workspace, number__isnull=False)
        .values_list("pk", "number", name if name in columns else "traits")
        .iterator(chunk_size=5000)
    ):
        if pk in twice:
            continue
        if name not in columns:
            value = value.get(name) if isinstance(value, dict) else None
        groups[NONE if value in (None, "") else str(value)].append(number)
    none = groups.pop(NONE, [])
    ranked = sorted(groups, key=lambda value: (-len(groups[value]), value))
    found = [(value, groups[value]) for value in ranked[:MOST]]
    if len(ranked) > MOST:
        found.append((OTHER, [n for value in ranked[MOST:] for n in groups[value]]))
    if none:
        found.append((NONE, none))

    def only(numbers: list[int]) -> Crowd:
        held = np.array(sorted(numbers), np.int64)
        return Crowd(people=held) if whose == "person" else Crowd(accounts=held)

    return [(label, among(question, both(question.crowd, only(numbers)))) for label, numbers in found]
