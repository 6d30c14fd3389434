"""Comparing one value of unknown type (traits come as text, numbers, yes/no or lists) with what a rule says.

Numbers are compared as numbers when both sides are numbers, also when they were written as text. Text is compared
without regard to capitals.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from wellheard.core import clean

HOWS = {
    "is": "is", "is_not": "is not", "contains": "contains", "one_of": "is one of", "below": "is below",
    "at_most": "is at most", "at_least": "is at least", "above": "is above", "before": "is before",
    "after": "is after", "yes": "is yes", "no": "is no", "set": "is known", "not_set": "is not known",
}  # fmt: skip
ALONE = ("yes", "no", "set", "not_set")
NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "below": lambda a, b: a < b,
    "at_most": lambda a, b: a <= b,
    "at_least": lambda a, b: a >= b,
    "above": lambda a, b: a > b,
}
_YES, _NO = {"true", "yes", "y", "1", "on"}, {"false", "no", "n", "0", "off"}
Test = Callable[[Any], bool]


def number(value: Any) -> float | None:
    """The value as a number, also when it is a number written as text; yes and no are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).casefold()
    return str(value).strip().casefold()


@lru_cache(maxsize=50_000)
def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        pass
    epoch = number(value)
    try:
        if epoch is not None and abs(epoch) >= 1e8:
            return datetime.fromtimestamp(epoch / 1000 if abs(epoch) > 1e11 else epoch, UTC).date()
        return clean.day(value, "") if epoch is None else None
    except (ValueError, OverflowError, OSError):
        return None


def day(value: Any) -> date | None:
    """The day of a date, of ISO text, or of epoch seconds or milliseconds (in UTC)."""
    if isinstance(value, date):
        return value
    return None if value is None or isinstance(value, bool | dict | list) else _day(str(value).strip())


def missing(value: Any) -> bool:
    return value is None or value == "" or value == []


def _same(wanted: Any) -> Test:
    as_number, as_text = number(wanted), text(wanted)

    def test(value: Any) -> bool:
        if as_number is not None and (held := number(value)) is not None:
            return held == as_number
        return text(value) == as_text

    return test


def _any(test: Test) -> Test:
    """A list fulfils what one of its values fulfils; what is missing fulfils nothing."""
    return lambda value: (
        any(test(v) for v in value if not missing(v)) if isinstance(value, list) else not missing(value) and test(value)
    )


def tester(how: str, wanted: Any) -> Test:
    """Raises ValueError when `wanted` cannot be compared so."""
    if how not in HOWS:
        raise ValueError(f"{how!r} is no comparison. Use one of {', '.join(HOWS)}.")
    if how == "set":
        return lambda value: not missing(value)
    if how == "not_set":
        return missing
    if how in ("yes", "no"):
        words = _YES if how == "yes" else _NO
        return _any(lambda value: text(value) in words)
    if how == "one_of":
        options = wanted if isinstance(wanted, list) else str(wanted).split(",")
        tests = [_same(option) for option in options if not missing(option) and text(option)]
        if not tests:
            raise ValueError("Name at least one value, with commas between several.")
        return _any(lambda value: any(test(value) for test in tests))
    if isinstance(wanted, list):
        raise ValueError(f"“{HOWS[how]}” takes one value, not a list.")
    if missing(wanted) or not text(wanted):
        raise ValueError(f"Say what it {HOWS[how]}.")
    if how in NUMBERS:
        limit, compare = number(wanted), NUMBERS[how]
        if limit is None:
            raise ValueError(f"“{HOWS[how]}” needs a number, not {str(wanted)[:40]!r}.")
        return _any(lambda value: (held := number(value)) is not None and compare(held, limit))
    if how in ("before", "after"):
        edge = day(wanted)
        if edge is None:
            raise ValueError(f"“{HOWS[how]}” needs a date like 2026-11-22, not {str(wanted)[:40]!r}.")
        if how == "before":
            return _any(lambda value: (held := day(value)) is not None and held < edge)
        return _any(lambda value: (held := day(value)) is not None and held > edge)
    if how == "contains":
        part = text(wanted)
        return _any(lambda value: part in text(value))
    same = _any(_same(wanted))
    return same if how == "is" else lambda value: not same(value)
