"""What an experiment's plan states, and what is wrong with one that cannot be run."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from wellheard.core import clean
from wellheard.people.models import Workspace

from ..did import did
from ..models import Experiment
from . import apart

KINDS = {
    "proportion": "the share who did it",
    "mean": "how often each did it",
    "revenue": "the sum of a property",
    "ratio": "one sum over another",
    "time": "how soon they did it",
}
ROLES = {"primary": "decides", "secondary": "also compared", "guardrail": "must not get worse"}
MOST_METRICS, MOST_VARIANTS, MOST_DAYS = 20, 8, 180
MOST_SHARE, LEAST_SHARE = 1_000_000, 0.001
MOST_PLANNED = 100_000_000
KEY = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class MetricPlan:
    """One metric. `event` is what is looked at, `amount` the property that is summed (revenue), `per_event` the other event of a ratio.
    `wanted` is up or down; left empty, more of a metric is wanted, and a shorter time. `margin` is the share a guardrail may get worse by, `winsorise` the quantile above which sums are cut, over all variants."""

    name: str
    kind: str
    event: str
    amount: str = ""
    per_event: str = ""
    wanted: str = ""
    role: str = "secondary"
    margin: float = 0.05
    winsorise: float | None = None

    def checked(self) -> MetricPlan:
        if self.kind not in KINDS:
            raise ValueError(f"There is no kind of metric {self.kind[:20]!r}. Use {', '.join(KINDS)}.")
        if self.role not in ROLES:
            raise ValueError(f"A metric is {', '.join(ROLES)}; not {self.role[:20]!r}.")
        wanted = self.wanted or ("down" if self.kind == "time" else "up")
        if wanted not in ("up", "down"):
            raise ValueError(
                "Say whether more (up) or less (down) of a metric is wanted; of a time later (up) or sooner (down)."
            )
        name, event = clean.text(self.name, 80, "The name of a metric"), clean.text(self.event, 200, "The event")
        if not event:
            raise ValueError(f"Metric “{name or self.kind}”: say which event it looks at.")
        did(event)
        other = clean.text(self.per_event, 200, "The other event") if self.kind == "ratio" else ""
        if self.kind == "ratio":
            if not other:
                raise ValueError(f"Metric “{name or event}”: a ratio needs the event it is over.")
            did(other)
        held = clean.text(self.amount, 100, "The property") if self.kind in ("revenue", "ratio") else ""
        if self.kind == "revenue" and not held:
            raise ValueError(f"Metric “{name or event}”: say which property of the event is summed.")
        if not (math.isfinite(self.margin) and 0 < self.margin < 1):
            raise ValueError(f"Metric “{name or event}”: the margin is a share between 0 and 1, such as 0.05.")
        if self.winsorise is not None and not 0.5 < self.winsorise < 1:
            raise ValueError(f"Metric “{name or event}”: cut sums at a quantile between 0.5 and 1, such as 0.99.")
        cut = self.winsorise if self.kind in ("mean", "revenue") else None
        return MetricPlan(name or event, self.kind, event, held, other, wanted, self.role, self.margin, cut)

    @property
    def wanted_told(self) -> str:
        more, less = ("later", "sooner") if self.kind == "time" else ("more", "less")
        return more if self.wanted == "up" else less

    @property
    def told(self) -> str:
        """In words: what it counts."""
        what = {
            "proportion": f"share who did “{self.event}”", "mean": f"how often “{self.event}”",
            "revenue": f"sum of {self.amount} of “{self.event}”", "time": f"how soon “{self.event}”",
            "ratio": f"{self.amount + ' of ' if self.amount else ''}“{self.event}” per “{self.per_event}”",
        }[self.kind]  # fmt: skip
        return what


@dataclass(frozen=True, slots=True)
class Plan:
    """All of an experiment that is locked at its start. `variants` are (key, share), the control first. `apart`: what it is also
    looked at apart by, as trials.apart says it."""

    name: str
    flag: str
    variants: Sequence[tuple[str, float]]
    metrics: Sequence[MetricPlan]
    hypothesis: str = ""
    unit: str = Experiment.Unit.PERSON
    method: str = Experiment.Method.SPENDING
    alpha: float = 0.05
    planned_total: int | None = None
    window_days: int = 14
    before_days: int = 28
    apart: Sequence[str] = ()

    def fields(self, workspace: Workspace) -> dict[str, Any]:
        """As the model keeps it. Raises ValueError saying what is wrong."""
        name, flag = clean.text(self.name, 140, "The name"), clean.text(self.flag, 200, "The flag")
        if not name:
            raise ValueError("Give the experiment a name.")
        if not flag:
            raise ValueError("Say which flag it is about: the key that programs ask for.")
        if self.unit not in Experiment.Unit.values:
            raise ValueError("It deals the variants by person or by account.")
        if self.method not in Experiment.Method.values:
            raise ValueError(f"There is no such way of looking. Use {', '.join(Experiment.Method.values)}.")
        if not (math.isfinite(self.alpha) and 0.001 <= self.alpha <= 0.2):
            raise ValueError("Alpha, the share of false alarms, lies between 0.001 and 0.2.")
        if not 1 <= self.window_days <= MOST_DAYS:
            raise ValueError(f"Watch each of them for 1 to {MOST_DAYS} days.")
        if not 0 <= self.before_days <= MOST_DAYS:
            raise ValueError(f"Look back 0 to {MOST_DAYS} days.")
        total = self.planned_total
        if self.method == Experiment.Method.SEQUENCE:
            total = None
        elif total is not None and total > MOST_PLANNED:
            raise ValueError(f"At most {MOST_PLANNED:,} are planned for.")
        elif total is None or total < 20:
            raise ValueError(
                "Say how many it takes in all, 20 or more; the size below the plan helps. Or look without a planned end."
            )
        return {
            "name": name, "hypothesis": clean.text(self.hypothesis, 4000, "The hypothesis"), "flag": flag, "unit": self.unit,
            "variants": self._variants(), "metrics": [asdict(m) for m in self._metrics()], "method": self.method, "alpha": self.alpha,
            "planned_total": total, "window_days": self.window_days, "before_days": self.before_days, "apart": apart.checked(workspace, self.apart),
        }  # fmt: skip

    def _variants(self) -> list[dict[str, Any]]:
        if not 2 <= len(self.variants) <= MOST_VARIANTS:
            raise ValueError(f"Name 2 to {MOST_VARIANTS} variants, the control first.")
        keys = [k for k, _ in self.variants]
        if bad := [k for k in keys if not KEY.fullmatch(k)]:
            raise ValueError(f"{bad[0][:40]!r} is no key of a variant: letters, digits, dots, dashes and underscores.")
        if len(set(keys)) < len(keys):
            raise ValueError("Two variants have the same key.")
        if any(not 0 < s <= MOST_SHARE for _, s in self.variants):
            raise ValueError(f"Each variant's share is a number above 0, at most {MOST_SHARE:,}.")
        total = sum(s for _, s in self.variants)
        if small := [k for k, s in self.variants if s < LEAST_SHARE * total]:
            raise ValueError(
                f"“{small[0]}” would get less than {LEAST_SHARE:.1%} of all: nobody would live to see the result."
            )
        return [{"key": k, "share": float(s)} for k, s in self.variants]

    def _metrics(self) -> list[MetricPlan]:
        if not 1 <= len(self.metrics) <= MOST_METRICS:
            raise ValueError(f"Name 1 to {MOST_METRICS} metrics; one of them decides.")
        found = [m.checked() for m in self.metrics]
        if sum(m.role == "primary" for m in found) != 1:
            raise ValueError(
                "Exactly one metric decides (primary); the others are also compared, or must not get worse."
            )
        names = [m.name for m in found]
        if len(set(names)) < len(names):
            raise ValueError("Two metrics have the same name.")
        return sorted(found, key=lambda m: list(ROLES).index(m.role))


def metrics_of(experiment: Experiment) -> list[MetricPlan]:
    known = {f.name for f in fields(MetricPlan)}
    return [MetricPlan(**{k: v for k, v in m.items() if k in known}) for m in experiment.metrics]


def plan_of(experiment: Experiment) -> Plan:
    return Plan(
        experiment.name, experiment.flag, [(v["key"], v["share"]) for v in experiment.variants], metrics_of(experiment),
        experiment.hypothesis, experiment.unit, experiment.method, experiment.alpha, experiment.planned_total, experiment.window_days,
        experiment.before_days, experiment.apart,
    )  # fmt: skip
