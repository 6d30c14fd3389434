"""What really happened among those who asked, and the tables a judge of outcomes needs. See TRUTH.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .behaviour import COLUMNS, FEATURES, Floats
from .bets import SHIPPED
from .world import WEEKS, Bet, BetTruth, Events, Voice, World

WEEK_MS = 7 * 86_400_000
LOOK_BACK = 12  # weeks before a release in which something else of theirs must not have shipped
ACTIVE_WEEKS = 4
BEFORE_WEEKS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Per person, columns of `weekly`: last week before the release of asking for this, and for anything else.

    kept: nothing else of theirs shipped between twelve weeks before the release and the end of the window.
    """

    this: NDArray[np.int64]
    elsewhere: NDArray[np.int64]
    kept: NDArray[np.bool_]


def weekly_counts(events: Events, start: date, people: int, event: str) -> NDArray[np.int32]:
    """(people × weeks) counts of one event; the last column is the current, partial week."""
    wanted = events.name == events.names.index(event)
    week = (events.time[wanted] - np.datetime64(start, "ms")).astype(np.int64) // WEEK_MS
    cell = events.person[wanted].astype(np.int64) * COLUMNS + week
    return np.bincount(cell, minlength=people * COLUMNS).reshape(people, COLUMNS).astype(np.int32)


def asked(voices: Iterable[Voice], start: date, people: int, bet: Bet, bets: tuple[Bet, ...]) -> Asked:
    """Who asked for what, as known at the bet's release. Praise asks for nothing."""
    if bet.release is None:
        raise ValueError(f"{bet.key} has not shipped.")
    release = bet.release.week
    shipped = {topic: other.release.week for other in bets if other.release for topic in other.problems}
    this = np.full(people, -1, dtype=np.int64)
    elsewhere = np.full(people, -1, dtype=np.int64)
    kept = np.ones(people, dtype=bool)
    for voice in voices:
        week = (voice.said_at.date() - start).days // 7
        if voice.kind == "praise" or week >= release:
            continue
        if voice.topic in bet.problems:
            this[voice.author] = max(this[voice.author], week)
            continue
        elsewhere[voice.author] = max(elsewhere[voice.author], week)
        when = shipped.get(voice.topic or "")
        if when is not None and release - LOOK_BACK <= when <= release + bet.window_weeks:
            kept[voice.author] = False
    return Asked(this, elsewhere, kept)


def judge_arguments(world: World, bet_key: str) -> dict[str, Any]:
    """Everything `wellheard.measure.outcome.judge` asks for, from the world itself and without a database."""
    bet = world.bet(bet_key)
    if bet.release is None:
        raise ValueError(f"{bet_key} has not shipped.")
    found = asked(world.voices, world.start, len(world.people), bet, world.bets)
    release = world.monday(bet.release.week)
    kept = np.flatnonzero(found.kept)
    return {
        "weekly": weekly_counts(world.events, world.start, len(world.people), bet.metric_event)[kept],
        "release_week": bet.release.week,
        "outcome_weeks": bet.window_weeks,
        "account": np.array([person.account for person in world.people])[kept],
        "plan": np.array([world.accounts[person.account].plan for person in world.people])[kept],
        "tenure": np.array([max(0.0, (release - who.joined).days / 7) for who in world.people])[kept],
        "asked_week": found.this[kept],
        "asked_elsewhere_week": found.elsewhere[kept],
    }


def truth_of(
    expected: Floats,
    events: Events,
    voices: tuple[Voice, ...],
    start: date,
    bets: tuple[Bet, ...],
) -> dict[str, BetTruth]:
    """The truth by bet. `expected` is (feature, person, week): the mean counts had nothing shipped."""
    found = {}
    people = expected.shape[1]
    for bet in bets:
        if bet.release is None:
            continue
        release, effect = bet.release.week, SHIPPED[bet.key][1]
        counts = weekly_counts(events, start, people, bet.metric_event)
        who = asked(voices, start, people, bet, bets)
        active = counts[:, release - ACTIVE_WEEKS : release].any(axis=1)
        eligible = (who.this >= 0) & who.kept & active
        last = release + bet.window_weeks
        theta = naive = None
        if last < WEEKS and eligible.any():
            weight = 1 / (1 + 0.5 * counts[eligible, :release].mean(axis=1))
            after = counts[eligible, release + 1 : last + 1].sum(axis=1)
            at = list(FEATURES).index(bet.metric_event)
            untouched = expected[at, eligible, release + 1 : last + 1].sum(axis=1)
            theta = float(np.log((weight @ after) / (weight @ untouched)))
            before = counts[eligible, release - BEFORE_WEEKS : release].sum()
            naive = float(np.log(after.sum() / bet.window_weeks / (before / BEFORE_WEEKS)))
        found[bet.key] = BetTruth(
            effect=effect,
            asked_week=who.this.astype(np.int16),
            eligible=eligible,
            theta=theta,
            theta_expected=float(np.log1p(effect)),
            naive=naive,
        )
    return found
