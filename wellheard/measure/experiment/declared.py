"""What is declared before an experiment starts, and the table it is judged from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["proportion", "mean", "ratio", "revenue", "time"]
Role = Literal["primary", "secondary", "guardrail"]
Method = Literal["fixed", "spending", "sequence"]
KINDS: tuple[Kind, ...] = ("proportion", "mean", "ratio", "revenue", "time")
ROLES: tuple[Role, ...] = ("primary", "secondary", "guardrail")
METHODS: tuple[Method, ...] = ("fixed", "spending", "sequence")


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing to compare. `margin` (guardrails only) is the worst relative loss accepted, 0.02 for 2 %. `winsorise` is the
    quantile, above a half and below 1, beyond which values are pulled in, on both ends, over all arms together."""

    key: str
    name: str
    kind: Kind = "mean"
    wanted: Literal["up", "down"] = "up"
    role: Role = "secondary"
    margin: float | None = None
    winsorise: float | None = None

    def __post_init__(self) -> None:
        told = f"Metric {self.name!r}: "
        if self.kind not in KINDS:
            raise ValueError(f"{told}kind is one of {', '.join(KINDS)}, not {self.kind!r}.")
        if self.wanted not in ("up", "down"):
            raise ValueError(f"{told}wanted is up or down, not {self.wanted!r}.")
        if self.role not in ROLES:
            raise ValueError(f"{told}role is one of {', '.join(ROLES)}, not {self.role!r}.")
        if (self.margin is not None) != (self.role == "guardrail"):
            raise ValueError(f"{told}a guardrail needs a margin, and nothing else has one.")
        if self.margin is not None and not 0 <= self.margin < 1:
            raise ValueError(f"{told}the margin is a share of the control's level, from 0 to below 1.")
        if self.winsorise is not None and (not 0.5 < self.winsorise < 1 or self.kind in ("proportion", "time")):
            raise ValueError(
                f"{told}winsorising takes a quantile above 0.5 and below 1, and means, ratios and revenue only."
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """`variants`: the control first; `shares`: their planned shares, in any unit. `planned_total`: rows of all arms at which
    a fixed experiment is read and a spending one ends; for a sequence the size it is narrowest at, if one likes."""

    variants: tuple[str, ...]
    shares: tuple[float, ...]
    metrics: tuple[Metric, ...]
    method: Method = "spending"
    alpha: float = 0.05
    planned_total: int | None = None
    unit: Literal["person", "account"] = "person"

    def __post_init__(self) -> None:
        if len(self.variants) < 2 or len(set(self.variants)) != len(self.variants):
            raise ValueError(
                "An experiment needs two variants or more, each with a name of its own; the control comes first."
            )
        if len(self.shares) != len(self.variants) or not all(s > 0 and math.isfinite(s) for s in self.shares):
            raise ValueError("Give each variant a planned share above 0.")
        keys = [m.key for m in self.metrics]
        if not keys or len(set(keys)) != len(keys):
            raise ValueError("An experiment needs metrics, each with a key of its own.")
        if sum(m.role == "primary" for m in self.metrics) != 1:
            raise ValueError("Exactly one metric is the primary one: it decides.")
        if self.method not in METHODS:
            raise ValueError(f"The method is one of {', '.join(METHODS)}, not {self.method!r}.")
        if not 1e-6 <= self.alpha <= 0.5:
            raise ValueError("Alpha lies between 0.000001 and 0.5.")
        if self.method != "sequence" and not self.planned_total:
            raise ValueError("This method needs a planned number of people or accounts; only a sequence has none.")

    @property
    def primary(self) -> Metric:
        return next(m for m in self.metrics if m.role == "primary")

    @property
    def many(self) -> str:
        return "accounts" if self.unit == "account" else "people"


@dataclass(frozen=True, slots=True)
class Table:
    """One row a person or account whose window is full; all arrays have one number a row.

    `arm`: place of the variant in the plan, negative for nobody's. `values`: metric key → numbers; for proportions 0 or 1,
    for times the days until it happened, or until we stopped looking where `censored[key]` is true. `denominators`: key →
    what a ratio is over. `before`: key → the same before the experiment, for CUPED; for a ratio a pair (above, below).
    `segment`: name of a trait → labels, looked at apart, as exploration; `unit`: the number of each. Raises ValueError where lengths differ.
    """

    arm: NDArray[np.integer[Any]]
    values: Mapping[str, NDArray[np.floating[Any]]]
    denominators: Mapping[str, NDArray[np.floating[Any]]] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    censored: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    segment: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    unit: NDArray[np.integer[Any]] | None = None

    def __post_init__(self) -> None:
        n = len(self.arm)
        groups = (self.values, self.denominators, self.before, self.censored, self.segment)
        for held in groups:
            for key, column in held.items():
                for one in column if isinstance(column, tuple) else (column,):
                    if len(one) != n:
                        raise ValueError(f"Column {key!r} has {len(one)} rows, the table {n}.")

    def where(self, rows: NDArray[np.bool_]) -> Table:
        """These rows alone, without segments."""

        def cut(held: Mapping[str, Any]) -> dict[str, Any]:
            return {k: tuple(x[rows] for x in v) if isinstance(v, tuple) else v[rows] for k, v in held.items()}

        return Table(self.arm[rows], cut(self.values), cut(self.denominators), cut(self.before), cut(self.censored))
