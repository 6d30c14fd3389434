"""Looking at measured bets again, raising an alarm where an effect is gone, and dismissing one."""

from __future__ import annotations

import dataclasses
import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.queries.money import today
from wellheard.understand.models import Problem

from ..ledger import panel
from ..models import Fading, Outcome, Relook
from ..outcome import Estimate, Verdict, judge
from ..selfcheck.placebos import without_likely
from ..selfcheck.services import likely_off, why_off
from ..weeks import monday
from .rule import gone, windows

if TYPE_CHECKING:
    from wellheard.store import Store

log = logging.getLogger(__name__)
LATE = timedelta(weeks=1)  # events come late
MOST = 60  # looks in one turn of the clock
LONGEST = 2000


def looks_due(bet: Bet, on: date) -> list[tuple[int, int]]:
    """Later weeks that are over on this day, whether looked at or not."""
    if bet.shipped_on is None:
        return []
    start = monday(bet.shipped_on)
    return [(a, b) for a, b in windows(bet.window_weeks) if start + timedelta(weeks=b + 1) + LATE <= on]


def first_verdict(bet: Bet) -> Outcome | None:
    """The verdict later weeks are held against; None where they cannot say more: it is by lot, or rests on too few people,
    who do not become more."""
    found = Outcome.objects.filter(bet=bet).order_by("-measured_at", "-pk").first()
    return found if found and found.level in (1, 2) and "staged" not in found.pieces else None


def look_again(bet: Bet, store: Store, most: int = MOST) -> int:
    """Look at the later weeks of a measured bet that are over and were not looked at; how many."""
    verdict = first_verdict(bet)
    if verdict is None:
        return 0
    done = set(Relook.objects.filter(bet=bet).values_list("first", flat=True))
    due = [w for w in looks_due(bet, today(bet.workspace)) if w[0] not in done][:most]
    for window in due:
        relook = _look(bet, store, window)
        if relook is not None:
            _raise_if_gone(bet, verdict, relook)
    return len(due)


def look_at_all(store: Store) -> int:
    done = 0
    for bet in Bet.objects.filter(state=Bet.State.SHIPPED).select_related("workspace").order_by("pk"):
        if done >= MOST:
            break
        try:
            done += look_again(bet, store, MOST - done)
        except Exception:  # one bet that cannot be judged must not keep the others from their looks
            log.exception("bet %s cannot be looked at again", bet.pk)
    return done


def _look(bet: Bet, store: Store, window: tuple[int, int]) -> Relook | None:
    data = panel(bet, store, window[1])
    verdict = judge(
        data.weekly, data.release_week, window, data.account, data.plan, data.tenure, data.asked_week, data.asked_elsewhere_week,
        wanted="down" if bet.direction == Bet.Direction.DOWN else "up",
    )  # fmt: skip
    if (off := likely_off(bet.workspace)) is not None:
        verdict = without_likely(verdict, why_off(off))
    with journal.record(journal.system(bet.workspace_id), "bet.measured_later") as entry:
        made, new = Relook.objects.get_or_create(
            bet=bet, first=window[0],
            defaults={
                "workspace": bet.workspace, "last": window[1], "word": str(verdict.word), "level": verdict.level,
                "estimate": verdict.estimate, "low": verdict.low, "high": verdict.high, "asked": verdict.counts.askers,
                "compared": verdict.counts.mirror, "pieces": _pieces(verdict),
            },
        )  # fmt: skip
        entry.about(bet, word=made.word, first=made.first, last=made.last, relook=made.pk)
        if not new:  # another process was quicker
            entry.nothing_changed()
    return made if new else None


def _pieces(verdict: Verdict) -> dict[str, Any]:
    def told(found: Estimate | None) -> dict[str, float] | None:
        return {k: float(v) for k, v in dataclasses.asdict(found).items()} if found else None

    return {
        "a": told(verdict.a), "b": told(verdict.b), "moved": told(verdict.moved), "reasons": list(verdict.reasons)
    }  # fmt: skip


def why(verdict: Outcome, relook: Relook) -> str:
    return (
        f"Weeks 1 to {relook.bet.window_weeks} after the release said “{verdict.word}”; in weeks {relook.first} to {relook.last} "
        "the effect is gone, by more than chance explains."
    )


def _raise_if_gone(bet: Bet, verdict: Outcome, relook: Relook) -> None:
    """The alarm, and the bet's problems open again, together or not at all. Once a bet."""
    wanted = "down" if bet.direction == Bet.Direction.DOWN else "up"
    if not gone(verdict.pieces, verdict.word, relook.pieces, wanted) or Fading.objects.filter(bet=bet).exists():
        return
    actor, said = journal.system(bet.workspace_id), why(verdict, relook)
    with transaction.atomic():
        with journal.record(actor, "bet.faded", said) as entry:
            Fading.objects.create(workspace=bet.workspace, bet=bet, outcome=verdict, relook=relook)
            entry.about(
                bet, first=relook.first, last=relook.last, problems=list(bet.problems.values_list("pk", flat=True))
            )
        for problem in bet.problems.filter(merged_into=None):
            with journal.record(actor, "problem.reopened", f"{bet}: {said}") as entry:
                Problem.objects.filter(pk=problem.pk).update(closed_at=None)
                entry.about(problem, bet=bet.pk)


def dismiss(access: Access, fading: Fading, reason: str) -> None:
    """An owner says why the alarm needs nothing more. Raises ValueError without a reason, and when it was dismissed."""
    access.need(Role.OWNER)
    text = clean.text(reason, LONGEST, "the reason")
    if not text:
        raise ValueError("Say why the alarm needs nothing more: others will ask.")
    with journal.record(access.actor, "bet.fading_dismissed", text) as entry:
        changed = Fading.objects.filter(pk=fading.pk, dismissed_at=None).update(
            dismissed_at=timezone.now(), dismissed_by=access.actor.name[:120], reason=text
        )
        if not changed:
            raise ValueError("It was dismissed already.")
        entry.about(fading.bet)
    fading.refresh_from_db()
