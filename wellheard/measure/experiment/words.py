"""The result in plain sentences, which never claim more than the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declared import Metric, Plan
    from .results import Comparison, Guard, Report


def number(value: float) -> str:
    """Three figures that count, a real minus."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "any number"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    told = f"{value:,.{min(places, 9)}f}"
    told = told.rstrip("0").rstrip(".") if "." in told else told
    return told.replace("-", "−")


def percent(share: float, signed: bool = True) -> str:
    told = f"{100 * share:+.1f}" if signed else f"{100 * share:.1f}"
    told = told.removesuffix(".0")
    return ("0" if told in ("+0", "-0") else told).replace("-", "−") + "%"


def span(c: Comparison | Guard, interval: tuple[float, float], relative: tuple[float, float] | None) -> str:
    """ "−2% and +5%" where it can be a share of the control, else in the metric's own unit."""
    if relative is not None:
        return f"{percent(relative[0])} and {percent(relative[1])}"
    if c.metric.kind == "proportion":
        return " and ".join(f"{percent(x).removesuffix('%')} points" for x in interval)
    return " and ".join(f"{'+' if x > 0 else ''}{number(x)}" for x in interval)


def unsaid(why: str, metric: Metric, plan: Plan) -> str:
    return {
        "few": f"{metric.name}: too rare (or too common) among these {plan.many} to compare yet.",
        "skewed": f"{metric.name}: the variants are of unequal size, and a few large values weigh too much in the smaller one to say "
        "anything yet. More people help, equal shares, or cutting sums above a quantile.",
        "still": f"{metric.name}: it does not vary among these {plan.many}, so there is nothing to compare.",
        "empty": f"{metric.name}: there is nothing to divide by, so it cannot be told.",
        "zero": f"{metric.name}: its level without the change is too near to 0 for a margin in per cent.",
    }[why]


def comparison(c: Comparison, plan: Plan) -> str:
    if c.why_not:
        return unsaid(c.why_not, c.metric, plan)
    if not math.isfinite(c.adjusted_interval[0]):
        return f"{c.metric.name}: too early to say."
    between = span(c, c.adjusted_interval, c.adjusted_relative_interval)
    if c.verdict == "open":
        return f"{c.metric.name}: no difference shown; between {between} remain possible."
    moved = "higher" if c.difference > 0 else "lower"
    return f"{c.metric.name}: {c.variant} {c.verdict}; it is {moved}, between {between}."


def guard(g: Guard, plan: Plan) -> str:
    if g.verdict == "unsaid":
        return unsaid(g.why_not, g.metric, plan)
    margin = percent(g.metric.margin or 0.0, signed=False)
    if g.verdict == "holds":
        return f"{g.metric.name}: holds; a loss of {margin} or more is excluded."
    if not math.isfinite(g.interval[0]):
        return f"{g.metric.name}: too early to say."
    between = span(g, g.interval, g.relative_interval)
    if g.verdict == "worse":
        return f"{g.metric.name}: {g.variant} made it worse, between {between}; a loss of {margin} or more is not excluded."
    return f"{g.metric.name}: a loss of {margin} or more is not excluded; between {between} remain possible."


def exploration(trait: str, label: str, c: Comparison) -> str:
    where = f"{trait} {label}"
    if c.why_not or not math.isfinite(c.adjusted_interval[0]):
        return f"{where}: nothing can be said."
    between = span(c, c.adjusted_interval, c.adjusted_relative_interval)
    if c.verdict == "open":
        return f"{where}: no difference shown; between {between} remain possible."
    return f"{where}: stands out, between {between}. Found by looking around: test it in an experiment of its own."


def headline(report: Report) -> str:
    plan = report.plan
    if report.state == "void":
        seen = ", ".join(f"{v} {n:,}" for v, n in zip(plan.variants, report.shares.counts, strict=True))
        meant = ", ".join(f"{e:,.0f}" for e in report.shares.expected)
        return (
            f"Void: the variants did not get the shares that were planned ({seen}; planned {meant}), which chance does less "
            "than once in a thousand times. Something chooses who is counted; find it before trusting any number here."
        )
    if report.state == "early":
        if plan.method == "fixed" and plan.planned_total and report.total < plan.planned_total:
            return f"Too early: {report.total:,} of {plan.planned_total:,} {plan.many}. This experiment is read once, at its end."
        least = 100 if plan.method == "sequence" else 10
        return f"Too early: each variant needs at least {least} {plan.many}."
    told = [c.words if len(plan.variants) == 2 else f"{c.variant}: {c.words}" for c in report.primary]
    worse = [f"{g.metric.name} ({g.variant})" for g in report.guards if g.verdict == "worse"]
    open_ = [f"{g.metric.name} ({g.variant})" for g in report.guards if g.verdict in ("open", "unsaid")]
    if worse:
        told.append(f"A guardrail got worse: {', '.join(worse)}.")
    if open_:
        told.append(f"Not yet known to be unharmed: {', '.join(open_)}.")
    if plan.method == "spending" and not report.ended:
        told.append(f"{report.total:,} of {plan.planned_total:,} planned {plan.many} so far.")
    return " ".join(told)
