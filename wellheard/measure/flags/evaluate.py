"""Who gets which variant of a flag, and why. Pure: flags are prepared once, answers are made once and shared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from .conditions import Segment, Subject, Test, as_test, told
from .definition import Definition, Kind, Rule, Unit
from .hashing import DRAWS, Algorithm, within


class Reason(StrEnum):
    """As OpenFeature names them."""

    STATIC = "STATIC"
    MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DEFAULT = "DEFAULT"
    DISABLED = "DISABLED"


class Answer(NamedTuple):
    """`rule` counts from 0, -1 when none holds. `why` is a sentence for the team, not for the public."""

    variant: str
    value: Any
    reason: Reason
    why: str
    rule: int = -1


class NoKey(ValueError):
    """The flag deals people by their id, and none was said."""


class _Rule(NamedTuple):
    tests: tuple[Test, ...]
    share: float
    cut: bool  # whether the share leaves anybody out
    fixed: Answer | None
    dealt: tuple[tuple[float, Answer], ...]  # (upper border of the draw, answer)


class Ready:
    """A flag prepared for being asked often. `id` and `version` are the row's; `switched` is false when killed."""

    def __init__(
        self,
        key: str,
        kind: Kind,
        definition: Definition,
        algorithm: Algorithm = "posthog",
        unit: Unit = "person",
        id: int = 0,
        version: int = 1,
        switched: bool = True,
        segments: Mapping[int, str] | None = None,
    ) -> None:
        self.key, self.kind, self.definition = key, kind, definition
        self.algorithm, self.unit, self.id, self.version, self.switched = algorithm, unit, id, version, switched
        self.segments = frozenset(w.segment for rule in definition.rules for w in rule.when if isinstance(w, Segment))
        names = dict(segments or {})
        rules = definition.rules
        self.deals = any(not r.serve or 0 < r.share < 100 for r in rules)
        self._share, self._split = DRAWS[algorithm]
        self._rules = tuple(self._prepared(at, rule, names) for at, rule in enumerate(rules))
        self._otherwise = self._answer(
            definition.otherwise,
            Reason.DEFAULT if rules else Reason.STATIC,
            "No rule holds for them." if rules else "The flag has no rules: everybody gets the same.",
        )
        # Who is not among a share got what they have by the same lot as those who are.
        self._not_among = self._answer(
            definition.otherwise, Reason.SPLIT, "Not among the share of a rule, and no other holds for them."
        )
        self._killed = self._off("The flag is switched off.")
        self._early = self._off("The flag has not begun yet.")
        self._late = self._off("The flag is over.")
        self._needs = tuple(
            (need.flag, frozenset(need.variants),
             self._off(f"It needs “{need.flag}” to be {' or '.join(need.variants)}, and it is not for them."))
            for need in definition.needs
        )  # fmt: skip
        self._plain = not (definition.begins or definition.ends or definition.needs)
        # What everybody gets as long as nothing about the flag changes.
        self.always = None
        if not switched:
            self.always = self._killed
        elif self._plain and not rules:
            self.always = self._otherwise

    def _answer(self, variant: str, reason: Reason, why: str, rule: int = -1) -> Answer:
        return Answer(variant, self.definition.variant(variant).value, reason, why, rule)

    def _off(self, why: str) -> Answer:
        return self._answer(self.definition.off, Reason.DISABLED, why)

    def _prepared(self, at: int, rule: Rule, names: dict[int, str]) -> _Rule:
        said = f"Rule {at + 1}" + (f" “{rule.name}”" if rule.name else "")
        if rule.when:
            said += f": {' and '.join(told(w, names) for w in rule.when)}"
        cut = rule.share < 100
        among = f"; among the {rule.share:g} % of {'people' if self.unit == 'person' else 'accounts'}" if cut else ""
        tests = tuple(as_test(w, self.algorithm != "posthog") for w in rule.when)
        if rule.serve:
            # A plain roll-out is chance, not targeting.
            reason = Reason.SPLIT if cut else Reason.MATCH
            return _Rule(tests, rule.share, cut, self._answer(rule.serve, reason, f"{said}{among}.", at), ())
        dealt, border = [], 0.0
        for key, weight in self.definition.weights(rule):
            if weight <= 0:
                continue
            border += weight / 100
            answer = self._answer(key, Reason.SPLIT, f"{said}{among}; dealt “{key}” ({weight:g} %).", at)
            dealt.append((border, answer))
        dealt[-1] = (math.inf, dealt[-1][1])  # sums of floats stay a little below 1, and PostHog's draw may be 1
        return _Rule(tests, rule.share, cut, None, tuple(dealt))

    def answer(self, who: Subject, flags: Mapping[str, Ready], now: datetime, known: dict[str, Answer]) -> Answer:
        """`known`: answers found for this subject so far, by key; this one's is added. Raises NoKey."""
        found = known.get(self.key)
        if found is None:
            found = known[self.key] = self.always or self._found(who, flags, now, known)
        return found

    def _found(self, who: Subject, flags: Mapping[str, Ready], now: datetime, known: dict[str, Answer]) -> Answer:
        if not self._plain:
            definition = self.definition
            if definition.begins is not None and now < definition.begins:
                return self._early
            if definition.ends is not None and now >= definition.ends:
                return self._late
            for key, variants, missing in self._needs:
                other = flags.get(key)
                if other is None or other.answer(who, flags, now, known).variant not in variants:
                    return missing
        share_draw, by_lot = -1.0, False
        for rule in self._rules:
            for test in rule.tests:
                if not test(who):
                    break
            else:
                if rule.cut:
                    if rule.share <= 0 or not (id_ := self._bucket(who)):
                        continue
                    if share_draw < 0:
                        share_draw = self._share(self.key, id_)
                    if not within(self.algorithm, share_draw, rule.share):
                        by_lot = True
                        continue
                if rule.fixed is not None:
                    return rule.fixed
                if not (id_ := self._bucket(who)):
                    continue
                draw = self._split(self.key, id_)
                return next(answer for border, answer in rule.dealt if draw < border)
        return self._not_among if by_lot else self._otherwise

    def _bucket(self, who: Subject) -> str:
        """The id that is dealt by; empty: the person has no account, so that no rule that deals holds for them."""
        if self.unit == "account":
            return who.account
        if not who.id:
            raise NoKey(f"“{self.key}” deals people by their id: say who it is.")
        return who.id


def evaluate(
    flag: Ready, who: Subject, flags: Mapping[str, Ready] | None = None, now: datetime | None = None
) -> Answer:
    """One flag for one person. `flags`: those that it may need. Raises NoKey."""
    return flag.answer(who, flags or {}, now or datetime.now(UTC), {})


def evaluate_all(
    flags: Mapping[str, Ready], who: Subject, now: datetime | None = None, every: Mapping[str, Ready] | None = None
) -> dict[str, Answer | None]:
    """Each of `flags` for one person; None where it deals by an id and there is none. `every`: those they may need."""
    every = flags if every is None else every
    now = now or datetime.now(UTC)
    known: dict[str, Answer] = {}
    found: dict[str, Answer | None] = {}
    for key, flag in flags.items():
        if flag.always is not None:
            found[key] = flag.always
            continue
        try:
            found[key] = flag.answer(who, every, now, known)
        except NoKey:
            found[key] = None
    return found
