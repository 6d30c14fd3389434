"""The pure entry: a plan and a table → what may be said. No database, no clock, no settings.

plan = Plan(("control", "new"), (1, 1), (Metric("paid", "Paid within 14 days", "proportion", role="primary"),), planned_total=8000)
report = judge_experiment(plan, Table(arm, {"paid": paid}), earlier_looks=[2000, 4000])
report.headline, report.state, [c.words for c in report.comparisons]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..floors import holds_of
from . import words
from .adjusting import benjamini_hochberg, holm
from .declared import Metric, Plan, Table
from .effect import Effect, Fixed, Rule, between, standing
from .levels import Levels, levels
from .looks import Planned
from .results import Comparison, Exploration, Guard, Report
from .sequence import LEAST, Always
from .share import shares_fit
from .survival import log_rank

__all__ = ["Comparison", "Exploration", "Guard", "Metric", "Plan", "Report", "Table", "judge_experiment"]

SMALLEST = 10  # rows an arm
SMALLEST_SEGMENT = 100
MOST_LEANING = 0.2


def judge_experiment(
    plan: Plan, table: Table, earlier_looks: Sequence[int] = (), exposed: Sequence[int] | None = None
) -> Report:
    """What this look may say.

    `table`: see Table, those whose window is full. `earlier_looks`: rows of all arms at each look before this one (spending
    counts them; the other methods do not need them). `exposed`: first exposures of each variant, for the check of shares,
    as exposure.first_exposures counts them; left out: the rows of the table. Raises ValueError for a table that does not fit
    the plan. A report that is early or void has no comparisons.
    """
    arms = len(plan.variants)
    if len(table.arm) and int(table.arm.max()) >= arms:
        raise ValueError(f"The table has an arm {int(table.arm.max())}, the plan only {arms} variants, counted from 0.")
    counts = np.bincount(table.arm[table.arm >= 0], minlength=arms).astype(int).tolist()
    total = sum(counts)
    shares = shares_fit(list(exposed) if exposed is not None else counts, plan.shares)
    state = _state(plan, counts, shares.stop)
    report = Report(plan, state, tuple(counts), total, tuple(int(x) for x in earlier_looks), shares)
    if state != "read":
        return replace(report, headline=words.headline(report))
    rule = _rule(plan, total, earlier_looks)
    found = {m.key: levels(m, table, arms) for m in plan.metrics}
    compared = _compared(plan, found, table, rule)
    guards = tuple(
        _guard(plan, m, found[m.key], arm, rule)
        for m in plan.metrics
        if m.role == "guardrail"
        for arm in range(1, arms)
    )
    guards = _worse_together(plan, guards, found, rule)
    report = replace(report, comparisons=compared, guards=guards, explorations=_explored(plan, table, rule))
    return replace(report, headline=words.headline(report))


def _state(plan: Plan, counts: list[int], stop: bool) -> str:
    if stop:
        return "void"
    least = LEAST if plan.method == "sequence" else SMALLEST
    if min(counts) < least or (plan.method == "fixed" and sum(counts) < (plan.planned_total or 0)):
        return "early"
    return "read"


def _rule(plan: Plan, total: int, earlier: Sequence[int]) -> Rule:
    if plan.method == "fixed":
        return Fixed(plan.alpha)
    if plan.method == "sequence":
        return Always(plan.planned_total or 10_000, plan.alpha)
    # Two arms of several meet their own end when the whole does, so the whole's share is theirs.
    return Planned.after([*(r for r in earlier if r < total), total], plan.planned_total or total, plan.alpha)


def _leaning(skew: float, c: int, t: int) -> float:
    """Skewness of the difference of two means of c and t rows alike but for the mean: with as many in both it cancels out. To first
    order (Edgeworth) Welch's test errs by φ(z)(2z² + 1)/6 times this on either side: 0.085 of it at 5 %."""
    return abs(skew) * abs(1 / t**2 - 1 / c**2) / (1 / t + 1 / c) ** 1.5 if c and t else 0.0


