"""Dated exchange rates: what an amount was worth in the workspace's currency on a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Workspace

Pair = tuple[str, str]


class Converter:
    """Turns cents of any currency into the workspace's at the last rate known on or before a day.

    A rate given as A in B also serves B in A, and two rates against one currency C serve A in B (as the rates of the
    European Central Bank do, which are all against the euro).
    """

    def __init__(self, currency: str, rates: Iterable[tuple[str, str, date, Decimal]]) -> None:
        """`rates`: (base, quote, day, value): on that day one base was worth `value` quotes."""
        self.currency = currency
        held: dict[Pair, list[tuple[date, Decimal]]] = {}
        for base, quote, day, value in rates:
            held.setdefault((base, quote), []).append((day, value))
        self._held = {pair: sorted(rows) for pair, rows in held.items()}
        self._bridges = sorted({base for base, _ in held} | {quote for _, quote in held})

    @classmethod
    def of(cls, workspace: Workspace) -> Converter:
        from .models import Rate

        rows = Rate.objects.filter(workspace=workspace).values_list("base", "quote", "day", "value")
        return cls(workspace.currency, rows.iterator())

    def rate(self, currency: str, day: date) -> Decimal | None:
        """What one unit was worth in the workspace's currency on that day; None while none is known."""
        if currency == self.currency:
            return Decimal(1)
        direct = self._either(currency, self.currency, day)
        if direct is not None:
            return direct
        for bridge in self._bridges:
            first, second = self._either(currency, bridge, day), self._either(bridge, self.currency, day)
            if first is not None and second is not None:
                return first * second
        return None

    def __call__(self, cents: int, currency: str, day: date) -> int | None:
        rate = self.rate(currency, day)
        return None if rate is None else int((cents * rate).quantize(Decimal(1), ROUND_HALF_EVEN))

    def _either(self, base: str, quote: str, day: date) -> Decimal | None:
        """The given rate or the inverse of the one given the other way round, whichever is of the later day."""
        straight, inverse = self._last((base, quote), day), self._last((quote, base), day)
        if straight and (not inverse or straight[0] >= inverse[0]):
            return straight[1]
        return 1 / inverse[1] if inverse else None

    def _last(self, pair: Pair, day: date) -> tuple[date, Decimal] | None:
        rows = self._held.get(pair, [])
        at = bisect_right(rows, (day, Decimal("Infinity")))
        return rows[at - 1] if at else None
