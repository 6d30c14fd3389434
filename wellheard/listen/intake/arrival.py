"""The messages of one request: sorted into what is kept, what is refused and what a rule turns away."""

from __future__ import annotations

from collections import Counter
from typing import Any

from wellheard.store.rows import Row

from .messages import Message, Reading, Refused
from .rules import Rules

REFUSALS_KEPT = 100


class Arrival:
    """`said` holds, for rows whose time was not taken as it stands, what they claimed: place in `rows` → text."""

    __slots__ = ("_kind", "_reading", "_rules", "refused", "refused_count", "rows", "said", "turned")

    def __init__(self, reading: Reading, rules: Rules, kind: str = "") -> None:
        self._reading = reading
        self._rules = rules if rules.per_row else None
        self._kind = kind
        self.rows: list[Row] = []
        self.said: dict[int, Any] = {}
        self.refused: list[Row] = []
        self.refused_count = 0
        self.turned: Counter[str] = Counter()

    def take(self, message: Message, raw: Any = None) -> str:
        """→ why the message is refused, or "". `raw` is what is kept of a refused one instead of the message."""
        # Asked before it is read: a row's context is what is left after its parts went into columns.
        agent = message.context.userAgent if self._rules is not None and message.context is not None else None
        try:
            row = self._reading.row(message, self._kind)
        except Refused as no:
            self.refuse(message if raw is None else raw, str(no))
            return str(no)
        if self._rules is not None and (rule := self._rules.against_row(row, agent)):
            self.turned[rule] += 1
            return ""
        if row.flags:
            self.said[len(self.rows)] = message.timestamp
        self.rows.append(row)
        return ""

    def take_all(self, messages: list[Message]) -> None:
        """The same for many, without a call for each where no rule has to be asked."""
        if self._rules is not None:
            for message in messages:
                self.take(message)
            return
        rows, read, kind = self.rows, self._reading.row, self._kind
        for message in messages:
            try:
                row = read(message, kind)
            except Refused as no:
                self.refuse(message, str(no))
                continue
            if row.flags:
                self.said[len(rows)] = message.timestamp
            rows.append(row)

    def refuse(self, raw: Any, why: str) -> None:
        self.refused_count += 1
        if len(self.refused) < REFUSALS_KEPT:
            self.refused.append(self._reading.refusal(raw, why))
