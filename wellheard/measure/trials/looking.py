"""Looks at experiments: read, judged, kept as they were; and how long one takes before it starts."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.queries.money import today
from wellheard.store import Store

from ..did import did
from ..experiment import Metric, Plan, Report, judge_experiment
from ..experiment.exposure import Exposed
from ..experiment.gathering import Count, Wanted, gather
from ..experiment.power import Baseline, Floats, baseline, effect_for, size_for
from ..floors import FLOOR
from ..models import Experiment, Flag, Look
from ..question import Period
from ..sql.base import NOT_QUIET, Asking
from .apart import labels
from .plan import MetricPlan, metrics_of

log = logging.getLogger(__name__)
EVERY = {
    Experiment.Method.FIXED: timedelta(days=1),
    Experiment.Method.SPENDING: timedelta(days=7),
    Experiment.Method.SEQUENCE: timedelta(days=1),
}
LIFTS = (0.02, 0.05, 0.1, 0.2, 0.5)


def pure_plan(experiment: Experiment) -> Plan:
    return Plan(
        tuple(v["key"] for v in experiment.variants), tuple(v["share"] for v in experiment.variants),
        tuple(
            Metric(m.name, m.name, m.kind, m.wanted, m.role, m.margin if m.role == "guardrail" else None, m.winsorise)  # type: ignore[arg-type]
            for m in metrics_of(experiment)
        ),
        experiment.method, experiment.alpha, experiment.planned_total, experiment.unit,  # type: ignore[arg-type]
    )  # fmt: skip


def wanted(metric: MetricPlan) -> Wanted:
    """What is counted of a unit's events for it."""
    event = did(metric.event)
    summed = Count(event, "sum", metric.amount) if metric.amount else None
    if metric.kind == "ratio":
        return Wanted(metric.name, summed or Count(event), Count(did(metric.per_event)))
    how: dict[str, Count] = {"proportion": Count(event, "did"), "time": Count(event, "time")}
    return Wanted(metric.name, summed or how.get(metric.kind, Count(event)))


def report_of(experiment: Experiment, store: Store, now: datetime | None = None) -> tuple[Report, Exposed]:
    """Judged as of now. Raises ValueError before its start."""
    if experiment.started_at is None:
        raise ValueError("It has not started.")
    plan, end = pure_plan(experiment), now or timezone.now()
    if experiment.stopped_at is not None:
        # Whose window is full by then first saw it before the stop.
        end = min(end, experiment.stopped_at + timedelta(days=experiment.window_days))
    table, exposed = gather(
        store, experiment.workspace_id, experiment.flag, plan.variants, experiment.started_at, max(end, experiment.started_at + timedelta(seconds=1)),
        [wanted(m) for m in metrics_of(experiment)], experiment.unit, experiment.window_days, experiment.before_days,  # type: ignore[arg-type]
        _numbered(experiment, plan.variants),
    )  # fmt: skip
    if experiment.apart and table.unit is not None:
        table = replace(table, segment=labels(experiment.workspace, experiment.apart, table.unit, experiment.unit))
    earlier = list(experiment.looks.order_by("taken_at").values_list("total", flat=True))  # type: ignore[attr-defined]
    return judge_experiment(plan, table, earlier, exposed.counts), exposed


def _numbered(experiment: Experiment, planned: tuple[str, ...]) -> tuple[str, ...]:
    """The variants in the order of the flag; of a flag that is not ours the control is taken for the first."""
    flag = Flag.objects.filter(workspace=experiment.workspace_id, key=experiment.flag).first()
    return tuple(v["key"] for v in flag.definition.get("variants", [])) if flag else planned


def look(experiment: Experiment, store: Store, by: journal.Actor | None = None) -> Look:
    """Judge it now and keep what was found. When its planned end was reached, when nothing more has come since the last look, or so few
    that the difference of the two would tell their numbers, that look stands.
    Raises ValueError and StoreError."""
    if (result := result_of(experiment)) is not None:
        return result
    report, exposed = report_of(experiment, store)
    data = {**report.as_json(), "left_out": exposed.words, "ended": report.ended, "earlier_looks": []}
    actor = by or journal.system(experiment.workspace_id)
    with journal.record(actor, "experiment.looked") as entry:
        held = Experiment.objects.select_for_update().get(pk=experiment.pk)
        newest = held.looks.order_by("-taken_at", "-pk").first()  # type: ignore[attr-defined]
        if (result := result_of(held)) is not None:  # somebody else was quicker
            newest = result
        if newest is not None and (result or newest.report == data or _few_more(newest.report, data)):
            entry.about(held)
            entry.nothing_changed()
            return newest  # type: ignore[no-any-return]
        made = Look.objects.create(
            workspace_id=held.workspace_id, experiment=held, total=report.total, report=data, by=actor.name
        )
        entry.about(held, look=made.pk, total=report.total, state=report.state)
    return made


