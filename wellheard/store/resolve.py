"""One workspace's part of a batch: who did each row, for which account, and whether it came before.

Loads what the rows need from the engine, applies the rules of ids.py in order of arrival and leaves plain columns.
Running it again for the same rows after a crash gives the same columns, whatever part of them had been stored:
that is what makes a replayed batch count once.
"""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from .engine import Engine
from .ids import ACCOUNT, PERSON, Members, People
from .rows import ALIAS, EVENT, GROUP, IDENTIFY, REFUSED, Row

DAY = 86_400_000
IN_PARAMS = 2_000  # longer lists go through a table
CACHED_IDS = 1_000_000


@lru_cache(maxsize=200_000)
def _offset(zone: str, seconds: int) -> int:
    """Seconds the clocks in `zone` are ahead of UTC."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
    return int(moment.utcoffset().total_seconds())  # type: ignore[union-attr]


def id_hash(id_: str) -> int:
    return int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "little")


@dataclass(slots=True)
class Given:
    """A row with what its envelope says about it. `ordinal` is its place in the batch."""

    row: Row
    ordinal: int
    received: int
    source: str
    tag: str


@dataclass
class Counts:
    stored: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass
class Resolved:
    """What to store for one workspace. `people[i]` and `accounts[i]` belong to `events[i]`."""

    workspace: int
    events: list[Given] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)  # message hashes not met before
    feed: list[tuple[int, str, int, int, str, str, int, int]] = field(default_factory=list)
    refused: list[Given] = field(default_factory=list)
    counts: dict[str, Counts] = field(default_factory=dict)


class Workspace:
    """What is remembered of one workspace between batches."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine = engine
        self.number = number
        where = {"w": number}
        rows = engine.rows("SELECT from, to FROM merges FINAL WHERE workspace = {w:UInt32}", where)
        self._merges: dict[int, int] = {int(a): int(b) for a, b in rows}
        last = {
            int(kind): int(top)
            for kind, top in engine.rows(
                "SELECT kind, max(number) FROM (SELECT kind, number FROM ids WHERE workspace = {w:UInt32} UNION ALL "
                "SELECT kind, number FROM forgotten WHERE workspace = {w:UInt32}) GROUP BY kind",
                where,
            )
        }
        self.people = People(self._merges, (last.get(PERSON, 0), last.get(ACCOUNT, 0)))
        self.members = Members()
        self.members_known: set[int] = set()
        self.has_members = bool(engine.rows("SELECT 1 FROM members WHERE workspace = {w:UInt32} LIMIT 1", where))
        self.forgotten = {
            (int(kind), int(hash_)): int(at)
            for kind, hash_, at in engine.rows(
                "SELECT kind, hash, max(toUnixTimestamp64Milli(at)) FROM forgotten "
                "WHERE workspace = {w:UInt32} GROUP BY kind, hash",
                where,
            )
        }

    def trim(self) -> None:
        """Keeps memory bounded: what is dropped is loaded again when it is met."""
        people = self.people
        people.new_ids, people.new_accounts, people.new_merges = set(), [], {}
        self.members.new = []
        if len(people.ids) > CACHED_IDS:
            people.ids, people.claimed = {}, {}
            self.members.of, self.members_known = {}, set()
        if len(people.accounts) > CACHED_IDS:
            people.accounts = {}

    def resolve(self, given: list[Given], batch: int, recent: int) -> Resolved:
        """`recent`: the first day (days since 1970) whose messages are surely in the `seen` table."""
        out = Resolved(self.number)
        kept = self._without_repeats(given, batch, recent, out)
        self._load(kept)
        people, members = self.people, self.members
        for item in kept:
            row = item.row
            if row.kind == EVENT:
                person = people.person(row.user, row.anonymous)
                if row.account:
                    account = people.account(row.account)
                    if members.join(person, account, row.time, called=False):
                        people.news.append(("member", person, account, ""))
                else:
                    account = members.at(person, row.time) if members.of else 0
                out.events.append(item)
                out.people.append(person)
                out.accounts.append(account)
            elif row.kind == IDENTIFY:
                person = people.person(row.user, row.anonymous)
                self._tell(out, item, batch)
                self._entry(out, item, batch, 7, ("person", person, 0, row.user or row.anonymous), row.properties)
            elif row.kind == GROUP:
                account = people.account(row.account)
                self._tell(out, item, batch)
                self._entry(out, item, batch, 7, ("account", account, 0, row.account), row.properties)
                if row.user or row.anonymous:
                    person = people.person(row.user, row.anonymous)
                    if members.join(person, account, row.time, called=True):
                        people.news.append(("member", person, account, ""))
            elif row.kind == ALIAS:
                people.alias(row.name, row.user or row.anonymous)
            if people.news:
                self._tell(out, item, batch, 8)
        self.has_members = self.has_members or bool(members.new)
        return out

    def _tell(self, out: Resolved, item: Given, batch: int, place: int = 0) -> None:
        """Moves news into the feed."""
        for entry in self.people.news:
            if entry[0] == "merge":
                self.members.merge(entry[1], entry[2])
            self._entry(out, item, batch, place, entry, "")
            place += 1
        self.people.news.clear()

    @staticmethod
    def _entry(
        out: Resolved, item: Given, batch: int, place: int, entry: tuple[str, int, int, str], traits: str
    ) -> None:
        # Positions depend only on the batch and the row's place in it, so a replay writes the same ones.
        what, number, other, id_ = entry
        position = batch << 24 | item.ordinal << 4 | place
        out.feed.append((position, what, number, other, id_, traits, item.row.time, item.row.message))

    def _without_repeats(self, given: list[Given], batch: int, recent: int, out: Resolved) -> list[Given]:
        first: dict[int, Given] = {}
        rest: list[Given] = []
        tag: str | None = None
        for item in given:
            row = item.row
            if item.tag != tag:
                tag = item.tag
                counts = out.counts.setdefault(tag, Counts())
            if row.kind == REFUSED:
                out.refused.append(item)
                counts.refused += 1
            elif self.forgotten and self._is_forgotten(row):
                counts.refused += 1
            elif first.setdefault(row.message, item) is not item:
                counts.repeated += 1
        before = self._met_before(first, batch, recent)
        for message, item in first.items():
            counts = out.counts[item.tag]
            if message in before:
                counts.repeated += 1
            else:
                counts.stored += 1
                rest.append(item)
        out.fresh = [item.row.message for item in rest]
        return rest

    def _is_forgotten(self, row: Row) -> bool:
        ids = ((PERSON, row.user), (PERSON, row.anonymous), (PERSON, row.name if row.kind == ALIAS else ""))
        return any(id_ and row.time <= self.forgotten.get((kind, id_hash(id_)), -1) for kind, id_ in ids)

    def _met_before(self, first: dict[int, Given], batch: int, recent: int) -> set[int]:
        """Repeats of the last days are in `seen`; older ones are looked for among the rows of their own days."""
        if not first:
            return set()
        engine = self.engine
        found: set[int] = set()
        with Wanted(engine, "hash", list(first)) as wanted:
            params = {"w": self.number, "batch": batch, **wanted.params}
            hits = engine.arrays(
                f"SELECT message FROM seen WHERE workspace = {{w:UInt32}} AND batch < {{batch:UInt64}} "
                f"AND message IN ({wanted.sql})",
                params,
            )
            found.update(hits[0].tolist())
        old = [m for m, item in first.items() if item.row.time // DAY <= recent and m not in found]
        if not old:
            return found
        days = [first[m].row.time // DAY for m in old]
        with Wanted(engine, "hash", old) as wanted:
            params = {
                "w": self.number,
                "batch": batch,
                "a": min(days) - 1,
                "b": max(days) + 1,
                **wanted.params,
            }
            for table in ("events", "feed"):
                hits = engine.arrays(
                    f"SELECT message FROM {table} WHERE workspace = {{w:UInt32}} AND batch < {{batch:UInt64}} "
                    f"AND toUInt16(day) BETWEEN {{a:UInt16}} AND {{b:UInt16}} AND message IN ({wanted.sql})",
                    params,
                )
                found.update(hits[0].tolist())
        return found

    def _load(self, kept: list[Given]) -> None:
        """Everything the rules will ask about these rows."""
        people = self.people
        ids = {item.row.user for item in kept} | {item.row.anonymous for item in kept}
        ids |= {item.row.name for item in kept if item.row.kind == ALIAS}
        accounts = {item.row.account for item in kept}
        ids.discard("")
        accounts.discard("")
        people.learn(self._stored_ids(PERSON, ids - people.ids.keys()))
        people.learn((), ((i, n) for i, n, _ in self._stored_ids(ACCOUNT, accounts - people.accounts.keys())))
        self._load_claims(kept)
        if self.has_members:
            self._load_members({people.root(people.ids[id_] >> 1) for id_ in ids if id_ in people.ids})

    def _stored_ids(self, kind: int, ids: set[str]) -> list[tuple[str, int, bool]]:
        last = self.people.last_person if kind == PERSON else self.people.last_account
        if not ids or not last:
            return []
        with Wanted(self.engine, "id", list(ids)) as wanted:
            rows = self.engine.rows(
                f"SELECT id, max(number), max(known) FROM ids WHERE workspace = {{w:UInt32}} "
                f"AND kind = {{k:UInt8}} AND id IN ({wanted.sql}) GROUP BY id",
                {"w": self.number, "k": kind, **wanted.params},
            )
        return [(str(id_), int(number), bool(known)) for id_, number, known in rows]

    def _load_claims(self, kept: list[Given]) -> None:
        """Only an anonymous id beside a user it does not yet belong to raises the question whose it is."""
        people = self.people
        ask: set[int] = set()
        for item in kept:
            row = item.row
            if row.anonymous and row.user and (device := people.ids.get(row.anonymous)) is not None:
                root = people.root(device >> 1)
                user = people.ids.get(row.user)
                if root not in people.claimed and (user is None or people.root(user >> 1) != root):
                    if root in people.absorbed:
                        people.claimed[root] = True  # something was merged into it: it is somebody
                    else:
                        ask.add(root)
        if not ask:
            return
        with Wanted(self.engine, "hash", list(ask)) as wanted:
            rows = self.engine.rows(
                f"SELECT number, max(known) FROM ids WHERE workspace = {{w:UInt32}} AND kind = {PERSON} "
                f"AND number IN ({wanted.sql}) GROUP BY number",
                {"w": self.number, **wanted.params},
            )
        people.claimed.update((int(number), bool(known)) for number, known in rows)

    def _load_members(self, roots: set[int]) -> None:
        people, members = self.people, self.members
        missing = roots - self.members_known
        if not missing:
            return
        asked = [*missing, *(old for root in missing for old in people.absorbed.get(root, ()))]
        with Wanted(self.engine, "hash", asked) as wanted:
            rows = self.engine.rows(
                "SELECT person, account, toUnixTimestamp64Milli(since), called FROM members "
                f"WHERE workspace = {{w:UInt32}} AND person IN ({wanted.sql}) GROUP BY ALL",
                {"w": self.number, **wanted.params},
            )
        for person, account, since, called in rows:
            mine = members.of.setdefault(people.root(int(person)), [])
            entry = (int(since), int(account), int(called))
            if entry not in mine:
                mine.append(entry)
                mine.sort()
        self.members_known |= missing


class Wanted:
    """A list of values to look for: bound as a parameter when short, laid into a table when long."""

    def __init__(self, engine: Engine, column: str, values: list[int] | list[str]) -> None:
        self._engine = engine
        self._column = column
        self._values = values
        self.params: dict[str, object] = {}
        self.sql = ""

    def __enter__(self) -> Self:
        kind = "UInt64" if self._column == "hash" else "String"
        if len(self._values) <= IN_PARAMS:
            self.params = {"wanted": self._values}
            self.sql = f"{{wanted:Array({kind})}}"
        else:
            self._engine.insert("wanted", len(self._values), [(self._column, kind, self._values)])
            self.sql = f"SELECT {self._column} FROM wanted"
        return self

    def __exit__(self, *_: object) -> None:
        if not self.params:
            self._engine.command("TRUNCATE TABLE wanted")


def days_of(times: np.ndarray, zone: str) -> np.ndarray:
    """UTC milliseconds → days since 1970 as the clocks in `zone` showed them."""
    quarters, where = np.unique(times // 900_000, return_inverse=True)  # no zone changes within a quarter hour
    offsets = np.array([_offset(zone, int(quarter) * 900) for quarter in quarters], np.int64)
    return ((times + offsets[where] * 1000) // DAY).astype(np.uint16)
