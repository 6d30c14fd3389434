"""What stands beside a verdict and gets no word: groups of people described apart, and what their accounts pay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellheard import store
from wellheard.decide.models import Bet
from wellheard.people.models import Person, Relation, Segment
from wellheard.people.queries.money import cents_by_account
from wellheard.people.segments import evaluation
from wellheard.tell.models import Notice, NoticeState

from .behaviour import matches
from .floors import EVERYBODY, FLOOR, Cell, cell, choose
from .ledger import Panel
from .models import Outcome, Pattern
from .outcome import Groups
from .revenue import Revenue, difference, revenue

BEFORE = 8
MOST_KINDS = 8  # plans, and segments: each is one more sum that must not tell of a few


def groups_of(bet: Bet, data: Panel, judged: Groups) -> dict[str, Any]:
    """Asked, told, silent and others, nobody in two of them: size, weekly means, and the change from the eight weeks before
    to the weeks after the release week. Those who asked are the ones judged; the mirror's series is for the chart.

    Groups under the floor, or that could be worked out from what else is shown of this metric, tell their size at most.
    """
    asked, mirror = np.zeros(len(data.numbers), bool), np.zeros(len(data.numbers), bool)
    asked[judged.askers], mirror[judged.mirror] = True, True
    reached = Notice.objects.filter(release__bets=bet, state__in=(NoticeState.SENT, NoticeState.REACHED))
    told = np.isin(data.people, list(reached.values_list("person", flat=True))) & (data.people > 0) & ~asked
    suffering: set[int] = set()
    cannot: list[str] = []
    for problem in bet.problems.select_related("workspace"):
        for found in matches(problem):
            suffering |= found.silent
            if found.cannot:
                cannot.append(f"{found.pattern.name}: {found.cannot}")
    silent = np.isin(data.people, list(suffering)) & (data.people > 0) & ~asked & ~told
    others = ~(asked | told | silent)
    masks = {"asked": asked, "mirror": mirror, "told": told, "silent": silent, "others": others}
    sets = {name: data.numbers[mask] for name, mask in masks.items() if name != "others"}
    rest = np.concatenate([data.numbers[~others], data.left_out])
    cells = {name: cell(numbers) for name, numbers in sets.items()} | {"others": cell(rest, but=True)}
    if not others.any():
        del cells["others"]
    kinds = kinds_of(bet, data, asked)
    already = [EVERYBODY, *others_shown(bet, "groups", bet.metric)]
    shown = choose(cells, already)  # by themselves first: they matter more than the kinds of those who asked
    more = {name: cell(data.numbers[mask]) for name, (_, mask) in kinds.items()}
    shown |= choose(more, [*already, *(cells[name] for name in shown)])
    cells |= more
    rows = {name: _row(data, mask, name in shown) for name, mask in masks.items() if name != "mirror"}
    if not Pattern.objects.filter(problem__in=bet.problems.all()).exists():
        rows["silent"]["why"] = "no pattern of its problems is known, so nobody can be found"
    return {
        "rows": rows,
        "kinds": {n: {"name": said} | _row(data, mask, shown=True) for n, (said, mask) in kinds.items() if n in shown},
        "kinds_kept_back": sum(bool(mask.any()) for n, (_, mask) in kinds.items() if n not in shown),
        "mirror": _means(data.weekly[mirror]) if "mirror" in shown else [],
        "cannot": cannot, "floor": FLOOR, "cells": packed(cells, shown),
    }  # fmt: skip


def kinds_of(bet: Bet, data: Panel, asked: NDArray[np.bool_]) -> dict[str, tuple[str, NDArray[np.bool_]]]:
    """Those who asked by the plan of their account, and by segment as of the release: key → its name and who.

    Only what is kept here with the verdict can later be chosen from; segments made or changed afterwards wait for the
    next measurement, so that nobody can ask again with one person more or less.
    """
    found: dict[str, tuple[str, NDArray[np.bool_]]] = {}
    plans, sizes = np.unique(data.plan[asked & (data.plan != "")], return_counts=True)
    for at in np.argsort(-sizes, kind="stable")[:MOST_KINDS]:
        found[f"plan:{plans[at]}"] = (f"plan {plans[at]}", asked & (data.plan == plans[at]))
    for segment in (
        Segment.objects.filter(workspace=bet.workspace).select_related("workspace").order_by("pk")[:MOST_KINDS]
    ):
        try:
            inside = evaluation.members(segment, bet.shipped_on)
        except (evaluation.UnknownSegment, store.StoreError):
            continue
        holds = data.numbers if inside.of == "people" else data.account
        found[f"segment:{segment.pk}"] = (segment.name, asked & np.isin(holds, inside.numbers))
    return found


def _row(data: Panel, mask: NDArray[np.bool_], shown: bool) -> dict[str, Any]:
    size = int(mask.sum())
    accounts = int(np.unique(data.account[mask & (data.account >= 0)]).size)
    if not shown:
        return {"people": size if size >= FLOOR or not size else None, "hidden": size > 0}
    t0, weekly = data.release_week, data.weekly[mask]
    first, mean = max(0, t0 - BEFORE), weekly.mean(axis=0)
    before, after = float(mean[first:t0].mean()) if t0 else 0.0, float(mean[t0 + 1 :].mean())
    return {
        "people": size, "accounts": accounts if accounts >= FLOOR else None, "hidden": False,
        "before": round(before, 3), "after": round(after, 3), "change": after / before - 1 if before else None,
        "active_before": round(float((weekly[:, first:t0] > 0).mean()), 3) if t0 else 0.0,
        "active_after": round(float((weekly[:, t0 + 1 :] > 0).mean()), 3), "series": _means(weekly),
    }  # fmt: skip


def _means(weekly: NDArray[np.int64]) -> list[float]:
    """Per week, how often one person did it on average."""
    return [round(float(x), 3) for x in weekly.mean(axis=0)]


def packed(cells: Mapping[str, Cell], shown: Collection[str]) -> list[dict[str, Any]]:
    return [{"name": n, "but": c.but, "of": sorted(c.members)} for n, c in cells.items() if n in shown]


def others_shown(bet: Bet, piece: str, metric: str | None = None) -> list[Cell]:
    """Over whom sums stand on the newest verdicts of the workspace's other bets; with `metric`, of those on it."""
    rows = Outcome.objects.filter(workspace=bet.workspace).exclude(bet=bet).order_by("measured_at", "pk")
    if metric is not None:
        rows = rows.filter(bet__metric=metric)
    newest = dict(rows.values_list("bet", f"pieces__{piece}__cells"))
    return [cell(c["of"], c["but"]) for held in newest.values() for c in held or ()]


