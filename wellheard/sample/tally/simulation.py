"""One World from one seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np

from .asking import Asking, askings
from .behaviour import COLUMNS, FEATURES, Rates, happen, rates_of
from .bets import SHIPPED, bets_of, decisions_of, released_weeks, topics_of
from .population import accounts_of, people_of
from .speech import Speaker, one_off_count
from .team import COLLEAGUES
from .truth import truth_of
from .world import WEEKS, Account, Bet, Person, Voice, World, midnight

# The release week is shipped on a Tuesday morning: most of it already has the change.
RELEASE_WEEK_SHARE = 0.8
VOICE_HOURS = ((7, 9), (9, 12), (12, 15), (15, 19), (19, 21))


def simulate(seed: int = 7, until: date | None = None) -> World:
    """Tally up to and including the day `until`, the same for the same arguments.

    Without `until` it ends with the last full hour (UTC), so that nothing lies in the future; with a date, at the
    end of that day.
    """
    if until is None:
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        until = (end - timedelta(microseconds=1)).date()
    else:
        end = midnight(until) + timedelta(days=1)
    start = until - timedelta(days=until.weekday(), weeks=WEEKS)
    monday = start + timedelta(weeks=WEEKS)
    accounts = accounts_of(seed, start, monday)
    people = people_of(seed, accounts, start, monday)
    rng = np.random.default_rng([seed, 2])
    rates = rates_of(rng, accounts, people, start)
    bets = bets_of(start)
    counts = rng.poisson(rates.expected)
    said = askings(rng, rates, counts, accounts, people, released_weeks(), one_off_count())
    voices = _voices(seed, said, bets, accounts, people, start, end)
    for bet in bets:
        _ship(rng, counts, rates, bet, voices, start)
    events = happen(rng, counts, accounts, people, start, end)
    return World(
        seed=seed,
        start=start,
        until=until,
        end=end,
        colleagues=COLLEAGUES,
        accounts=accounts,
        people=people,
        events=events,
        voices=voices,
        topics=topics_of(start),
        bets=bets,
        decisions=decisions_of(start),
        truth=truth_of(rates.expected, events, voices, start, bets),
    )


def _ship(
    rng: np.random.Generator,
    counts: np.ndarray,
    rates: Rates,
    bet: Bet,
    voices: tuple[Voice, ...],
    start: date,
) -> None:
    """A release changes the metric of those who asked before its week, by the same proportion for each.

    Changes `counts` in place: so many more events, or so many of them not happening.
    """
    if bet.release is None:
        return
    week, effect = bet.release.week, SHIPPED[bet.key][1]
    askers = sorted(
        {v.author for v in voices if v.topic in bet.problems and (v.said_at.date() - start).days // 7 < week}
    )
    share = np.full(COLUMNS - week, effect)
    share[0] *= RELEASE_WEEK_SHARE
    at = list(FEATURES).index(bet.metric_event)
    if effect > 0:
        counts[at, askers, week:] += rng.poisson(rates.expected[at, askers, week:] * share)
    else:
        counts[at, askers, week:] = rng.binomial(counts[at, askers, week:], 1 + share)


def _voices(
    seed: int,
    said: list[Asking],
    bets: tuple[Bet, ...],
    accounts: tuple[Account, ...],
    people: tuple[Person, ...],
    start: date,
    end: datetime,
) -> tuple[Voice, ...]:
    draw = random.Random(f"times {seed}")
    moments = [_when(draw, asking, people[asking.person], start, end) for asking in said]
    timed = sorted((at, number) for number, at in enumerate(moments) if at < end)
    speaker = Speaker(seed, {bet.key: bet.release.at.date() for bet in bets if bet.release})
    topics = {topic.key for topic in topics_of(start)}
    voices: list[Voice] = []
    for at, number in timed:
        asking = said[number]
        person = people[asking.person]
        account = accounts[person.account]
        state = account.state_on(at.date())
        words = speaker.say(asking.topic, person, account, state, at.date())
        voices.append(
            Voice(
                id=f"v-{len(voices) + 1:05d}",
                text=words.text,
                topic=asking.topic if asking.topic in topics else None,
                author=asking.person,
                account=person.account,
                account_state=state,
                channel=words.channel,
                kind=words.kind,
                language=words.language,
                said_at=at,
                relayed_by=words.relayed_by,
                deal_cents=words.deal_cents,
            )
        )
    return tuple(voices)


def _when(draw: random.Random, asking: Asking, person: Person, start: date, end: datetime) -> datetime:
    """A moment in the asking's week, by day rather than by night and after joining; perhaps still to come.

    Draws the same numbers whatever `end` is, so that the past looks the same from every day of the week.
    """
    day = draw.choices(range(7), (20, 18, 17, 17, 15, 8, 5))[0]
    first, last = draw.choice(VOICE_HOURS)
    part = draw.random()
    if asking.lately:
        return (end - timedelta(hours=1) - part * timedelta(days=6)).replace(microsecond=0)
    monday = midnight(start + timedelta(weeks=asking.week))
    at = monday + timedelta(days=day, hours=first, seconds=int(part * (last - first) * 3600))
    floor = max(monday, midnight(person.joined) + timedelta(hours=9))
    return at if at >= floor else floor + timedelta(minutes=int(part * 600))
