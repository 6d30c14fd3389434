"""Conditions on what people and accounts are, what they are to each other, and what they pay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar, Literal

import numpy as np

from wellheard.people.models import Account, AccountState, Person, Relation, Revenue, Segment, Workspace
from wellheard.people.models import Trait as TraitModel

from .compare import ALONE, HOWS, tester
from .condition import Condition, Field
from .evaluation import mask as mask_of
from .facts import Facts, Mask, Of
from .registry import register
from .rule import BadRule, decode

Value = str | int | float | bool | list[str | int | float]
How = Literal[
    "is", "is_not", "contains", "one_of", "below", "at_most", "at_least", "above", "before", "after", "yes", "no",
    "set", "not_set",
]  # fmt: skip
ROLES = {"any": "any role", **{word: word for word in Relation.WORDS}}
COMPARISON = Field("how", "Comparison", choices=tuple(HOWS.items()))
SEEN_TRAITS = 500


def told(name: str, how: str, value: object) -> str:
    said = ", ".join(str(v) for v in value) if isinstance(value, list) else str(value)
    return f"{name} {HOWS[how]}" if how in ALONE else f"{name} {HOWS[how]} {said}"


def trait_names(workspace: Workspace) -> Iterable[tuple[str, str]]:
    """With the labels members gave them; of the newest people and accounts too, in case one is not noted yet."""
    held: dict[str, str] = {}
    for model in (Person, Account):
        rows = model._default_manager.filter(workspace=workspace).order_by("-pk")
        for traits in rows.values_list("traits", flat=True)[:SEEN_TRAITS]:
            held.update((key, key) for key in traits)
    for known in TraitModel.objects.filter(workspace=workspace).order_by("of"):
        held[known.key] = f"{known.label} ({known.key})" if known.label else known.key
    return sorted(held.items(), key=lambda pair: pair[1].casefold())


@register
class Trait(Condition, frozen=True, tag="trait"):
    key: str
    how: How = "is"
    value: Value = ""

    title: ClassVar[str] = "A trait"
    group: ClassVar[str] = "What they are"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("key", "Trait", choices=trait_names, free=True),
        COMPARISON,
        Field("value", "Value"),
    )

    def check(self, workspace: Workspace) -> None:
        if not self.key.strip():
            raise ValueError("Name the trait.")
        tester(self.how, self.value)

    def mask(self, facts: Facts, of: Of) -> Mask:
        side, test, key = facts.side(of), tester(self.how, self.value), self.key
        return side.where(test(traits.get(key)) for traits in side.traits)

    def words(self, workspace: Workspace) -> str:
        return told(self.key, self.how, self.value)


@register
class Known(Condition, frozen=True, tag="person"):
    """What is known of every person."""

    field: Literal["language", "email_domain", "name", "email", "id"]
    how: How = "is"
    value: Value = ""

    asked_of: ClassVar[tuple[Of, ...]] = ("people",)
    title: ClassVar[str] = "Language, e-mail or name"
    group: ClassVar[str] = "What they are"
    NAMES: ClassVar[dict[str, str]] = {
        "language": "language", "email_domain": "e-mail domain", "name": "name", "email": "e-mail", "id": "your id",
    }  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field("field", "What", choices=tuple(NAMES.items())),
        COMPARISON,
        Field("value", "Value"),
    )

    def check(self, workspace: Workspace) -> None:
        tester(self.how, self.value)

    def mask(self, facts: Facts, of: Of) -> Mask:
        test = tester(self.how, self.value)
        if self.field == "email_domain":
            return facts.people.where(test((m or "").rpartition("@")[2]) for m in facts.people.column("email"))
        column = facts.people.column("external_id" if self.field == "id" else self.field)
        return facts.people.where(test(value) for value in column)

    def words(self, workspace: Workspace) -> str:
        return told(self.NAMES[self.field], self.how, self.value)


@register
class KnownAccount(Condition, frozen=True, tag="account"):
    """What is known of every account."""

    field: Literal["state", "plan", "owner", "since", "name", "domain", "id"]
    how: How = "is"
    value: Value = ""

    asked_of: ClassVar[tuple[Of, ...]] = ("accounts",)
    title: ClassVar[str] = "State, plan, owner or start"
    group: ClassVar[str] = "What they are"
    NAMES: ClassVar[dict[str, str]] = {
        "state": "state", "plan": "plan", "owner": "owner", "since": "customer since", "name": "name",
        "domain": "domain", "id": "your id",
    }  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field("field", "What", choices=tuple(NAMES.items())),
        COMPARISON,
        Field("value", "Value", hint=f"States: {', '.join(v for v in AccountState.values if v)}"),
    )

    def check(self, workspace: Workspace) -> None:
        tester(self.how, self.value)
        if self.field == "state" and self.how in ("is", "is_not", "one_of"):
            said = self.value if isinstance(self.value, list) else str(self.value).split(",")
            for state in said:
                if str(state).strip().casefold() not in AccountState.values:
                    raise ValueError(
                        f"{state!r} is not a state. States: {', '.join(v for v in AccountState.values if v)}."
                    )

    def mask(self, facts: Facts, of: Of) -> Mask:
        test = tester(self.how, self.value)
        column = facts.accounts.column("external_id" if self.field == "id" else self.field)
        return facts.accounts.where(test(value) for value in column)

    def words(self, workspace: Workspace) -> str:
        return told(self.NAMES[self.field], self.how, self.value)


@register
class HasRole(Condition, frozen=True, tag="role"):
    """What a person is to an account, by what is said of the two."""

    role: Literal["any", "uses", "buys", "administers", "champions"] = "any"

    asked_of: ClassVar[tuple[Of, ...]] = ("people",)
    title: ClassVar[str] = "Role in an account"
    group: ClassVar[str] = "What they are"
    fields: ClassVar[tuple[Field, ...]] = (Field("role", "Role", choices=tuple(ROLES.items())),)

    def mask(self, facts: Facts, of: Of) -> Mask:
        return facts.people.holds(facts.pairs("" if self.role == "any" else self.role)[0])

    def words(self, workspace: Workspace) -> str:
        return "belongs to an account" if self.role == "any" else f"{self.role} in an account"


@register
class Pays(Condition, frozen=True, tag="pays"):
    """Monthly recurring revenue in the workspace's currency; without bounds: anything."""

    at_least: float | None = None
    at_most: float | None = None

    asked_of: ClassVar[tuple[Of, ...]] = ("accounts",)
    title: ClassVar[str] = "Pays"
    group: ClassVar[str] = "What they pay"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("at_least", "At least, a month", "amount"),
        Field("at_most", "At most, a month", "amount"),
    )

    def check(self, workspace: Workspace) -> None:
        for bound in (self.at_least, self.at_most):
            if bound is not None and not 0 <= bound < 1e12:
                raise ValueError("An amount a month is zero or more.")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("“At most” is less than “at least”: nobody could fulfil both.")

    def mask(self, facts: Facts, of: Of) -> Mask:
        low = 1 if self.at_least is None else max(1, round(self.at_least * 100))
        high = None if self.at_most is None else round(self.at_most * 100)
        paying = (a for a, c in facts.cents(facts.on).items() if c >= low and (high is None or c <= high))
        return facts.accounts.holds(paying)

    def words(self, workspace: Workspace) -> str:
        bounds = [
            f"{word} {b:,g}" for word, b in (("at least", self.at_least), ("at most", self.at_most)) if b is not None
        ]
        return f"pays {' and '.join(bounds)} {workspace.currency} a month" if bounds else "pays"


