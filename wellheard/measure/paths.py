"""What people did next, or just before; and how long they looked at each page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wellheard.store.reader import Reader

from .question import Pages, Paths
from .sql import paths as sql

MOST = 60  # branches of one length that are told; what is rarer is summed up


@dataclass(slots=True)
class Branch:
    """`count` units did `label` here. What follows (or precedes) are `next`, most first; `ended` units did nothing more
    within the window, and `others` did something too rare to be told."""

    label: str
    count: int
    path: tuple[str, ...] = ()
    next: list[Branch] = field(default_factory=list)
    ended: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """`seconds` is the median of the `timed` views whose time is known; `reported` when a browser told it, else it is
    the time to the person's next event."""

    page: str
    views: int
    people: int
    accounts: int
    timed: int
    reported: bool
    seconds: float | None
    mean: float | None


def paths(reader: Reader, workspace: int, question: Paths) -> Branch:
    """The tree from the event; its `count` is the sample."""
    rows = reader.rows(*sql.paths(reader, workspace, question, MOST))
    found = {tuple(path): (int(n), int(further)) for path, n, further in rows}
    root = Branch(str(question.event), 0)
    known: dict[tuple[str, ...], Branch] = {}
    for path in sorted(found, key=lambda p: (len(p), -found[p][0], p)):
        count, further = found[path]
        branch = root if not path else Branch(path[-1], 0, path)
        if path and path[:-1] not in known:
            continue
        branch.count, branch.others = count, further
        branch.ended = count - further if len(path) < question.steps else 0
        known[path] = branch
        if path:
            parent = known[path[:-1]]
            parent.next.append(branch)
            parent.others -= count
    return root


def behind(reader: Reader, workspace: int, question: Paths, path: list[str]) -> np.ndarray:
    """Numbers of the people whose path begins like this."""
    return reader.arrays(*sql.path_people(reader, workspace, question, path), columns=1)[0].astype(np.int64)


def pages(reader: Reader, workspace: int, question: Pages) -> list[Page]:
    """The most viewed first."""
    rows = reader.rows(*sql.pages(reader, workspace, question))
    # By name: of pages viewed in the same millisecond the last by name is the one that was read, whatever else is asked.
    silent = sorted(str(row[0]) for row in rows if not row[4])
    gaps = {silent[int(row[0]) - 1]: row[1:] for row in _gaps(reader, workspace, question, silent)}
    found = []
    for page, views, people, accounts, reports, median, mean in rows:
        timed, reported = int(reports), reports > 0
        if not reported:
            timed, median, mean = gaps.get(str(page), (0, 0, 0))
        seconds, average = (float(median), float(mean)) if timed else (None, None)
        found.append(Page(str(page), int(views), int(people), int(accounts), int(timed), reported, seconds, average))
    return found


def _gaps(reader: Reader, workspace: int, question: Pages, silent: list[str]) -> list[tuple[Any, ...]]:
    return reader.rows(*sql.gaps(reader, workspace, question, silent)) if silent else []


def page_behind(reader: Reader, workspace: int, question: Pages, page: str, unit: str = "person") -> np.ndarray:
    return reader.arrays(*sql.page_people(reader, workspace, question, page, unit), columns=1)[0].astype(np.int64)
