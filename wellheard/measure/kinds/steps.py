"""Who goes how far, who comes back, and which way they take."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wellheard.store.reader import Reader

from .. import funnel, paths, retention
from ..did import did, steps
from ..errors import Unaskable
from ..question import Conversion, Crowd, Funnel, Pages, Paths, Period, Retention
from ..question import window as window_ms
from .base import (
    AT,
    EVENT,
    EVERY,
    OF,
    Kind,
    Table,
    Word,
    Words,
    chosen,
    event,
    needed_point,
    told_event,
    unit_of,
    whole,
    yes,
)
from .sets import UNIT, percent

STEPS = Word("steps", "Events in order, separated by commas.", needed=True, event=True)
WINDOW = Word("window", "From the first step to the last: 30min, 12h, 7d, 2w.", "7d")
FUNNEL_UNIT = Word("unit", "Counting persons, sessions or accounts.", "person", ("person", "session", "account"))
ORDER = Word("order", "this: in this order; any: in any order (the default for sessions).", "", ("", "this", "any"))
WITHOUT = Word("without", "Whoever does this on the way gives up the try.", event=True)
STEP = Word("step", "1 is the first.", "1")
DROPPED = Word("dropped", "yes: only those for whom it was the last step.", "", ("", "yes", "no"))

# funnel -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Funnelled:
    """The time between steps costs more than the steps: it is asked when somebody looks."""

    steps: list[funnel.Step]
    reader: Reader
    workspace: int
    question: Funnel

    @cached_property
    def between(self) -> list[funnel.Gap]:
        if self.question.order == "any" or not self.steps[1].count:
            return []
        return funnel.between(self.reader, self.workspace, self.question)


def _funnel(words: Words, period: Period, crowd: Crowd) -> Funnel:
    unit = chosen(words, FUNNEL_UNIT)
    excluded = words.get("without") or ""
    order: Any = chosen(words, ORDER) or ("any" if unit == "session" and not excluded else "this")
    return Funnel(
        steps(words.get("steps") or ""),
        period,
        window_ms(words.get("window") or "7d"),
        unit,
        order,
        did(excluded) if excluded.strip() else None,
        crowd,
    )


def _answer(reader: Reader, workspace: int, question: Funnel) -> Funnelled:
    return Funnelled(funnel.funnel(reader, workspace, question), reader, workspace, question)


def _brief(found: Funnelled, question: Funnel) -> dict[str, Any]:
    return {
        "steps": [{"event": step.event, "count": step.count} for step in found.steps],
        "unit": question.unit,
        "order": question.order,
    }


def _told_funnel(found: Funnelled, question: Funnel) -> dict[str, Any]:
    return _brief(found, question) | {
        "between": [
            {"to": gap.event, "count": gap.count, "median_seconds": gap.median, "p90_seconds": gap.ninth}
            for gap in found.between
        ],
        "sample": {question.unit: found.steps[0].count},
    }


def _funnel_table(data: dict[str, Any]) -> Table:
    first = data["steps"][0]["count"] if data["steps"] else 0
    rows, before = [], 0
    times = [None, *(gap["median_seconds"] for gap in data.get("between", []))]
    for at, step in enumerate(data["steps"]):
        n = step["count"]
        rows.append(
            (step["event"], n, percent(n / first if first else None), percent(n / before if before else None),
             span(times[at] if at < len(times) else None))
        )  # fmt: skip
        before = n
    return ["step", f"{data['unit']}s", "of first", "of previous", "median time"], rows


def span(seconds: float | None) -> str:
    """Seconds in the unit people would say."""
    if seconds is None:
        return "–"
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 60 and seconds >= 60):
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"


def _of_unit(unit: str) -> str:
    return "account" if unit == "account" else "person"


def _funnel_behind(reader: Reader, workspace: int, question: Funnel, words: Words) -> tuple[str, np.ndarray]:
    found = funnel.behind(reader, workspace, question, whole(words, "step", 1), yes(words, "dropped"))
    return _of_unit(question.unit), found


FUNNEL = Kind(
    "funnel",
    "Funnel",
    "How many take these steps within a window, by their best try, and how long it takes them.",
    (STEPS, WINDOW, FUNNEL_UNIT, ORDER, WITHOUT),
    _funnel,
    _answer,
    _told_funnel,
    _funnel_table,
    _funnel_behind,
    (STEP, DROPPED),
    brief=_brief,
)

# conversion -------------------------------------------------------------------------------------------------

CONVERTED = Word("converted", "yes or no: only those who did, or did not.", "", ("", "yes", "no"))


def _conversion(words: Words, period: Period, crowd: Crowd) -> Conversion:
    given = {**words, "order": words.get("order") or "this"}
    return Conversion(_funnel(given, period, crowd), chosen(words, EVERY))


def _told_conversion(found: list[funnel.Converted], question: Conversion) -> dict[str, Any]:
    points = [
        {
            "start": c.start.isoformat(),
            "entered": c.entered,
            "converted": c.converted,
            "share": None if c.share is None else round(c.share, 6),
        }
        for c in found
    ]
    return {"unit": question.funnel.unit, "points": points, "sample": {"entered": sum(c.entered for c in found)}}


def _conversion_behind(reader: Reader, workspace: int, question: Conversion, words: Words) -> tuple[str, np.ndarray]:
    at = needed_point(words, question.period)
    told = chosen(words, CONVERTED)
    converted = None if not told else told == "yes"
    found = funnel.conversion_behind(reader, workspace, question, at, converted)
    return _of_unit(question.funnel.unit), found


CONVERSION = Kind(
    "conversion",
    "Conversion",
    "Of those who take the first step in a day, week or month, the share that takes the last within the window.",
    (STEPS, EVERY, WINDOW, FUNNEL_UNIT, WITHOUT),
    _conversion,
    funnel.conversion,
    _told_conversion,
    lambda data: (
        ["start", "entered", "converted", "share"],
        [(p["start"], p["entered"], p["converted"], percent(p["share"])) for p in data["points"]],
    ),
    _conversion_behind,
    (AT, CONVERTED),
)

# retention --------------------------------------------------------------------------------------------------

RETURNING = Word(
    "returning", "What counts as coming back: an event, * for any; the event itself when left out.", event=True
)
UNBOUNDED = Word("bounds", "bounded: there in exactly that period; unbounded: in it or later.", "bounded", ("bounded", "unbounded"))  # fmt: skip
LATER = Word("later", "How many days, weeks or months after.", "0")
GONE = Word("gone", "yes: those who were not there.", "", ("", "yes", "no"))


def _retention(words: Words, period: Period, crowd: Crowd) -> Retention:
    back = words.get("returning") or ""
    return Retention(
        chosen(words, EVERY), period, event(words), did(back) if back.strip() else "",
        chosen(words, UNBOUNDED) == "unbounded", chosen(words, UNIT), crowd,
    )  # fmt: skip


def _told_retention(found: list[retention.Cohort], question: Retention) -> dict[str, Any]:
    cohorts = [{"start": c.start.isoformat(), "size": c.size, "returned": c.returned} for c in found]
    shares = [None if s is None else round(s, 6) for s in retention.average(found)]
    return {"cohorts": cohorts, "average": shares, "sample": {question.unit: sum(c.size for c in found)}}


def _retention_behind(reader: Reader, workspace: int, question: Retention, words: Words) -> tuple[str, np.ndarray]:
    at = needed_point(words, question.period)
    found = retention.behind(reader, workspace, question, at, min(whole(words, "later", 0), 1000), yes(words, "gone"))
    return question.unit, found


RETENTION = Kind(
    "retention",
    "Retention",
    "Of those who did something for the first time in a day, week or month, how many come back later.",
    (EVERY, EVENT, RETURNING, UNBOUNDED, UNIT),
    _retention,
    retention.retention,
    _told_retention,
    lambda data: (
        ["cohort", "size", "came back"],
        [(c["start"], c["size"], " ".join(str(n) for n in c["returned"])) for c in data["cohorts"]],
    ),
    _retention_behind,
    (AT, LATER, GONE),
    brief=lambda found, q: {
        "cohorts": [{"start": c.start.isoformat(), "size": c.size, "returned": c.returned} for c in found]
    },
)

# paths and pages --------------------------------------------------------------------------------------------

DIRECTION = Word("direction", "from: what comes after the event; to: what comes before.", "from", ("from", "to"))
LENGTH = Word("length", "How many steps.", "3")
PATH_WINDOW = Word("window", "How far from the event: 30min, 1h, 7d.", "1h")
PATH_UNIT = Word("unit", "One path a person or a session.", "person", ("person", "session"))
SHOW = Word("show", "pages: page views by their path; events: by their name.", "pages", ("pages", "events"))
PATH = Word("path", 'The path as a JSON list: ["/pricing", "Signed up"].', "[]")
ANCHOR = Word("event", "The event the paths begin or end at.", needed=True, event=True)


def _paths(words: Words, period: Period, crowd: Crowd) -> Paths:
    return Paths(
        event(words), period, chosen(words, DIRECTION), whole(words, "length", 3),
        window_ms(words.get("window") or "1h"), chosen(words, PATH_UNIT), chosen(words, SHOW) == "pages", crowd,
    )  # fmt: skip


def _branch(branch: paths.Branch) -> dict[str, Any]:
    return {
        "label": branch.label,
        "count": branch.count,
        "ended": branch.ended,
        "others": branch.others,
        "next": [_branch(b) for b in branch.next],
    }


def _told_paths(found: paths.Branch, question: Paths) -> dict[str, Any]:
    return {
        "event": told_event(question.event),
        "direction": question.direction,
        "unit": question.unit,
        "count": found.count,
        "ended": found.ended,
        "others": found.others,
        "next": [_branch(b) for b in found.next],
        "sample": {question.unit: found.count},
    }


def _paths_table(data: dict[str, Any]) -> Table:
    rows: list[tuple[Any, ...]] = []

    def walk(branches: list[dict[str, Any]], indent: int) -> None:
        for b in branches[:8]:
            rows.append(("  " * indent + b["label"], b["count"], percent(b["count"] / data["count"])))
            walk(b["next"], indent + 1)

    walk(data["next"], 0)
    return [f"{data['direction']} {data['event']}", f"{data['unit']}s", "share"], rows


def _path_behind(reader: Reader, workspace: int, question: Paths, words: Words) -> tuple[str, np.ndarray]:
    try:
        path = json.loads(words.get("path") or "[]")
    except ValueError:
        path = None
    if not isinstance(path, list) or not all(isinstance(label, str) for label in path) or len(path) > 8:
        raise Unaskable("path is a JSON list of at most 8 labels")
    return "person", paths.behind(reader, workspace, question, path)


PATHS = Kind(
    "paths",
    "Paths",
    "What people do next after an event, or last before it.",
    (ANCHOR, DIRECTION, LENGTH, PATH_WINDOW, PATH_UNIT, SHOW),
    _paths,
    paths.paths,
    _told_paths,
    _paths_table,
    _path_behind,
    (PATH,),
)

PAGE = Word("page", "The page's path.")


def _told_pages(found: list[paths.Page], question: Pages) -> dict[str, Any]:
    rows = [
        {
            "page": p.page,
            "views": p.views,
            "people": p.people,
            "accounts": p.accounts,
            "timed": p.timed,
            "reported": p.reported,
            "median_seconds": p.seconds,
            "mean_seconds": p.mean,
        }
        for p in found
    ]
    return {"pages": rows, "sample": {"views": sum(p.views for p in found)}}


PAGES = Kind(
    "pages",
    "Pages",
    "Views of each page, by how many people and accounts, and how long they looked.",
    (),
    lambda words, period, crowd: Pages(period, crowd),
    paths.pages,
    _told_pages,
    lambda data: (
        ["page", "views", "people", "accounts", "median time", "of"],
        [
            (p["page"], p["views"], p["people"], p["accounts"], span(p["median_seconds"]), p["timed"])
            for p in data["pages"]
        ],
    ),
    lambda reader, workspace, question, words: (
        unit_of(words),
        paths.page_behind(reader, workspace, question, words.get("page") or "", unit_of(words)),
    ),
    (PAGE, OF),
    breaks=False,
)
