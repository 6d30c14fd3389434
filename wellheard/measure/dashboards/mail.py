"""A dashboard as mail: each answer's numbers as a table, readable without pictures, and a way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from wellheard.core.markdown import to_html, to_text
from wellheard.people.models import Workspace
from wellheard.store.reader import Reader
from wellheard.tell.channels.mail import one_line

from ..digest import mail as digest
from ..letter import letter
from ..models import Dashboard, Subscription
from .answering import Answered, answers
from .builtin import KEYS, built_in
from .queries import tiles_of
from .words import NOTE, View

MOST_ROWS, MOST_BARS = 14, 30
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Piece:
    """One tile as a mail tells it. `rows` are texts; `spark` draws the first column of numbers, oldest first."""

    title: str
    days: str
    head: list[str]
    rows: list[list[str]]
    left_off: str
    spark: str
    note_html: str
    note_text: str
    error: str
    url: str

    @property
    def text(self) -> str:
        """The table for a plain mail, aligned."""
        cells = [self.head, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.head))]
        lines = ["  ".join(c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
                 for row in cells]  # fmt: skip
        return "\n".join(line.rstrip() for line in lines)


def reads(held: Subscription) -> bool:
    """Whether the member may still see what they subscribed to; one who was removed has no subscription any more."""
    if not held.member.user.is_active:
        return False
    if held.dashboard_id is None:
        return held.built_in in KEYS or held.built_in == digest.KEY
    board = held.dashboard
    return board is not None and board.deleted_at is None and (board.shared or board.made_by_id == held.member_id)


def spark(values: list[float]) -> str:
    """The course of numbers in one line of text."""
    most = max(values, default=0)
    if len(values) < 3 or most <= 0:
        return ""
    return "".join(BARS[min(7, int(8 * v / most))] for v in values)


def _piece(workspace: Workspace, answered: Answered) -> Piece:
    tile = answered.tile
    title = str(tile.title or "")
    if tile.kind == NOTE:
        return Piece(title, "", [], [], "", "", to_html(tile.note), to_text(tile.note), "", "")
    url = ask_url(workspace, tile.kind, answered.words)
    if answered.asked is None:
        return Piece(title, "", [], [], "", "", "", "", answered.error, url)
    head, rows = answered.asked.kind.table(answered.asked.told())
    texts = [[_text(cell) for cell in row] for row in rows]
    period = answered.asked.question.period
    timely = head[0] in ("start", "day", "cohort")
    shown = texts[-MOST_ROWS:] if timely else texts[:MOST_ROWS]
    rest = len(texts) - len(shown)
    left_off = f"… and {rest:,} {'earlier' if timely else 'more'}" if rest else ""
    course = spark([_value(row[1]) for row in rows[-MOST_BARS:]]) if timely else ""
    days = f"{period.first:%-d %b %Y} to {period.last:%-d %b %Y}"
    return Piece(title, days, [str(h) for h in head], shown, left_off, course, "", "", "", url)


def _text(cell: Any) -> str:
    return "–" if cell is None else f"{cell:,}" if isinstance(cell, int) else one_line(str(cell))


def _value(cell: Any) -> float:
    """A number, or a percentage as it is written."""
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return float(str(cell).rstrip("%"))
    except ValueError:
        return 0.0


def ask_url(workspace: Workspace, kind: str, words: dict[str, str]) -> str:
    return f"{settings.PUBLIC_URL}{reverse('ask_kind', args=[workspace.slug, kind])}?{urlencode(words)}"


def message_for(held: Subscription, reader: Reader) -> EmailMultiAlternatives | None:
    """Up to the day before it is due, for that is over. Its Message-ID is made of the subscription and the date, so
    that a second copy can be recognised. None when there is nothing to tell."""
    if held.dashboard_id is None and held.built_in == digest.KEY:
        return digest.message_for(held)
    workspace = held.workspace
    day = held.due_at.astimezone(ZoneInfo(workspace.time_zone)).date()
    board: Any = held.dashboard or built_in(reader, workspace.pk, held.built_in)
    tiles = tiles_of(board) if isinstance(board, Dashboard) else board.tiles
    found = answers(reader, workspace, tiles, View(until=day - timedelta(days=1)))
    where = ("dashboard", board.pk) if isinstance(board, Dashboard) else ("built_in", board.key)
    words = {
        "board": board,
        "pieces": [_piece(workspace, answered) for answered in found],
        "day": day,
        "page": f"{settings.PUBLIC_URL}{reverse(where[0], args=[workspace.slug, where[1]])}",
    }
    return letter(held, day, "dashboard", f"{board.name}, {day:%-d %b %Y}", words)
