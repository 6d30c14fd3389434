"""Surveys as tables of respondents: SurveyMonkey with its two header lines, Alchemer (SurveyGizmo), and their like.

Each answer in somebody's own words becomes a voice that keeps its question; the other answers become its traits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wellheard.core import rows
from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip

from ..base import Choice, Reading, Records, Source, prune
from ..heads import TABLES, pick, plain

RESPONDENT = ("respondent_id", "response_id", "respondent", "response", "id")
BEGUN = (
    "end_date",
    "date_submitted",
    "submitted_at",
    "start_date",
    "date_created",
    "time_started",
    "timestamp",
    "date",
)
ABOUT = {
    *RESPONDENT, *BEGUN, "collector_id", "ip_address", "email_address", "email", "first_name", "last_name", "name",
    "custom_data_1", "custom_data", "status", "contact_id", "legacy_comments", "comments", "language", "referer",
    "sessionid", "user_agent", "tags", "longitude", "latitude", "country", "city", "state_region", "postal",
}  # fmt: skip
# What is nobody's business here: where somebody sat when they answered.
NEVER = {"ip_address", "user_agent", "sessionid", "longitude", "latitude", "referer"}
OPEN = ("open-ended response", "open ended response", "other (please specify)", "please specify", "open-ended")
LOOK = 500


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a survey: the header's name → the question with its choice, and whether a second line was one."""

    labels: dict[str, str]
    twice: bool
    open: tuple[str, ...]


def _shape(path: Path, reading: Reading) -> Shape:
    names = rows.columns(path, reading.encoding)
    first = next((r for r in rows.read(path, reading.encoding) if isinstance(r, Row)), None)
    below = first.values if first else {}
    words = [str(below.get(n) or "").strip().lower() for n in names]
    twice = any(w in OPEN or w == "response" for w in words) and not any(
        str(below.get(n) or "").strip() for n in names if plain(n) in RESPONDENT
    )
    labels: dict[str, str] = {}
    question = ""
    for name in names:
        bare = name.split(" (")[0] if name.endswith(")") else name
        if not name.startswith("column "):
            question = bare if bare in names or not bare else name
        under = str(below.get(name) or "").strip() if twice else ""
        plainly = under.lower() in ("response", *OPEN[:2], OPEN[4]) or not under
        labels[name] = question if plainly else f"{question}: {under}" if twice else name
        if not twice:
            labels[name] = name
    told = tuple(n for n, w in zip(names, words, strict=True) if twice and w in OPEN)
    return Shape(labels, twice, told or _own_words(path, names, reading, twice))


def _own_words(path: Path, names: list[str], reading: Reading, twice: bool) -> tuple[str, ...]:
    """Columns that hold sentences: mostly different, often of several words."""
    seen: dict[str, list[str]] = {n: [] for n in names}
    for row in islice(_answers(path, reading, twice), LOOK):
        if isinstance(row, Row):
            for n in names:
                if value := str(row.values.get(n) or "").strip():
                    seen[n].append(value)
    found = []
    for name, values in seen.items():
        if plain(name) in ABOUT or not values:
            continue
        wordy = sum(len(v.split()) >= 4 for v in values)
        if wordy >= max(1, len(values) * 0.3) and len(set(values)) > len(values) * 0.5:
            found.append(name)
    return tuple(found)


def _answers(path: Path, reading: Reading, twice: bool) -> Records:
    first = True
    for row in rows.read(path, reading.encoding):
        if first and twice and isinstance(row, Row):
            first = False
            continue
        yield row


def choices(bundle: Bundle, reading: Reading) -> list[Choice]:
    """Every question, an answer to it, and whether its answers are taken for people's own words."""
    part = next(bundle.ending(*TABLES), None)
    if part is None:
        raise rows.Unreadable("There is no table (CSV) in it.")
    shape = _shape(part.path, reading)
    examples: dict[str, str] = {}
    for row in islice(_answers(part.path, reading, shape.twice), LOOK):
        if isinstance(row, Row):
            for name, value in row.values.items():
                if str(value or "").strip():
                    examples.setdefault(name, str(value).strip()[:80])
    asked = [n for n in shape.labels if plain(n) not in ABOUT or n in shape.open]
    open_ = shape.open if reading.chosen is None else reading.chosen
    return [Choice(n, shape.labels[n], examples.get(n, ""), n in open_) for n in asked]


def read(bundle: Bundle, reading: Reading) -> Records:
    number = 0
    for part in bundle.ending(*TABLES):
        shape = _shape(part.path, reading)
        open_ = [n for n in shape.labels if n in (shape.open if reading.chosen is None else reading.chosen)]
        if not open_:
            raise rows.Unreadable(
                "No question has answers in people's own words. Say which column does, or read it as a table."
            )
        for row in _answers(part.path, reading, shape.twice):
            if not isinstance(row, Row):
                number += 1
                if isinstance(row, Bad):
                    yield Bad(number, row.raw, row.reason)
                continue
            for said in _voices(row, shape, open_):
                number += 1
                yield Skip(number, said) if isinstance(said, str) else Row(number, said)


def _voices(row: Row, shape: Shape, open_: list[str]) -> list[dict[str, Any] | str]:
    v = row.values
    about = {plain(k): value for k, value in v.items() if value not in (None, "")}
    respondent = str(pick(about, *RESPONDENT) or f"line {row.line}")
    closed: dict[str, Any] = {}
    for name, value in v.items():
        if name not in open_ and plain(name) not in ABOUT and str(value or "").strip():
            label = shape.labels[name][:80]
            # Several boxes of one question that were ticked stand together.
            closed[label] = value if label not in closed else f"{closed[label]}; {value}"
    kept: dict[str, Any] = {
        k: about[k] for k in ("status", "country", "language", "tags") if k in about and k not in NEVER
    }
    name = pick(about, "name") or " ".join(str(about[k]) for k in ("first_name", "last_name") if k in about)
    found: list[dict[str, Any] | str] = []
    for column in open_:
        text = str(v.get(column) or "").strip()
        if not text:
            found.append("questions left unanswered")
            continue
        row_of: dict[str, Any] = {
            "id": f"{respondent}/{column}"[:255],
            "text": text,
            "author": None if pick(about, "email_address", "email") else f"respondent:{respondent}",
            "email": pick(about, "email_address", "email"),
            "name": name,
            "created_at": pick(about, *BEGUN),
            "thread": respondent,
            "channel": "survey",
            "question": shape.labels[column],
            **closed,
            **kept,
        }
        found.append(prune(row_of))
    return found


def fits(bundle: Bundle) -> int:
    part = next(bundle.ending(*TABLES), None)
    if part is None:
        return 0
    try:
        names = {plain(c) for c in rows.columns(part.path)}
        if {"respondent_id", "collector_id"} <= names or {"response_id", "date_submitted"} <= names:
            return 90
    except rows.Unreadable:
        return 0
    return 0


SOURCE = Source(
    name="survey",
    label="Survey answers",
    about="Each answer in somebody's own words is a voice and keeps its question; closed answers become its traits.",
    channel="survey",
    recipe=(
        "SurveyMonkey: Analyze → Save as → Export file → All responses data → CSV, original view, actual answer text.",
        "Alchemer (SurveyGizmo): Results → Exports → CSV. Others: any table with a row per respondent.",
        "Say below which questions were answered in people's own words. Addresses of computers are never kept.",
    ),
    accept=".csv,.tsv,.txt,.gz,.zip",
    read=read,
    fits=fits,
    choices=choices,
)