def _effect(found: Levels, arm: int, rule: Rule) -> tuple[Effect, str]:
    """And why nothing can be said of it, if so: "empty", "few", "still" or "skewed"."""
    c, t = found.arms[0], found.arms[arm]
    effect = between(c, t, rule)
    if not (math.isfinite(c.value) and math.isfinite(t.value)):
        why = "empty"
    elif found.few:
        why = "few"
    elif not effect.se > 0:
        why = "still"
    elif _leaning(found.skew, c.n, t.n) > MOST_LEANING:
        why = "skewed"
    else:
        return effect, ""
    return replace(effect, low=-math.inf, high=math.inf, p=1.0, relative_low=None, relative_high=None), why


def _compared(plan: Plan, found: dict[str, Levels], table: Table, rule: Rule) -> tuple[Comparison, ...]:
    """Primary and secondary metrics of every variant are one family: Holm's steps."""
    pairs = [(m, arm) for m in plan.metrics if m.role != "guardrail" for arm in range(1, len(plan.variants))]
    first = [_effect(found[m.key], arm, rule) for m, arm in pairs]
    adjusted, at = holm([e.p for e, _ in first], plan.alpha)
    made = []
    for (m, arm), (effect, why), p, level in zip(pairs, first, adjusted, at, strict=True):
        wide, _ = _effect(found[m.key], arm, rule.at_level(level))
        made.append(_comparison(plan, m, arm, found[m.key], effect, wide, p, level, why, table))
    return tuple(made)


def _comparison(
    plan: Plan, m: Metric, arm: int, held: Levels, effect: Effect, wide: Effect, p: float, level: float, why: str,
    table: Table | None,
) -> Comparison:  # fmt: skip
    logrank = None
    if m.kind == "time" and table is not None:
        rows = (table.arm == 0) | (table.arm == arm)
        logrank = log_rank(table.values[m.key][rows], table.censored[m.key][rows], table.arm[rows] == arm)
    one = Comparison(
        metric=m, variant=plan.variants[arm], n=effect.n, means=(held.means[0], held.means[arm]),
        control=effect.control, treatment=effect.treatment, difference=effect.difference, se=effect.se,
        interval=(effect.low, effect.high), adjusted_interval=(wide.low, wide.high), relative=effect.relative,
        relative_interval=_pair(effect), adjusted_relative_interval=_pair(wide), p=effect.p, adjusted_p=p,
        level=level, alpha=plan.alpha, excludes_none=effect.sure, adjusted_excludes_none=wide.sure,
        cuped=held.saved(arm), why_not=why, until=held.until, log_rank_p=logrank,
    )  # fmt: skip
    return replace(one, words=words.comparison(one, plan))


def _pair(effect: Effect) -> tuple[float, float] | None:
    if effect.relative_low is None or effect.relative_high is None:
        return None
    return effect.relative_low, effect.relative_high


def _guard(plan: Plan, m: Metric, held: Levels, arm: int, rule: Rule) -> Guard:
    """One-sided at half of alpha, the side of the two-sided interval: is a loss beyond the margin excluded? Each guardrail
    has to hold by itself, so that no correction for several is needed (Berger 1982)."""
    effect, why = _effect(held, arm, rule)
    c, t = held.arms[0], held.arms[arm]
    sign = 1.0 if m.wanted == "up" else -1.0
    base = _pair(between(c, c, rule)) if not why else None
    if not why and c.value != 0 and base is None:
        why = "zero"  # the control's own level may be 0, so that a share of it means nothing
    if not why and c.value == 0:
        why = "zero"
    if why:
        p, worst = 1.0, None
    else:
        # Wanted up: t ≥ c − margin·|c|; wanted down: t ≤ c + margin·|c|.
        times = 1 - sign * math.copysign(m.margin or 0.0, c.value)
        at = standing(c, t, times)
        two = rule.p(at)
        p = two / 2 if sign * at.difference > 0 else 1 - two / 2
        bound = sign * at.difference - rule.reach(at)
        # The margin the bound stands at, in the control's own levels; the decision is p's.
        worst = bound
    holds = not why and p < plan.alpha / 2
    lost = not why and (effect.high < 0 if sign > 0 else effect.low > 0)
    verdict = "unsaid" if why else "holds" if holds else "worse" if lost else "open"
    pair = _pair(effect)
    one = Guard(
        m, plan.variants[arm], effect.n, (held.means[0], held.means[arm]), effect.difference, (effect.low, effect.high),
        effect.relative, pair, p, plan.alpha / 2, worst, verdict, why,
    )  # fmt: skip
    return replace(one, words=words.guard(one, plan))


