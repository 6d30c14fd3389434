"""Conditions of a flag's rules: on what is known about a person or account, or what the asking program says of them.

Text is compared without regard to capitals, and as text: true and "true", 5 and "5" are the same, as PostHog's
libraries have it. What is not known fulfils no condition but "is not", "does not contain" and "is not set".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Literal

import msgspec

How = Literal[
    "is", "is_not", "contains", "contains_not", "begins", "ends", "set", "set_not",
    "more", "at_least", "less", "at_most", "before", "after",
]  # fmt: skip
WORDS: dict[str, str] = {
    "is": "is", "is_not": "is not", "contains": "contains", "contains_not": "does not contain",
    "begins": "begins with", "ends": "ends with", "set": "is set", "set_not": "is not set",
    "more": "is more than", "at_least": "is at least", "less": "is less than", "at_most": "is at most",
    "before": "is before", "after": "is after",
}  # fmt: skip
NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "more": float.__gt__, "at_least": float.__ge__, "less": float.__lt__, "at_most": float.__le__,
}  # fmt: skip
MOST_VALUES = 500
Scalar = str | int | float | bool


@dataclass(slots=True)
class Subject:
    """Who is asked about. `traits`: what is known, over it what the asking program said. `segments`: their numbers."""

    id: str = ""
    traits: dict[str, Any] = field(default_factory=dict)
    account: str = ""
    account_traits: dict[str, Any] = field(default_factory=dict)
    segments: frozenset[int] = frozenset()


class Trait(msgspec.Struct, frozen=True, tag="trait", tag_field="what", forbid_unknown_fields=True, omit_defaults=True):
    """A trait of the person; several values: any of them will do (with "is not": none of them)."""

    trait: str
    how: How = "is"
    values: tuple[Scalar, ...] = ()
    named: ClassVar[str] = "trait"


class AccountTrait(
    msgspec.Struct, frozen=True, tag="account_trait", tag_field="what", forbid_unknown_fields=True, omit_defaults=True
):
    trait: str
    how: How = "is"
    values: tuple[Scalar, ...] = ()
    named: ClassVar[str] = "account’s trait"


class Person(msgspec.Struct, frozen=True, tag="person", tag_field="what", forbid_unknown_fields=True):
    """These very people, by the id that the program asks with."""

    ids: tuple[str, ...]


class Account(msgspec.Struct, frozen=True, tag="account", tag_field="what", forbid_unknown_fields=True):
    ids: tuple[str, ...]


class Segment(
    msgspec.Struct, frozen=True, tag="segment", tag_field="what", forbid_unknown_fields=True, omit_defaults=True
):
    """In a segment, by its number, or not in it. One of accounts: of the account, when the person has one."""

    segment: int
    within: bool = True


When = Trait | AccountTrait | Person | Account | Segment
Test = Callable[[Subject], bool]


def check_when(when: When) -> None:
    """Raises ValueError, saying what to do."""
    if isinstance(when, Person | Account):
        what = "person" if isinstance(when, Person) else "account"
        if not when.ids or not all(id_.strip() for id_ in when.ids):
            raise ValueError(f"name at least one {what} by its id.")
        if len(when.ids) > MOST_VALUES:
            raise ValueError(f"at most {MOST_VALUES} ids; make a segment for more.")
    elif not isinstance(when, Segment):
        _check_trait(when)


def _check_trait(when: Trait | AccountTrait) -> None:
    if not when.trait.strip() or len(when.trait) > 200:
        raise ValueError("name the trait, in at most 200 characters.")
    if len(when.values) > MOST_VALUES:
        raise ValueError(f"at most {MOST_VALUES} values.")
    words = f"“{when.trait} {WORDS[when.how]}”"
    if when.how in ("set", "set_not"):
        if when.values:
            raise ValueError(f"{words} takes no value.")
        return
    if not when.values or "" in when.values:
        raise ValueError(f"{words} needs a value; for what is unknown write “is not set”.")
    if when.how not in ("is", "is_not") and len(when.values) > 1:
        raise ValueError(f"{words} takes one value.")
    if when.how in NUMBERS and number(when.values[0]) is None:
        raise ValueError(f"{words} needs a number, not “{when.values[0]}”.")
    if when.how in ("before", "after") and moment(when.values[0]) is None:
        raise ValueError(f"{words} needs a day (2026-03-01) or a time with its zone, not “{when.values[0]}”.")


def text(value: Any) -> str:
    """As values are compared: lower case; 5.0 is 5; nothing for what is no single value."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None or isinstance(value, dict | list) else str(value).lower()


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if found - found == 0 and "_" not in str(value) else None