def accounts_of(bet: Bet, numbers: Collection[int]) -> set[int]:
    people = Person.objects.filter(workspace=bet.workspace, number__in=numbers)
    return set(Relation.objects.filter(person__in=people).values_list("account", flat=True))


def money_of(bet: Bet, groups: Mapping[str, Collection[int]]) -> dict[str, Any]:
    """Monthly revenue of the accounts of groups of people (event numbers), at release and after the window, and by how much
    more the first's changed than the second's. An account with people in both counts with the first.

    It stands beside the verdict and claims nothing unless the groups were drawn by lot.
    """
    seen: set[int] = set()
    accounts: dict[str, set[int]] = {}
    for name, numbers in groups.items():
        accounts[name] = accounts_of(bet, numbers) - seen
        seen |= accounts[name]
    cells = {name: cell(found) for name, found in accounts.items()}
    shown = choose(cells, [EVERYBODY, *others_shown(bet, "money")])
    cents = {name: _cents(bet, found) for name, found in accounts.items()}
    told: dict[str, Revenue] = {name: revenue(*pair, may_show=name in shown) for name, pair in cents.items()}
    first, second = list(groups)
    more = difference(cents[first], cents[second]) if {first, second} <= shown else None
    return {
        "groups": {name: found.as_dict() for name, found in told.items()},
        "more": {"value": more.value, "low": more.low, "high": more.high} if more else None,
        "cells": packed(cells, shown),
    }  # fmt: skip


def _cents(bet: Bet, accounts: set[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    assert bet.shipped_on is not None
    after_day = bet.shipped_on + timedelta(weeks=bet.window_weeks + 1)
    order = sorted(accounts)
    before, after = (cents_by_account(bet.workspace, day, accounts) for day in (bet.shipped_on, after_day))
    return np.array([before.get(a, 0) for a in order], np.int64), np.array([after.get(a, 0) for a in order], np.int64)
