"""One workspace's part of a batch: who did each row, for which account, and whether it came before.

Loads what the rows need from the engine, applies the rules of ids.py in order of arrival and leaves plain columns.
Running it again for the same rows after a crash gives the same columns, whatever part of them had been stored:
that is what makes a replayed batch count once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from .engine import Engine
from .ids import ACCOUNT, PERSON, Members, People
from .rows import ALIAS, EVENT, GROUP, IDENTIFY, REFUSED, Row

DAY = 86_400_000
IN_PARAMS = 2_000  # longer lists go through a table
CACHED_IDS = 1_000_000


def id_hash(id_: str) -> int:
    return int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "little")


@dataclass
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
        self.has_members = bool(
            engine.rows("SELECT 1 FROM members WHERE workspace = {w:UInt32} LIMIT 1", where)
        )
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
        people.new_ids, people.new_accounts, people.new_merges = {}, [], {}
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
        born = self._load(kept, batch)
        people, members = self.people, self.members
        for item in kept:
            row = item.row
            if row.kind == EVENT:
                person = people.person(row.user, row.anonymous)
                if row.account:
                    account = people.account(row.account)
                    if members.join(person, account, row.time, called=False):
                        self._news(out, item, batch, 3, "member", person, account, "", "")
                else:
                    account = members.at(person, row.time)
                out.events.append(item)
                out.people.append(person)
                out.accounts.append(account)
            elif row.kind == IDENTIFY:
                person = people.person(row.user, row.anonymous)
                self._news(out, item, batch, 4, "person", person, 0, row.user or row.anonymous, row.properties)
            elif row.kind == GROUP:
                account = people.account(row.account)
                self._news(out, item, batch, 4, "account", account, 0, row.account, row.properties)
                if row.user or row.anonymous:
                    person = people.person(row.user, row.anonymous)
                    if members.join(person, account, row.time, called=True):
                        self._news(out, item, batch, 3, "member", person, account, "", "")
            elif row.kind == ALIAS:
                people.alias(row.name, row.user or row.anonymous)
            self._notice(out, item, batch, born)
        self.has_members = self.has_members or bool(members.new)
        return out

    def _notice(self, out: Resolved, item: Given, batch: int, born: set[tuple[int, str]]) -> None:
        """News of ids met for the first time and of people who turned out to be one."""
        row, people = item.row, self.people
        ids = (row.user, row.anonymous, row.name if row.kind == ALIAS else "")
        for place, id_ in enumerate(ids):
            if id_ and (people.new_ids.get(id_) or (PERSON, id_) in born) and (PERSON, id_) not in self._told:
                self._told.add((PERSON, id_))
                number = people.root(people.ids[id_] >> 1)
                self._news(out, item, batch, place, "person", number, 0, id_, "")
        if row.account and ((ACCOUNT, row.account) in born or row.account in self._new_account_set()):
            if (ACCOUNT, row.account) not in self._told:
                self._told.add((ACCOUNT, row.account))
                self._news(out, item, batch, 5, "account", people.accounts[row.account], 0, row.account, "")
        if len(people.new_merges) != self._merged:
            for old in list(people.new_merges)[self._merged :]:
                self._news(out, item, batch, 6, "merge", old, people.new_merges[old], "", "")
            self._merged = len(people.new_merges)
