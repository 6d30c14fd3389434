"""What each exposed unit did around its first exposure: events are read name by name, in pieces that fit into memory, and
added up here. One pass over the rows of each name, whichever metrics ask for it; nothing is joined by the engine."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..did import Did
from ..question import Period
from ..sql.base import MS, Asking

if TYPE_CHECKING:
    from wellheard.store.reader import Reader

PIECE = 2_000_000  # rows read at once
FEW = 200_000  # units: so many are named to the engine, of more we leave out the others ourselves
DENSE = 64_000_000
LARGEST = 1e12  # anybody who has the public key can send a number; one of 300 digits must not swallow a sum
Floats = NDArray[np.float64]


class Sought(NamedTuple):
    """One column: `how` is count, sum (of `field`) or time (milliseconds from the exposure to the first, -1 for never);
    of the window after the exposure, or of the time `prior` to it."""

    did: Did
    how: str
    field: str = ""
    prior: bool = False


class Units(NamedTuple):
    """Numbers in rising order, and when each was first exposed, in milliseconds."""

    unit: NDArray[np.integer[Any]]
    time: NDArray[np.int64]


def add_up(
    reader: Reader, workspace: int, of_accounts: bool, units: Units, sought: Sequence[Sought], window: int, before: int
) -> dict[Sought, Floats]:
    """One number a unit and column. `window` and `before` in milliseconds."""
    adding = _Adding(units, sought, window, before)
    if len(units.unit):
        for name in sorted({one.name for s in sought for one in s.did.either}, key=lambda n: n or ""):
            _one_name(reader, workspace, of_accounts, adding, name)
    return adding.found()


def _one_name(reader: Reader, workspace: int, of_accounts: bool, adding: _Adding, name: str | None) -> None:
    """`name` None: every event, for what asks for any; events of a name that something else asks for are read again."""
    own = [s for s in adding.sought if _asks(s.did, name)]
    dids = list(dict.fromkeys(s.did for s in own if not _all_of(s.did, name)))
    fields = list(dict.fromkeys(s.field for s in own if s.field))
    first = datetime.fromtimestamp(int(adding.time.min() - adding.before) / 1000, UTC).date() - timedelta(days=1)
    last = datetime.fromtimestamp(int(adding.time.max() + adding.window) / 1000, UTC).date() + timedelta(days=1)
    for begins, ends, part, parts in _pieces(reader, workspace, name, first, last):
        q = Asking(reader, workspace, Period(begins, ends))
        who = q.account if of_accounts else q.who
        where = "" if name is None else f" AND name = {q.bind(name, 'String')}"
        if of_accounts:
            where += f" AND {who} != 0"
        if parts > 1:
            where += f" AND {who} % {parts} = {part}"
        if len(adding.units) <= FEW:
            where += f" AND {who} IN {q.chosen(adding.units).sql}"
        raws = [f"JSONExtractRaw(properties, {q.bind(field, 'String')})" for field in fields]
        columns = [
            f"toUInt32({who}) AS who", f"toInt64({MS}) AS ms",
            *(f"toUInt8({q.did(did)}) AS d{n}" for n, did in enumerate(dids)),
            # Text that is a number counts as one; one beyond all measure is a mistake and counts as none.
            *(f"if(abs(toFloat64OrZero(trim(BOTH '\"' FROM {raw})) AS v{n}) <= {LARGEST}, v{n}, 0) AS f{n}" for n, raw in enumerate(raws)),
        ]  # fmt: skip
        found = reader.arrays(
            f"SELECT {', '.join(columns)} FROM events WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{where}",
            q.params, columns=len(columns),
        )  # fmt: skip
        holds = dict(zip(dids, found[2 : 2 + len(dids)], strict=True))
        adding.add(found[0], found[1], own, holds, dict(zip(fields, found[2 + len(dids) :], strict=True)))


def _asks(did: Did, name: str | None) -> bool:
    """Each did is answered in one reading of an event: by the reading of everything when any event may be it."""
    anything = any(one.name is None for one in did.either)
    return anything if name is None else not anything and any(one.name == name for one in did.either)


def _all_of(did: Did, name: str | None) -> bool:
    """Whether every event of the name is it. Not any event is any event: quiet ones do not count."""
    return name is not None and any(one.name == name and not one.where for one in did.either)


def _pieces(
    reader: Reader, workspace: int, name: str | None, first: date, last: date
) -> Iterator[tuple[date, date, int, int]]:
    """(first day, last day, part, parts): stretches of days with no more than PIECE rows, a day of more in parts by unit."""
    q = Asking(reader, workspace, Period(first, last))
    where = "" if name is None else f" AND name = {q.bind(name, 'String')}"
    days, counts = reader.arrays(
        f"SELECT toInt32(day) AS d, toInt64(count()) AS n FROM events WHERE workspace = {{w:UInt32}} "
        f"AND day BETWEEN {{a:Date}} AND {{b:Date}}{where} GROUP BY d ORDER BY d",
        q.params, columns=2,
    )  # fmt: skip
    begins, held = 0, 0
    for at, rows in enumerate(counts.tolist()):
        if held and held + rows > PIECE:
            yield _day(days[begins]), _day(days[at - 1]), 0, 1
            begins, held = at, 0
        held += rows
        if held > PIECE:
            parts = -(-held // PIECE)
            yield from ((_day(days[at]), _day(days[at]), part, parts) for part in range(parts))
            begins, held = at + 1, 0
    if held:
        yield _day(days[begins]), _day(days[-1]), 0, 1


def _day(number: Any) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))


class _Adding:
    def __init__(self, units: Units, sought: Sequence[Sought], window: int, before: int) -> None:
        self.units, self.time, self.window, self.before = units.unit, units.time, window, before
        self.sought = list(dict.fromkeys(sought))
        n = len(units.unit)
        self._sums: dict[Sought, NDArray[Any]] = {
            s: np.full(n, window, np.int64) if s.how == "time" else np.zeros(n) for s in self.sought
        }
        top = int(units.unit[-1]) if n else 0
        self._places: NDArray[np.int32] | None = None
        if top < DENSE:
            self._places = np.full(top + 2, -1, np.int32)
            self._places[units.unit] = np.arange(n, dtype=np.int32)

    def add(
        self, who: NDArray[Any], ms: NDArray[Any], own: list[Sought], holds: dict[Did, NDArray[Any]],
        numbers: dict[str, NDArray[Any]],
    ) -> None:  # fmt: skip
        if not len(who):
            return
        at, known = self._place(who)
        since = ms - self.time[at]
        sides = (
            np.flatnonzero(known & (since >= 0) & (since < self.window)),
            np.flatnonzero(known & (since < 0) & (since >= -self.before)),
        )
        rows: dict[tuple[Did | None, bool], NDArray[np.intp]] = {}
        counts: dict[tuple[Did | None, bool], Floats] = {}
        for s in own:
            did = s.did if s.did in holds else None
            key = did, s.prior
            if key not in rows:
                chosen = sides[s.prior]
                rows[key] = chosen if did is None else chosen[holds[did][chosen] > 0]
            mine = rows[key]
            if s.how == "count":
                if key not in counts:
                    counts[key] = np.bincount(at[mine], minlength=len(self.units)).astype(np.float64)
                self._sums[s] += counts[key]
            elif s.how == "sum":
                weights = numbers[s.field][mine].astype(np.float64)
                weights[~np.isfinite(weights)] = 0.0
                self._sums[s] += np.bincount(at[mine], weights, len(self.units))
            else:
                np.minimum.at(self._sums[s], at[mine], since[mine])

    def _place(self, who: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """(place among the units, or any, whether it is one)"""
        if self._places is not None:
            at = self._places[np.minimum(who, len(self._places) - 1)]
            return at, at >= 0
        at = np.minimum(np.searchsorted(self.units, who), len(self.units) - 1)
        return at, self.units[at] == who

    def found(self) -> dict[Sought, Floats]:
        return {
            s: np.where(a < self.window, a, -1).astype(np.float64) if s.how == "time" else a
            for s, a in self._sums.items()
        }
