"""Judging bets and writing the verdicts into the ledger."""

from __future__ import annotations

import dataclasses
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from wellheard.core import journal
from wellheard.decide.models import Bet
from wellheard.understand.models import Evidence

from .described import groups_of, money_of
from .errors import NotYet
from .floors import FLOOR
from .ledger import Panel, due_on, is_due, panel
from .models import Outcome
from .outcome import Estimate, Verdict, judge
from .selfcheck.placebos import without_likely
from .selfcheck.services import changed_at, likely_off, why_off
from .staged.measuring import measure_staged, staging_of

if TYPE_CHECKING:
    from wellheard.store import Store

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(days=7)
AGAIN_FOR = timedelta(weeks=8)


def measure_bet(bet: Bet, store: Store, by: journal.Actor | None = None) -> Outcome:
    """Judge a shipped bet by what people did, and add the verdict to the ledger. Raises NotYet."""
    if (staging := staging_of(bet)) is not None:
        return measure_staged(staging, store, by)
    due = due_on(bet)
    if due is None or bet.shipped_on is None:
        raise NotYet("The bet has not shipped, so there is nothing to measure yet.")
    if not is_due(bet):
        raise NotYet(f"The weeks after the release are not over: the verdict is due on {due:%-d %B %Y}.")
    data = panel(bet, store)
    verdict = judge(
        data.weekly,
        data.release_week,
        bet.window_weeks,
        data.account,
        data.plan,
        data.tenure,
        data.asked_week,
        data.asked_elsewhere_week,
        wanted="down" if bet.direction == Bet.Direction.DOWN else "up",
    )
    if (off := likely_off(bet.workspace)) is not None:
        verdict = without_likely(verdict, why_off(off))
    few = verdict.counts.askers < FLOOR
    with journal.record(by or journal.system(bet.workspace_id), "bet.measured") as entry:
        made = Outcome.objects.create(
            workspace=bet.workspace,
            bet=bet,
            word=str(verdict.word),
            level=verdict.level,
            estimate=None if few else verdict.estimate,
            low=None if few else verdict.low,
            high=None if few else verdict.high,
            asked=verdict.counts.askers,
            compared=verdict.counts.mirror,
            pieces=_pieces(bet, data, verdict),
            release_week=data.first_monday + timedelta(weeks=data.release_week),
            measured_to=due - timedelta(days=1),
        )
        entry.about(bet, word=made.word, level=made.level, outcome=made.pk)
    return made


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    values = {k: float(v) for k, v in dataclasses.asdict(found).items()}
    return {**values, "change": found.change, "change_low": found.change_low, "change_high": found.change_high}


def _pieces(bet: Bet, data: Panel, verdict: Verdict) -> dict[str, Any]:
    groups, described = verdict.groups, groups_of(bet, data, verdict.groups)
    numbers = {name: data.numbers[rows].tolist() for name, rows in (
        ("askers", groups.askers), ("asked_inactive", groups.asked_inactive), ("mirror", groups.mirror),
    )}  # fmt: skip
    told: dict[str, Any] = {k: _estimate(getattr(verdict, k)) for k in ("moved", "a", "b", "placebo", "early", "late")}
    if verdict.placebo is not None:
        told["placebo"]["passed"] = verdict.placebo.passed
    if verdict.counts.askers < FLOOR:
        told = dict.fromkeys(told)
    return {
        **told,
        "counts": dataclasses.asdict(verdict.counts),
        "reasons": list(verdict.reasons),
        "people": numbers,
        "series": {"asked": described["rows"]["asked"].get("series", []), "mirror": described["mirror"]},
        "first_monday": data.first_monday.isoformat(),
        "release_week": data.release_week,
        "money": money_of(bet, {"askers": numbers["askers"], "mirror": numbers["mirror"]}),
        "groups": described,
        "metric": bet.metric,
        "asked_by_name": (named := _asked_by_name(bet)),
        "ids_may_differ": named > 2 * verdict.counts.asked,
        "version": bet.version,
    }


def _asked_by_name(bet: Bet) -> int:
    """How many named people's voices are evidence for the bet, whether or not any event of theirs is known."""
    said = Evidence.objects.filter(problem__in=bet.problems.all(), voice__author__isnull=False)
    return said.values("voice__author").distinct().count()


def measure_due(store: Store) -> int:
    """Judge every shipped bet whose window is over: at once, and weekly for eight weeks, for events come late."""
    done = 0
    switched: dict[int, datetime | None] = {}
    for bet in Bet.objects.filter(state=Bet.State.SHIPPED).select_related("workspace"):
        due = due_on(bet)
        if due is None or not is_due(bet):
            continue
        newest = bet.outcomes.order_by("-measured_at").first()  # type: ignore[attr-defined]
        if newest is not None:
            age = timezone.now() - newest.measured_at
            if bet.workspace_id not in switched:
                switched[bet.workspace_id] = changed_at(bet.workspace)
            said_before = (
                (at := switched[bet.workspace_id]) is not None and newest.measured_at <= at and newest.level < 3
            )
            if not said_before and (age < AGAIN_AFTER or newest.measured_at.date() > due + AGAIN_FOR):
                continue
        try:
            measure_bet(bet, store)
            done += 1
        except NotYet:
            continue
        except Exception:  # one bet that cannot be judged must not keep the others from their verdicts
            log.exception("bet %s cannot be measured", bet.pk)
    return done