def _worse_together(plan: Plan, guards: tuple[Guard, ...], found: dict[str, Levels], rule: Rule) -> tuple[Guard, ...]:
    """That something got worse is claimed of many guardrails at once, so Holm's steps hold for that word; "holds" needs none."""
    ps = []
    for g in guards:
        held, arm = found[g.metric.key], plan.variants.index(g.variant)
        at = standing(held.arms[0], held.arms[arm])
        loss = at.difference < 0 if g.metric.wanted == "up" else at.difference > 0
        ps.append(rule.p(at) / 2 if g.verdict != "unsaid" and loss else 1.0)
    adjusted, _ = holm(ps, plan.alpha / 2)
    made = []
    for g, p in zip(guards, adjusted, strict=True):
        one = replace(g, verdict="open") if g.verdict == "worse" and p >= plan.alpha / 2 else g
        made.append(one if one is g else replace(one, words=words.guard(one, plan)))
    return tuple(made)


def _tellable(table: Table, arms: int) -> set[tuple[str, Any]]:
    """Parts (trait, label) large enough in every arm, less those that beside all and the others would tell a sum over fewer
    than FLOOR people: whoever takes the others away from the whole must not be left with one person's number."""
    names = list(table.segment)
    found: list[tuple[str, Any]] = []
    rows = np.flatnonzero(table.arm >= 0)
    if not names or not len(rows):
        return set()
    codes = [np.unique(table.segment[n][rows].astype(str), return_inverse=True) for n in names]
    kinds, place = np.unique(np.column_stack([inverse for _, inverse in codes]), axis=0, return_inverse=True)
    people = np.stack([np.bincount(place.ravel()[table.arm[rows] == a], minlength=len(kinds)) for a in range(arms)])
    sums = [np.ones(len(kinds), np.int64)]
    for column, (labels, _) in enumerate(codes):
        for code, label in enumerate(labels):
            inside = (kinds[:, column] == code).astype(np.int64)
            if (people @ inside).min() < SMALLEST_SEGMENT:
                continue
            if all(holds_of(np.array([*sums, inside]), own) for own in people):
                sums.append(inside)
                found.append((names[column], label))
    return set(found)


def _explored(plan: Plan, table: Table, rule: Rule) -> tuple[Exploration, ...]:
    """The primary metric within each label of each trait; what is too small is not listed (nor counted)."""
    arms = len(plan.variants)
    shown = _tellable(table, arms)
    tried: list[tuple[str, str, int, Levels, Effect, str]] = []
    for trait, labels in table.segment.items():
        told = labels.astype(str)
        for label in np.unique(told).tolist():
            if (trait, label) not in shown:
                continue
            part = table.where(told == label)
            held = levels(plan.primary, part, arms)
            for arm in range(1, arms):
                tried.append((trait, str(label), arm, held, *_effect(held, arm, rule)))
    qs, level = benjamini_hochberg([t[4].p for t in tried], plan.alpha)
    made = []
    for (trait, label, arm, held, effect, why), q in zip(tried, qs, strict=True):
        wide, _ = _effect(held, arm, rule.at_level(level))
        one = _comparison(plan, plan.primary, arm, held, effect, wide, q, level, why, None)
        made.append(Exploration(trait, label, one, words.exploration(trait, label, one)))
    return tuple(made)
