"""Questions about stored events that more than one part of the product asks. Numbers, not product words.

Every answer applies merges: a person is the number that stands for all their numbers. Values are always bound, never
formatted into a query.
"""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from . import joins
from .engine import Engine, Params
from .ids import ACCOUNT, PERSON
from .rows import QUIET
from .sets import Chosen, Sets

if TYPE_CHECKING:
    from .writer import Writer

KINDS = {"person": PERSON, "account": ACCOUNT}

_MERGES = f"SELECT from, to FROM merges FINAL WHERE workspace = {{w:UInt32}} AND kind = {PERSON}"
_PEOPLE = joins.ROWS.replace("{kind:UInt8}", str(PERSON))
_ACCOUNTS = joins.ROWS.replace("{kind:UInt8}", str(ACCOUNT))
# A number that events merged into another, and that people say counts as a third, is the third. Both lists must come in
# the same order, which only a plain table gives by itself.
_BOTH = (
    f"SELECT m.from AS from, if(j.to = 0, m.to, j.to) AS to FROM ({_MERGES}) AS m LEFT JOIN ({_PEOPLE}) AS j "
    f"ON m.to = j.from UNION ALL {_PEOPLE}"
)


def _lists(pairs: str, ordered: bool) -> tuple[str, str]:
    """SQL for the numbers to replace and for what replaces them."""
    if ordered:
        return f"(SELECT groupArray(from) FROM ({pairs}))", f"(SELECT groupArray(to) FROM ({pairs}))"
    both = f"(SELECT arraySort(groupArray((from, to))) FROM ({pairs}))"
    return f"arrayMap(p -> p.1, {both})", f"arrayMap(p -> p.2, {both})"


_OF_MERGES, _OF_BOTH, _OF_ACCOUNTS = _lists(_MERGES, True), _lists(_BOTH, False), _lists(_ACCOUNTS, False)


@dataclass(frozen=True, slots=True)
class EventName:
    name: str
    count: int
    people: int
    accounts: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class EventRow:
    """`time` is UTC, `duration` seconds (0: unknown), `account` 0: none."""

    time: datetime
    name: str
    person: int
    account: int
    session: str
    url: str
    path: str
    title: str
    duration: float
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """One entry of the feed, in order of arrival. `what` is one of

    person   `id` belongs to person `number`; `traits` when an identify call gave some
    account  `id` is account `number`; `traits` when a group call gave some
    member   person `number` belongs to account `other`
    merge    person `number` is person `other` from now on
    """

    position: int
    what: str
    number: int
    other: int
    id: str
    traits: dict[str, Any]
    time: datetime


@dataclass(frozen=True, slots=True)
class Weekly:
    """`counts[i, k]`: events of person `persons[i]` in week k. `accounts[i]`: the account of their last event
    that had one, 0 when none had."""

    persons: np.ndarray
    counts: np.ndarray
    accounts: np.ndarray


