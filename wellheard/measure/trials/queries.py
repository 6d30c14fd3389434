"""What the pages show of experiments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from wellheard.charts import marks
from wellheard.decide.models import Bet
from wellheard.people.models import Workspace

from ..models import Experiment, Look
from .plan import MetricPlan, metrics_of


@dataclass(frozen=True, slots=True)
class Row:
    """One in the list, with the first sentence of its newest look."""

    experiment: Experiment
    says: str
    void: bool
    total: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One with its newest look and those before, newest first."""

    metrics: list[MetricPlan]
    newest: Look | None
    report: dict[str, Any]
    earlier: list[Look]

    @property
    def half(self) -> float:
        """How far the charts reach, so that all metrics stand on one scale."""
        rows = [*self.report.get("comparisons", []), *self.report.get("guards", [])]
        rows += [e["found"] for e in self.report.get("explorations", [])]
        ends = [r.get("adjusted_relative_interval") or r.get("relative_interval") or () for r in rows]
        return marks.reach(*(x for pair in ends for x in pair))

    @property
    def track(self) -> list[tuple[Look, dict[str, Any]]]:
        """How the primary metric of the first variant stood at each look that could be read, oldest first."""
        looks = [*reversed(self.earlier), *([self.newest] if self.newest else [])]
        return [
            (found, compared[0])
            for found in looks
            if (compared := found.report.get("comparisons")) and not compared[0]["why_not"]
        ]


def experiments(workspace: Workspace) -> list[Row]:
    """Running ones first, then drafts, then what ended; the newest first."""
    rows = list(Experiment.objects.filter(workspace=workspace).order_by("-created_at", "-pk"))
    last = Look.objects.filter(experiment=OuterRef("pk")).order_by("-taken_at", "-pk").values("pk")[:1]
    seen_last = (
        Experiment.objects.filter(workspace=workspace).annotate(last=Subquery(last)).values_list("last", flat=True)
    )
    newest = {found.experiment_id: found for found in Look.objects.filter(pk__in=seen_last)}
    order = {s: i for i, s in enumerate(("running", "draft", "stopped", "concluded"))}
    made = []
    for held in sorted(rows, key=lambda e: order[e.state]):
        seen = newest.get(held.pk)
        made.append(
            Row(
                held,
                seen.report.get("headline", "") if seen else "",
                bool(seen and seen.report.get("state") == "void"),
                seen.total if seen else 0,
            )
        )
    return made


def on_flag(workspace: Workspace, key: str) -> list[Experiment]:
    """Newest first."""
    return list(Experiment.objects.filter(workspace=workspace, flag=key).order_by("-created_at", "-pk")[:20])


def of_bet(bet: Bet) -> list[Experiment]:
    return list(Experiment.objects.filter(bet=bet).order_by("-created_at", "-pk")[:20])


def standing(experiment: Experiment) -> Standing:
    looks = list(experiment.looks.order_by("-taken_at", "-pk")[:60])  # type: ignore[attr-defined]
    newest = looks[0] if looks else None
    return Standing(metrics_of(experiment), newest, newest.report if newest else {}, looks[1:])