@register
class Churned(Condition, frozen=True, tag="churned"):
    """Paid every month, and pays nothing now; with `days`: paid so many days ago. Or is said to have churned."""

    days: int | None = None

    asked_of: ClassVar[tuple[Of, ...]] = ("accounts",)
    title: ClassVar[str] = "Churned"
    group: ClassVar[str] = "What they pay"
    fields: ClassVar[tuple[Field, ...]] = (Field("days", "Within the last days", "whole", hint="empty: ever"),)

    def check(self, workspace: Workspace) -> None:
        within(self.days)

    def mask(self, facts: Facts, of: Of) -> Mask:
        now = {a for a, c in facts.cents(facts.on).items() if c > 0}
        if self.days is not None:
            before = facts.cents(facts.on - timedelta(days=self.days))
            return facts.accounts.holds(a for a, c in before.items() if c > 0 and a not in now)
        workspace = facts.workspace
        paid = Revenue.objects.filter(workspace=workspace, once=False, since__lte=facts.on, base_cents__gt=0)
        ended = facts.accounts.holds(a for a in paid.values_list("account", flat=True).distinct() if a not in now)
        said = facts.accounts.where(state == AccountState.CHURNED for state in facts.accounts.column("state"))
        return np.logical_or(ended, said)

    def words(self, workspace: Workspace) -> str:
        return "churned" if self.days is None else f"stopped paying within {self.days} days"


def within(days: int | None, name: str = "Days") -> None:
    if days is not None and not 1 <= days <= 36_500:
        raise ValueError(f"{name}: between 1 and 36,500.")


def segment_choices(workspace: Workspace) -> Iterable[tuple[str, str]]:
    rows = Segment.objects.filter(workspace=workspace).order_by("name")
    return [(str(s.pk), f"{s.name} ({s.get_of_display().lower()})") for s in rows]


@register
class InSegment(Condition, frozen=True, tag="segment"):
    """In another segment, by its number. A segment of accounts in one of people means: in an account of it."""

    segment: int

    title: ClassVar[str] = "In another segment"
    group: ClassVar[str] = "Segments"
    fields: ClassVar[tuple[Field, ...]] = (Field("segment", "Segment", "thing", segment_choices),)

    def check(self, workspace: Workspace) -> None:
        if not Segment.objects.filter(workspace=workspace, pk=self.segment).exists():
            raise ValueError(f"there is no segment with the number {self.segment}.")

    def mask(self, facts: Facts, of: Of) -> Mask:
        segment = facts.segments.get(self.segment)
        if segment is None:
            raise BadRule(f"The rule asks for the segment {self.segment}, which is gone.")
        found = mask_of(facts, segment)
        return found if segment.of == of else facts.across(found, of)

    def words(self, workspace: Workspace) -> str:
        name = Segment.objects.filter(workspace=workspace, pk=self.segment).values_list("name", flat=True).first()
        return f"in “{name or f'segment {self.segment}, which is gone'}”"


def named_in(rule: object) -> set[int]:
    """The segments a stored rule asks for."""
    try:
        return {c.segment for c in decode(rule).conditions() if isinstance(c, InSegment)}
    except BadRule:
        return set()


def reaches(workspace: Workspace, start: set[int], goal: int) -> bool:
    """Whether these segments ask, by any number of steps, for `goal`."""
    rules = dict(Segment.objects.filter(workspace=workspace, live=True).values_list("pk", "rule"))
    seen: set[int] = set()
    waiting = set(start)
    while waiting:
        pk = waiting.pop()
        if pk == goal:
            return True
        if pk not in seen:
            seen.add(pk)
            waiting |= named_in(rules.get(pk, {}))
    return False