class Reader:
    def __init__(self, engine: Engine, writer: Writer | None) -> None:
        self.engine = engine
        self._writer = writer
        self._merged: dict[int, tuple[float, bool]] = {}
        self._joined: dict[tuple[int, int], tuple[float, bool]] = {}
        self._names: dict[int, tuple[tuple[int, int], list[EventName]]] = {}
        self._sets = Sets(engine)

    # parts of queries --------------------------------------------------------------------------------------

    def has_merges(self, workspace: int) -> bool:
        if self._writer is not None:
            return workspace in self._writer.merged
        asked, answer = self._merged.get(workspace, (0.0, False))
        if time.monotonic() - asked > 2:
            sql = "SELECT count() FROM merges WHERE workspace = {w:UInt32}"
            answer = self.rows(sql, {"w": workspace})[0][0] > 0
            self._merged[workspace] = (time.monotonic(), answer)
        return answer

    def has_joins(self, workspace: int, kind: int) -> bool:
        """Whether people said that numbers of this kind count as others."""
        if self._writer is not None:
            return workspace in self._writer.joined.get(kind, ())
        asked, answer = self._joined.get((workspace, kind), (0.0, False))
        if time.monotonic() - asked > 2:
            answer = bool(joins.joined(self.engine, workspace, kind))
            self._joined[workspace, kind] = (time.monotonic(), answer)
        return answer

    def joined(self, workspace: int, kind: str) -> dict[int, int]:
        """Number → the number it counts as because people say so."""
        return joins.joined(self.engine, workspace, KINDS[kind])

    def joined_workspaces(self) -> set[int]:
        rows = self.engine.rows("SELECT DISTINCT workspace FROM joins FINAL WHERE from != to")
        return {int(workspace) for (workspace,) in rows}

    def _replaced(self, workspace: int) -> tuple[str, str] | None:
        """SQL for the person numbers to replace and for what replaces them; None when there are none."""
        if self.has_joins(workspace, PERSON):
            return _OF_BOTH
        return _OF_MERGES if self.has_merges(workspace) else None

    def person(self, workspace: int, number: str = "person") -> str:
        """SQL for the person of an event; the query must bind `w`."""
        lists = self._replaced(workspace)
        return f"transform({number}, {lists[0]}, {lists[1]}, {number})" if lists else number

    def bitmap(self, workspace: int, state: str) -> str:
        """SQL for a bitmap of people with merges applied; the query must bind `w`."""
        lists = self._replaced(workspace)
        return f"bitmapTransform({state}, {lists[0]}, {lists[1]})" if lists else state

    def account(self, workspace: int, number: str = "account") -> str:
        """SQL for the account of an event; the query must bind `w`."""
        lists = _OF_ACCOUNTS
        return (
            f"transform({number}, {lists[0]}, {lists[1]}, {number})" if self.has_joins(workspace, ACCOUNT) else number
        )

    def account_bitmap(self, workspace: int, state: str) -> str:
        """SQL for a bitmap of accounts with what people joined; the query must bind `w`."""
        lists = _OF_ACCOUNTS
        return f"bitmapTransform({state}, {lists[0]}, {lists[1]})" if self.has_joins(workspace, ACCOUNT) else state

    def chosen(self, numbers: Sequence[int] | np.ndarray, name: str) -> Chosen:
        """A list of people or accounts of any length, for restricting a question to them; `name` is what it is bound
        as."""
        return self._sets.chosen(numbers, name)

    def _all_numbers(self, workspace: int, numbers: Iterable[int]) -> list[int]:
        """The numbers with those merged into them, for looking up stored rows."""
        wanted = [int(n) for n in numbers]
        if self._replaced(workspace) is None:
            return wanted
        pairs = _BOTH if self.has_joins(workspace, PERSON) else _MERGES
        sql = f"SELECT DISTINCT from FROM ({pairs}) WHERE to IN {{n:Array(UInt32)}}"
        return wanted + [int(n) for (n,) in self.rows(sql, {"w": workspace, "n": wanted})]

    def _all_accounts(self, workspace: int, numbers: Iterable[int]) -> list[int]:
        wanted = [int(n) for n in numbers]
        if not self.has_joins(workspace, ACCOUNT):
            return wanted
        sql = f"SELECT DISTINCT from FROM ({_ACCOUNTS}) WHERE to IN {{n:Array(UInt32)}}"
        return wanted + [int(n) for (n,) in self.rows(sql, {"w": workspace, "n": wanted})]

    def rows(self, sql: str, params: Params) -> list[tuple[Any, ...]]:
        return self.engine.rows(sql, params, question=True)

    def arrays(self, sql: str, params: Params, columns: int = 1) -> list[np.ndarray]:
        return self.engine.arrays(sql, params, columns, question=True)

    # ids ---------------------------------------------------------------------------------------------------

    def numbers(self, workspace: int, kind: str, ids: Iterable[str]) -> dict[str, int]:
        """Ids ("person" or "account" ids) → numbers; unknown ids are left out."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, int] = {}
        top = self.person(workspace, "number") if kind == "person" else self.account(workspace, "number")
        for at in range(0, len(wanted), 20_000):
            rows = self.rows(
                f"SELECT id, max({top}) FROM ids WHERE workspace = {{w:UInt32}} AND kind = {{k:UInt8}} "
                "AND id IN {ids:Array(String)} GROUP BY id",
                {"w": workspace, "k": KINDS[kind], "ids": wanted[at : at + 20_000]},
            )
            found.update((str(id_), int(n)) for id_, n in rows)
        return found

    def ids_of(self, workspace: int, kind: str, numbers: Iterable[int]) -> dict[int, list[str]]:
        """Numbers → every id that leads to them, user ids first."""
        wanted = [int(n) for n in numbers]
        top = self.person(workspace, "number") if kind == "person" else self.account(workspace, "number")
        rows = self.rows(
            f"SELECT {top} AS top, id FROM ids WHERE workspace = {{w:UInt32}} AND kind = {{k:UInt8}} "
            "AND top IN {n:Array(UInt32)} GROUP BY top, id ORDER BY max(known) DESC, id",
            {"w": workspace, "k": KINDS[kind], "n": wanted},
        )
        found: dict[int, list[str]] = {}
        for number, id_ in rows:
            found.setdefault(int(number), []).append(str(id_))
        return found

    def known(self, workspace: int, ids: Iterable[str]) -> set[str]:
        """Which of these person ids are user ids, not only anonymous ones."""
        wanted = list(dict.fromkeys(ids))
        found: set[str] = set()
        for at in range(0, len(wanted), 20_000):
            rows = self.rows(
                f"SELECT id FROM ids WHERE workspace = {{w:UInt32}} AND kind = {PERSON} "
                "AND id IN {ids:Array(String)} GROUP BY id HAVING max(known) = 1",
                {"w": workspace, "ids": wanted[at : at + 20_000]},
            )
            found.update(str(id_) for (id_,) in rows)
        return found

    # events ------------------------------------------------------------------------------------------------

    def event_names(self, workspace: int) -> list[EventName]:
        """Every event's name, most people first. Kept until something is stored: each page of questions needs it."""
        state = self._writer.state if self._writer is not None else None
        held = self._names.get(workspace)
        if held is not None and state is not None and held[0] == state:
            return held[1]
        names = self._event_names(workspace)
        if state is not None:
            self._names[workspace] = (state, names)
        return names

    def _event_names(self, workspace: int) -> list[EventName]:
        people = self.bitmap(workspace, "groupBitmapMergeState(people)")
        accounts = self.account_bitmap(workspace, "groupBitmapMergeState(accounts)")
        rows = self.rows(
            f"SELECT r.name, e.count, r.people, r.accounts, r.first, r.last FROM "
            f"(SELECT name, bitmapCardinality({people}) AS people, bitmapCardinality({accounts}) AS accounts, "
            "min(day) AS first, max(day) AS last FROM rollup WHERE workspace = {w:UInt32} AND name != '' "
            "GROUP BY name) AS r "
            "JOIN (SELECT name, count() AS count FROM events WHERE workspace = {w:UInt32} GROUP BY name) AS e "
            "ON r.name = e.name ORDER BY r.people DESC, r.name",
            {"w": workspace},
        )
        return [EventName(str(r[0]), int(r[1]), int(r[2]), int(r[3]), r[4], r[5]) for r in rows]

    def property_names(self, workspace: int, events: Sequence[str], each: int = 200) -> dict[str, list[str]]:
        """Event → names of properties, as seen in some of its events."""
        found: dict[str, list[str]] = {}
        for at, event in enumerate(events):
            rows = self.rows(
                "SELECT DISTINCT arrayJoin(JSONExtractKeys(properties)) AS key FROM (SELECT properties FROM events "
                "WHERE workspace = {w:UInt32} AND name = {n:String} AND properties != '' LIMIT {each:UInt32}) "
                "ORDER BY key LIMIT 100",
                {"w": workspace, "n": event, "each": each},
            )
            found[events[at]] = [str(key) for (key,) in rows]
        return found

    def person_events(
        self, workspace: int, numbers: Iterable[int], limit: int = 100, before: datetime | None = None
    ) -> list[EventRow]:
        """Newest first; `before` for the next page."""
        return self._events(workspace, "person", self._all_numbers(workspace, numbers), limit, before)

    def account_events(
        self, workspace: int, numbers: Iterable[int], limit: int = 100, before: datetime | None = None
    ) -> list[EventRow]:
        return self._events(workspace, "account", self._all_accounts(workspace, numbers), limit, before)

    def _events(
        self, workspace: int, column: str, numbers: list[int], limit: int, before: datetime | None
    ) -> list[EventRow]:
        rows = self.rows(
            f"SELECT time, name, {self.person(workspace)}, {self.account(workspace)}, session, url, path, title, duration, properties "
            f"FROM events WHERE workspace = {{w:UInt32}} AND {column} IN {{n:Array(UInt32)}} "
            "AND toUnixTimestamp64Milli(time) < {before:Int64} ORDER BY time DESC, batch DESC LIMIT {limit:UInt32}",
            {
                "w": workspace,
                "n": numbers,
                "before": int(before.timestamp() * 1000) if before else 1 << 62,
                "limit": limit,
            },
        )
        return [EventRow(*(*row[:9], _json(row[9]))) for row in rows]

    def profiles_since(self, workspace: int, position: int, limit: int = 1000) -> list[News]:
        """The feed after `position` (0: from the beginning), at most `limit` entries; keep the last position."""
        rows = self.rows(
            "SELECT position, what, number, other, id, traits, time FROM feed FINAL WHERE workspace = {w:UInt32} "
            "AND position > {p:UInt64} ORDER BY position LIMIT {limit:UInt32}",
            {"w": workspace, "p": position, "limit": limit},
        )
        return [News(*(*row[:5], _json(row[5]), row[6])) for row in rows]

    def refused(self, workspace: int, limit: int = 100) -> list[tuple[datetime, str, str, str]]:
        """The last refused messages, newest first: (received, source, reason, message)."""
        sql = (
            "SELECT received, source, reason, message FROM refused FINAL WHERE workspace = {w:UInt32} "
            "ORDER BY position DESC LIMIT {limit:UInt32}"
        )
        return [(r[0], r[1], r[2], r[3]) for r in self.rows(sql, {"w": workspace, "limit": limit})]

    def weekly_counts(self, workspace: int, events: Sequence[str] | None, first_monday: date, weeks: int) -> Weekly:
        """How often each person did any of `events` (None: anything but quiet ones) in each of `weeks` weeks.

        Weeks are cut by the workspace's own days. People without any such event are not listed.
        """
        which = f"bitAnd(flags, {QUIET}) = 0" if events is None else "name IN {names:Array(String)}"
        found = self.arrays(
            f"SELECT {self.person(workspace)} AS who, toUInt32(intDiv(day - {{from:Date}}, 7)) AS week, "
            f"toUInt32(count()) AS n, toUInt32(argMaxIf({self.account(workspace)}, time, account != 0)) AS held FROM events "
            f"WHERE workspace = {{w:UInt32}} AND {which} "
            "AND day >= {from:Date} AND day < {to:Date} GROUP BY who, week ORDER BY who, week",
            {
                "w": workspace,
                "names": list(events or ()),
                "from": first_monday,
                "to": first_monday + timedelta(weeks=weeks),
            },
            columns=4,
        )
        who, week, n, held = found
        persons, place = np.unique(who, return_inverse=True)
        counts = np.zeros((len(persons), weeks), np.int64)
        counts[place, week.astype(np.int64)] = n
        accounts = np.zeros(len(persons), np.int64)
        named = held > 0  # rows come in order of weeks, so the last assignment is the latest account
        accounts[place[named]] = held[named]
        return Weekly(persons.astype(np.int64), counts, accounts)

    def people_behind(self, workspace: int, event: str | None, first: date, last: date) -> np.ndarray:
        """Numbers of the people who did `event` (None: anything but quiet ones) on these days, both included; in order."""
        return self._behind(workspace, self.bitmap(workspace, "groupBitmapMergeState(people)"), event, first, last)

    def accounts_behind(self, workspace: int, event: str | None, first: date, last: date) -> np.ndarray:
        state = self.account_bitmap(workspace, "groupBitmapMergeState(accounts)")
        return self._behind(workspace, state, event, first, last)

    def _behind(self, workspace: int, bitmap: str, event: str | None, first: date, last: date) -> np.ndarray:
        found = self.arrays(
            f"SELECT arrayJoin(bitmapToArray({bitmap})) FROM rollup WHERE workspace = {{w:UInt32}} "
            "AND name = {name:String} AND day BETWEEN {a:Date} AND {b:Date}",
            {"w": workspace, "name": event or "", "a": first, "b": last},
        )[0]
        return np.sort(found.astype(np.int64))


def _json(text: str) -> dict[str, Any]:
    if not text:
        return {}
    found = msgspec.json.decode(text)
    return found if isinstance(found, dict) else {}
