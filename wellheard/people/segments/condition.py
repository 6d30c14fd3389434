"""What every condition of a rule is: a small typed value that knows how to ask itself, tell itself, and be filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np

from wellheard.people.models import Workspace

from .facts import OTHER, Facts, Mask, Of

Choices = Callable[[Workspace], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a condition in the builder. `choices` are offered; with `free` anything else may be said too."""

    name: str
    label: str
    kind: Literal["text", "whole", "amount", "date", "list", "thing"] = "text"
    choices: tuple[tuple[str, str], ...] | Choices = ()
    free: bool = False
    hint: str = ""

    def options(self, workspace: Workspace) -> list[tuple[str, str]]:
        return list(self.choices(workspace) if callable(self.choices) else self.choices)

    def read(self, said: str) -> Any:
        """What was typed, as the rule keeps it. Raises ValueError."""
        if self.kind in ("whole", "thing"):
            if not (said.isascii() and said.isdecimal() and len(said) < 10):
                raise ValueError(
                    f"{self.label}: choose one." if self.kind == "thing" else f"{self.label}: a whole number."
                )
            return int(said)
        if self.kind == "amount":
            try:
                return float(said)
            except ValueError:
                raise ValueError(f"{self.label}: {said[:20]!r} is not a number.") from None
        if self.kind == "list":
            return [part.strip() for part in said.split(",") if part.strip()]
        return said

    def write(self, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(str(v) for v in value)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value)


class Condition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="what"
):
    """Asked of people, of accounts, or of both (`asked_of`). `of` says whom it means: a people's segment may ask
    something of their accounts (they belong to one for which it holds), and the other way round. `negated` comes last:
    they belong to none."""

    of: Literal["people", "accounts"] | None = None
    negated: bool = msgspec.field(default=False, name="not")

    asked_of: ClassVar[tuple[Of, ...]] = ("people", "accounts")
    title: ClassVar[str] = ""
    group: ClassVar[str] = ""
    fields: ClassVar[tuple[Field, ...]] = ()

    def check(self, workspace: Workspace) -> None:
        """Raises ValueError, in words for whoever wrote the rule."""

    def mask(self, facts: Facts, of: Of) -> Mask:
        """For whom of this side it holds; `of` is one of `asked_of`."""
        raise NotImplementedError

    def words(self, workspace: Workspace) -> str:
        """ "plan is pro": what holds for them."""
        raise NotImplementedError

    def meant(self, of: Of) -> Of:
        """Whom of the two it asks about, in a segment of these."""
        if self.of is not None:
            return self.of
        return of if of in self.asked_of else OTHER[of]

    def holds(self, facts: Facts, of: Of) -> Mask:
        meant = self.meant(of)
        found = self.mask(facts, meant)
        if meant != of:
            found = facts.across(found, of)
        return np.logical_not(found) if self.negated else found

    def told(self, workspace: Workspace, of: Of) -> str:
        words = self.words(workspace)
        if self.meant(of) != of:
            other = {"people": ("in an account", "in no account"), "accounts": ("with a person", "with no person")}
            return f"{other[of][self.negated]} ({words})"
        return f"not ({words})" if self.negated else words


def count_words(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
