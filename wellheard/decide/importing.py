"""Stakeholders from and to a table: a row each, all of them or none."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

from django.db import transaction

from wellheard.core import clean
from wellheard.people import segments
from wellheard.people.access import Access
from wellheard.people.models import Person, Segment, Workspace
from wellheard.people.queries.named import person_named
from wellheard.understand.models import Problem

from .models import Stakeholder
from .queries.stakeholders import rows
from .services.stakeholders import Stake, add, change, stake_of

COLUMNS = ["name", "who", "role", "power", "interest", "stance", "cares_about", "how", "every_days", "lead_days", "everything",
           "topics", "problems", "segments"]  # fmt: skip
MOST_ROWS = 2000
TRUE, FALSE = ("yes", "true", "1", "x"), ("", "no", "false", "0")


def table(workspace: Workspace) -> list[list[str]]:
    """Rows under COLUMNS; what belongs together in one cell stands with semicolons between. `who` is the id or address of
    a known person, or "member"."""
    found = []
    for row in rows(workspace):
        s = row.stakeholder
        who = (
            "member"
            if s.member_id
            else (s.person.external_id or s.person.email or f"#{s.person.pk}")
            if s.person
            else ""
        )
        found.append([
            s.name, who, s.role, str(s.power), str(s.interest), s.stance, s.cares_about, s.how, str(s.every_days), str(s.lead_days),
            "yes" if s.everything else "", "; ".join(s.topics), "; ".join(p.name for p in s.problems.all()),
            "; ".join(x.name for x in s.segments.all()),
        ])  # fmt: skip
    return found


def bring(access: Access, text: str) -> tuple[int, int]:
    """From CSV text with a head; those on the map already (by name) are changed, a column that is missing or an empty
    cell changes nothing. Returns how many were (added, changed). Raises ValueError naming the row; nothing is done then."""
    given = _read(text)
    problems = {p.name.lower(): p for p in Problem.objects.filter(workspace=access.workspace, merged_into=None)}
    added = changed = 0
    with transaction.atomic():
        for number, raw in given:
            try:
                new = _one(access, raw, problems)
            except (ValueError, segments.UnknownSegment) as e:
                raise ValueError(f"Row {number}: {e} Nothing was stored.") from None
            added, changed = added + new, changed + (not new)
    return added, changed


def _read(text: str) -> list[tuple[int, dict[str, str]]]:
    sample = text.lstrip("\ufeff")
    if wrong := clean.flaw(sample):
        raise ValueError(f"The table holds {wrong}; remove it.")
    first = sample.split("\n", 1)[0]
    mark = max((";", "\t", ","), key=first.count)
    reader = csv.DictReader(io.StringIO(sample, newline=""), delimiter=mark)
    head = [(h or "").strip().lower() for h in reader.fieldnames or []]
    if "name" not in head:
        raise ValueError(f"The first row must name the columns, “name” among them. Known: {', '.join(COLUMNS)}.")
    if unknown := [h for h in head if h and h not in COLUMNS]:
        raise ValueError(f"Unknown columns: {', '.join(unknown[:5])}. Known: {', '.join(COLUMNS)}.")
    reader.fieldnames = head
    found = []
    try:
        for row in reader:
            if None in row:
                raise ValueError(f"Row {reader.line_num} has more cells than the first one. Nothing was stored.")
            if any(row.values()):
                found.append((reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}))
    except csv.Error as e:
        raise ValueError(f"The table cannot be read: {e}.") from None
    if not found:
        raise ValueError("There is no row under the first one.")
    if len(found) > MOST_ROWS:
        raise ValueError(f"{len(found)} rows; {MOST_ROWS} at most.")
    return found


def _one(access: Access, raw: dict[str, str], problems: dict[str, Problem]) -> bool:
    """True when added, False when changed."""
    name = raw.get("name", "").removeprefix("'") if raw.get("name", "")[1:2] in "=+-@" else raw.get("name", "")
    person = _person(access, raw.get("who", ""))
    rows_ = Stakeholder.objects.filter(workspace=access.workspace, gone_at=None)
    held = (rows_.filter(person=person) if person else rows_.filter(name__iexact=name)).first()
    said: dict[str, Any] = {k: raw[k] for k in ("role", "cares_about", "stance", "how") if raw.get(k)}
    for k in ("power", "interest", "every_days", "lead_days"):
        if raw.get(k):
            said[k] = _whole(raw[k], k)
    if raw.get("everything"):
        said["everything"] = _yes(raw["everything"])
    if raw.get("topics"):
        said["topics"] = _split(raw["topics"])
    stake = replace(stake_of(held) if held else Stake(), name=held.name if held else name, **said)
    about = [_problem(problems, p) for p in _split(raw.get("problems", ""))]
    inside: list[Segment] = [segments.find(access.workspace, s) for s in _split(raw.get("segments", ""))]
    if held:
        change(access, held, stake, problems=about or None, segments=inside or None)
        return False
    add(access, stake, person=person, problems=about, segments=inside)
    return True


def _person(access: Access, who: str) -> Person | None:
    return person_named(access.workspace, who) if who and who.lower() != "member" else None


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _problem(problems: dict[str, Problem], name: str) -> Problem:
    if name.lower() not in problems:
        raise ValueError(f"there is no problem called {name[:80]!r}.")
    return problems[name.lower()]


def _whole(cell: str, what: str) -> int:
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 6):
        raise ValueError(f"{what} {cell[:20]!r} is not a whole number.")
    return int(cell)


def _yes(cell: str) -> bool:
    if cell.lower() not in (*TRUE, *FALSE):
        raise ValueError(f"everything is yes or no, not {cell[:20]!r}.")
    return cell.lower() in TRUE