def result_of(experiment: Experiment) -> Look | None:
    """The look at the planned end. It stands, whoever comes later: an end that one looks beyond would promise too much."""
    looks = experiment.looks.filter(report__ended=True, report__state="read")  # type: ignore[attr-defined]
    return looks.order_by("taken_at", "pk").first()  # type: ignore[no-any-return]


def _few_more(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether fewer than FLOOR have come into some variant since a look that told numbers."""
    if before.get("state") != "read" or now["state"] != "read":
        return False
    return any(0 < b - a < FLOOR for a, b in zip(before["counts"], now["counts"], strict=True))


def look_at_running(store: Store) -> int:
    """Each that runs, or was stopped and still fills windows, at its own pace; returns how many were looked at."""
    done = 0
    states = [Experiment.State.RUNNING, Experiment.State.STOPPED]
    for held in Experiment.objects.filter(state__in=states).select_related("workspace"):
        if result_of(held) is not None:
            continue
        newest = held.looks.order_by("-taken_at").first()  # type: ignore[attr-defined]
        since = newest.taken_at if newest else held.started_at
        if since is None or timezone.now() - since < EVERY[Experiment.Method(held.method)]:
            continue
        if held.stopped_at and since > held.stopped_at + timedelta(days=held.window_days + 1):
            continue
        try:
            look(held, store)
            done += 1
        except Exception:  # one that cannot be read must not keep the others from their look
            log.exception("experiment %s cannot be looked at", held.pk)
    return done


@dataclass(frozen=True, slots=True)
class Sizes:
    """Before the start: the primary metric among those active lately, `weekly` how many a week, and what each lift takes:
    (lift, rows in all, weeks). `shows` is the smallest change the planned number shows."""

    base: Baseline
    weekly: float
    rows: list[tuple[float, int | None, float | None]]
    shows: float | None


def sizes(experiment: Experiment, store: Store) -> Sizes | None:
    """From the last window. None while nobody did anything. Raises StoreError."""
    plan = pure_plan(experiment)
    primary = next(m for m in metrics_of(experiment) if m.role == "primary")
    value, before, below = _lately(experiment, primary, store)
    if len(value) < 20 or value.std() == 0:
        return None
    if primary.winsorise is not None:
        value = np.minimum(value, np.quantile(value, primary.winsorise))
    base = baseline(
        value, below if primary.kind == "ratio" else None, before if primary.kind not in ("ratio", "time") else None
    )
    weekly = len(value) / (experiment.window_days / 7)
    how: dict[str, Any] = {
        "alpha": experiment.alpha, "shares": plan.shares, "comparisons": len(plan.variants) - 1, "method": experiment.method,
        "kind": "proportion" if primary.kind == "proportion" else "mean",
    }  # fmt: skip
    rows: list[tuple[float, int | None, float | None]] = []
    for lift in LIFTS:
        try:
            size = size_for(base, lift, weekly=weekly, window_days=experiment.window_days, **how)
            rows.append((lift, size.total, size.weeks))
        except ValueError:
            rows.append((lift, None, None))
    shows = None
    if experiment.planned_total and base.mean:
        found = effect_for(base, experiment.planned_total, **how) / abs(base.mean)
        shows = found if math.isfinite(found) else None
    return Sizes(base, weekly, rows, shows)


def _lately(experiment: Experiment, metric: MetricPlan, store: Store) -> tuple[Floats, Floats, Floats]:
    """As if everybody active in the last window had seen a variant at its start."""
    last = today(experiment.workspace) - timedelta(days=1)
    since = last - timedelta(days=experiment.window_days - 1)
    asking = Asking(store.reader, experiment.workspace_id, Period(since - timedelta(days=experiment.before_days), last))
    begin = asking.bind(since, "Date")
    is_it = asking.did(did(metric.event))
    what = f"toFloat64OrZero({asking.text(metric.amount)})" if metric.amount else "1"
    who = asking.who if experiment.unit == "person" else asking.account
    some = "" if experiment.unit == "person" else f" AND {asking.account} != 0"
    inside, past = f"day >= {begin}", f"day < {begin}"
    under = asking.did(did(metric.per_event)) if metric.kind == "ratio" else "0"
    first = f"minIf(toFloat64(day - {begin}), {is_it} AND {inside})"
    happened = f"countIf({is_it} AND {inside})"
    found = store.reader.arrays(
        f"SELECT toFloat64(sumIf({what}, {is_it} AND {inside})), toFloat64(sumIf({what}, {is_it} AND {past})), "  # noqa: S608
        f"toFloat64(countIf({under} AND {inside})), toFloat64(if({happened} = 0, {experiment.window_days}, {first})) FROM events "
        f"WHERE workspace = {{w:UInt32}} AND day BETWEEN {{a:Date}} AND {{b:Date}}{some} GROUP BY {who} "
        f"HAVING countIf({inside} AND {NOT_QUIET}) > 0",
        asking.params,
        columns=4,
    )
    value, before, below, soon = (c.astype(np.float64) for c in found)
    if metric.kind == "proportion":
        value, before = (value > 0).astype(np.float64), (before > 0).astype(np.float64)
    return (soon if metric.kind == "time" else value), before, below
