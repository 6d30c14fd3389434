"""What a look at an experiment found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .declared import Metric, Plan
from .share import Shares

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against the control in one metric.

    `n`, `means`: control's and variant's; `control` and `treatment` are the means with what was before taken out.
    `interval` is 1 − alpha; `adjusted_interval` 1 − `level`, at which Holm's step judged it. p < alpha exactly when
    `interval` leaves out 0, adjusted_p < alpha exactly when `adjusted_interval` does; the relative ones alike. `relative` and
    its intervals are shares of the control's level (0.1 for 10 %), missing where that may be 0. Intervals are infinite and
    `why_not` says why ("few", "still", "empty", "skewed") where nothing can be said. `cuped`: part of the variance taken away.
    `until`: the horizon of a time.
    """

    metric: Metric
    variant: str
    n: tuple[int, int]
    means: Interval
    control: float
    treatment: float
    difference: float
    se: float
    interval: Interval
    adjusted_interval: Interval
    relative: float | None
    relative_interval: Interval | None
    adjusted_relative_interval: Interval | None
    p: float
    adjusted_p: float
    level: float
    alpha: float
    excludes_none: bool
    adjusted_excludes_none: bool
    cuped: float | None
    why_not: str = ""
    until: float | None = None
    log_rank_p: float | None = None
    words: str = ""

    @property
    def verdict(self) -> str:
        """ "helped", "hurt", "open" (no difference shown) or "unsaid"."""
        if self.why_not:
            return "unsaid"
        if not self.adjusted_excludes_none:
            return "open"
        return "helped" if (self.difference > 0) == (self.metric.wanted == "up") else "hurt"


@dataclass(frozen=True, slots=True)
class Guard:
    """A guardrail in one variant. `p` is one-sided for "the loss is as large as the margin or larger", below `level` exactly when
    `verdict` is "holds"; "worse": a loss is shown and its size not bounded by the margin; "open": neither; "unsaid": `why_not`.
    `slack`: by how much, in the metric's unit, the bound clears the margin (below 0: it does not)."""

    metric: Metric
    variant: str
    n: tuple[int, int]
    means: Interval
    difference: float
    interval: Interval
    relative: float | None
    relative_interval: Interval | None
    p: float
    level: float
    slack: float | None
    verdict: str
    why_not: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Exploration:
    """The primary metric among those with this label; `found.adjusted_p` is Benjamini & Hochberg's q over all listed."""

    trait: str
    label: str
    found: Comparison
    words: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`state`: "early" (not to be read yet), "void" (shares do not fit: nothing is to be trusted), "read"."""

    plan: Plan
    state: str
    counts: tuple[int, ...]
    total: int
    earlier_looks: tuple[int, ...]
    shares: Shares
    comparisons: tuple[Comparison, ...] = ()
    guards: tuple[Guard, ...] = ()
    explorations: tuple[Exploration, ...] = ()
    headline: str = ""

    @property
    def primary(self) -> tuple[Comparison, ...]:
        return tuple(c for c in self.comparisons if c.metric.role == "primary")

    @property
    def ended(self) -> bool:
        """Whether the planned end was reached; a sequence has none."""
        return self.plan.method != "sequence" and self.total >= (self.plan.planned_total or 0)

    def as_json(self) -> dict[str, Any]:
        """For keeping: plain values; what is infinite becomes missing."""
        found: dict[str, Any] = _plain(asdict(self))
        for told, c in zip(found["comparisons"], self.comparisons, strict=True):
            told["verdict"] = c.verdict
        found["shares"]["stop"] = self.shares.stop
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value
