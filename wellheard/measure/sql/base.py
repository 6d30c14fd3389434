"""Parts of every query: values are bound here, conditions on events are written here and nowhere else."""

# ruff: noqa: S608 - only our own names are written into queries; every value is bound

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NamedTuple

from wellheard.measure.did import COLUMNS, Did, One, Where
from wellheard.measure.question import Crowd, Every, Numbers, Period
from wellheard.store.reader import Reader
from wellheard.store.rows import QUIET
from wellheard.store.sets import Chosen

Want = Literal["people", "accounts", "both"]
MS = "toUInt64(toUnixTimestamp64Milli(time))"
NOT_QUIET = f"bitAnd(flags, {QUIET}) = 0"


class Sql(NamedTuple):
    text: str
    params: dict[str, Any]


class States(NamedTuple):
    """`rows` is a query for rows (day, people, accounts) with bitmaps that are still to be merged; `people` and
    `accounts` are what merges them over a group."""

    rows: str
    people: str
    accounts: str


class Asking:
    """One query in the making. `a` and `b` are the first and the last day."""

    def __init__(self, reader: Reader, workspace: int, period: Period) -> None:
        self.reader, self.workspace = reader, workspace
        self.params: dict[str, Any] = {"w": workspace, "a": period.first, "b": period.last}
        self.who, self.account = reader.person(workspace), reader.account(workspace)

    def sql(self, text: str) -> Sql:
        return Sql(text, self.params)

    def bind(self, value: Any, kind: str) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:{kind}}}"

    def chosen(self, numbers: Numbers) -> Chosen:
        found = self.reader.chosen(numbers, f"p{len(self.params)}")
        self.params |= found.params
        return found

    # conditions on rows of events ---------------------------------------------------------------------------

    def did(self, did: Did) -> str:
        """Whether an event is one of these."""
        return "(" + " OR ".join(self._one(one) for one in did.either) + ")"

    def named(self, *dids: Did) -> str:
        """A condition on names alone that spares reading what cannot match; '' when anything might."""
        names = {one.name for did in dids for one in did.either}
        if None in names:
            return ""
        return f" AND name IN {self.bind(sorted(n for n in names if n is not None), 'Array(String)')}"

    def _one(self, one: One) -> str:
        parts = [NOT_QUIET if one.name is None else f"name = {self.bind(one.name, 'String')}"]
        return " AND ".join([*parts, *(self._where(where) for where in one.where)])

    def _where(self, where: Where) -> str:
        text = self.text(where.field)
        there = f"({text} NOT IN ('', 'null'))"
        how, value = where.how, self.bind(where.value, "String")
        if how in ("?", "!?"):
            return there if how == "?" else f"NOT {there}"
        if how in ("~", "!~"):
            holds = f"({there} AND positionCaseInsensitiveUTF8({text}, {value}) > 0)"
            return holds if how == "~" else f"NOT {holds}"
        number = _number(where.value)
        if how in ("=", "!="):
            same = f"{text} = {value}"
            if number is not None:
                same = f"({same} OR ifNull(toFloat64OrNull({text}) = {self.bind(number, 'Float64')}, 0))"
            return f"({there} AND {same})" if how == "=" else f"NOT ({there} AND {same})"
        return f"ifNull(toFloat64OrNull({text}) {how} {self.bind(number, 'Float64')}, 0)"

    def text(self, field: str) -> str:
        """A column or property as text; '' when it is not there."""
        if field in COLUMNS:
            return f"toString({field})"
        key = self.bind(field, "String")
        plain = f"JSONExtractString(properties, {key})"
        return f"if(JSONType(properties, {key}) = 'String', {plain}, JSONExtractRaw(properties, {key}))"

    def crowd(self, crowd: Crowd) -> str:
        """ " AND …", whether an event is by, or for, somebody asked about."""
        found = ""
        if crowd.people is not None:
            found += f" AND {self.who} IN {self.chosen(crowd.people).sql}"
        if crowd.without is not None:
            found += f" AND {self.who} NOT IN {self.chosen(crowd.without).sql}"
        if crowd.accounts is not None:
            found += f" AND {self.account} IN {self.chosen(crowd.accounts).sql}"
        return found

    # sets of people by day ----------------------------------------------------------------------------------

    def states(self, did: Did, crowd: Crowd, want: Want, first: date | None = None, history: bool = False) -> States:
        """From the rollup where it knows, else from the events. `first` instead of `a`; with `history` all days up to
        `b`."""
        begin = "{a:Date}" if first is None else self.bind(first, "Date")
        days = "day <= {b:Date}" if history else f"day BETWEEN {begin} AND {{b:Date}}"
        people, accounts = "groupBitmapMergeState(people)", "groupBitmapMergeState(accounts)"
        of_people = crowd.people is not None or crowd.without is not None
        known = did.plain and (
            crowd.everybody or (want == "people" and crowd.accounts is None) or (want == "accounts" and not of_people)
        )
        if not known:
            rows = (
                f"SELECT day, groupBitmapState(toUInt32({self.who})) AS people, "
                f"groupBitmapStateIf(toUInt32({self.account}), account != 0) AS accounts FROM events WHERE workspace = {{w:UInt32}} "
                f"AND {days}{self.named(did)} AND {self.did(did)}{self.crowd(crowd)} GROUP BY day"
            )
            return States(rows, people, accounts)
        names = self.bind(did.names, "Array(String)")
        rows = f"SELECT day, people, accounts FROM rollup WHERE workspace = {{w:UInt32}} AND {days} AND name IN {names}"
        people = self.reader.bitmap(self.workspace, people)
        accounts = self.reader.account_bitmap(self.workspace, accounts)
        if crowd.people is not None:
            people = f"bitmapAnd({people}, {self.chosen(crowd.people).bitmap})"
        if crowd.without is not None:
            people = f"bitmapAndnot({people}, {self.chosen(crowd.without).bitmap})"
        if crowd.accounts is not None:
            accounts = f"bitmapAnd({accounts}, {self.chosen(crowd.accounts).bitmap})"
        return States(rows, people, accounts)


def start(every: Every) -> str:
    return {"day": "day", "week": "toMonday(day)", "month": "toStartOfMonth(day)"}[every]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