def moment(value: Any) -> datetime | None:
    """A day counts from its first moment, in UTC, and so does a time without a zone."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str) and 10 <= len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
    else:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def as_test(when: When, strict: bool) -> Test:
    """The condition as a function, with whatever can be computed once computed. `strict`: only a number is compared
    with numbers, and no text that reads as one, as GrowthBook's libraries have it."""
    if isinstance(when, Person):
        people = frozenset(when.ids)
        return lambda who: who.id in people
    if isinstance(when, Account):
        accounts = frozenset(when.ids)
        return lambda who: who.account in accounts
    if isinstance(when, Segment):
        pk, inside = when.segment, when.within
        return lambda who: (pk in who.segments) is inside
    holds, trait = _holds(when, strict), when.trait
    if isinstance(when, AccountTrait):
        return lambda who: holds(who.account_traits.get(trait))
    return lambda who: holds(who.traits.get(trait))


def _holds(when: Trait | AccountTrait, strict: bool) -> Callable[[Any], bool]:
    """Whether a trait's value, None when unknown, fulfils the condition."""
    how = when.how
    if how in ("set", "set_not"):
        return (lambda v: v is not None) if how == "set" else (lambda v: v is None)
    wanted = frozenset(text(v) for v in when.values)
    if how == "is":
        return lambda v: v is not None and text(v) in wanted
    if how == "is_not":
        return lambda v: v is None or text(v) not in wanted
    if how in NUMBERS:
        return _against(NUMBERS[how], number(when.values[0]), strict)
    if how in ("before", "after"):
        return _dated(how == "before", moment(when.values[0]))
    part = text(when.values[0])
    if how == "contains":
        return lambda v: v is not None and part in text(v)
    if how == "contains_not":
        return lambda v: v is None or part not in text(v)
    if how == "begins":
        return lambda v: v is not None and text(v).startswith(part)
    return lambda v: v is not None and text(v).endswith(part)


def _against(compare: Callable[[float, float], bool], border: float | None, strict: bool) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        found = None if strict and isinstance(value, str) else number(value)
        return found is not None and border is not None and compare(found, border)

    return holds


def _dated(before: bool, border: datetime | None) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        found = moment(value)
        if found is None or border is None:
            return False
        return found < border if before else found > border

    return holds


def told(when: When, segments: dict[int, str] | None = None) -> str:
    """In words: plan is pro or team."""
    if isinstance(when, Person | Account):
        shown = ", ".join(when.ids[:3]) + (f" and {len(when.ids) - 3} more" if len(when.ids) > 3 else "")
        return f"{'person' if isinstance(when, Person) else 'account'} is {shown}"
    if isinstance(when, Segment):
        name = (segments or {}).get(when.segment)
        said = f"the segment “{name}”" if name else f"segment {when.segment}"
        return f"{'in' if when.within else 'not in'} {said}"
    values = [str(v).lower() if isinstance(v, bool) else str(v) for v in when.values]
    joined = " or ".join(values[:4]) + (f" or {len(values) - 4} more" if len(values) > 4 else "")
    subject = f"account’s {when.trait}" if isinstance(when, AccountTrait) else when.trait
    return f"{subject} {WORDS[when.how]} {joined}".strip()
