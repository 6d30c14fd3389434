"""Answers → shapes, one function a kind of question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wellheard.console.templatetags.words import number
from wellheard.measure.kinds import Asked

from . import sets, steps
from .shapes import Links, Shape

Drawn = list[Shape]

DRAW: dict[str, Callable[[Asked[Any, Any], Links], Drawn]] = {
    "count": sets.count,
    "active": sets.active,
    "trend": sets.trend,
    "rolling": sets.rolling,
    "stickiness": sets.stickiness,
    "lifecycle": sets.lifecycle,
    "adoption": sets.adoption,
    "habit": sets.habit,
    "funnel": steps.funnel,
    "conversion": steps.conversion,
    "retention": steps.retention,
    "paths": steps.paths,
    "pages": steps.pages,
    "aha": steps.aha,
    "activity": steps.activity,
}
# Their comparison and their parts are part of the same drawing.
WHOLE = {"active", "trend", "rolling", "stickiness", "conversion", "count", "adoption", "funnel", "retention"}


def draw(asked: Asked[Any, Any], slug: str) -> list[tuple[str, Drawn]]:
    """Named pieces: the answer itself ('' is its name), then, where they do not fit into one drawing, the compared
    period and the parts."""
    links = Links(slug, asked.kind.name, asked.words)
    pieces = [("", DRAW[asked.kind.name](asked, links))]
    if asked.kind.name in WHOLE and not (asked.before and asked.parts):
        return pieces
    if asked.before:
        period = asked.before.question.period
        told = f"Before: {period.first:%-d %b %Y} to {period.last:%-d %b %Y}"
        pieces.append((told, DRAW[asked.kind.name](asked.before, links.of(period="before"))))
    if asked.kind.name in WHOLE:
        return pieces
    pieces += [(label, DRAW[asked.kind.name](part, links.of(part=label))) for label, part in asked.parts]
    return pieces


def sample(asked: Asked[Any, Any]) -> str:
    """How many stand behind the answer, in words."""
    told = asked.whole()
    found = told.get("sample") or {"people": told.get("people", 0), "accounts": told.get("accounts", 0)}
    words = {"person": "people", "account": "accounts", "session": "sessions", "entered": "tries"}
    one = {"people": "person", "accounts": "account", "sessions": "session", "tries": "try", "views": "view"}

    def named(what: str, n: int) -> str:
        word = words.get(what, what)
        return one.get(word, word) if n == 1 else word

    return ", ".join(f"{number(n)} {named(what, n)}" for what, n in found.items())
