"""From a script to a World: what everybody does week by week, what they say, and what a release changes for who asked."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np

from wellheard.sample.tally.world import (
    WEEKS,
    Bet,
    Channel,
    Decision,
    Events,
    Person,
    Release,
    Topic,
    Voice,
    World,
    midnight,
)  # fmt: skip

from .script import Cast, Script, Subject, Wager

WINDOW = 5
OPENERS = (
    "", "", "", "Hello, ", "Hi team, ", "Just so you know: ", "Second time this month: ", "A small thing: ", "Honestly, ", "Sorry to bother you, ",
    "We talked about this at lunch: ",
)  # fmt: skip
CLOSERS = (
    "",
    "",
    "",
    "",
    " Thanks!",
    " Otherwise we like it.",
    " Anybody else?",
    " It costs us an hour a week.",
    " Please look into it.",
)
CHANNELS: tuple[tuple[Channel, float], ...] = (
    ("portal", 0.3), ("email", 0.16), ("support", 0.2), ("widget", 0.18), ("survey", 0.08), ("interview", 0.05), ("sales", 0.03),
)  # fmt: skip
DAYS = (0.17, 0.17, 0.17, 0.16, 0.15, 0.1, 0.08)


def tell(script: Script, seed: int = 7, until: date | None = None) -> World:
    """The sample up to and including the day `until`, the same for the same arguments; without it, up to this hour."""
    if until is None:
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        until = (end - timedelta(microseconds=1)).date()
    else:
        end = midnight(until) + timedelta(days=1)
    start = until - timedelta(days=until.weekday(), weeks=WEEKS)
    rng = np.random.default_rng([seed, *script.sample.encode()])
    cast = script.cast(rng, start, until)
    rates = _rates(rng, script, cast, start)
    counts = rng.poisson(rates)
    draw = random.Random(f"{script.sample} {seed}")
    voices = _voices(draw, rng, script, cast, rates, start, end)
    bets = tuple(_bet(w, script, start) for w in script.wagers)
    for wager, bet in zip(script.wagers, bets, strict=True):
        _ship(rng, counts, rates, script, wager, bet, voices, start)
    return World(
        seed, start, until, end, script.team, cast.accounts, cast.people, _happen(rng, script, cast, counts, start, end), voices,
        tuple(_topic(s, script, start) for s in script.subjects), bets, tuple(_decision(b, start) for b in bets), {},
        cast.earnings, script.sample, f"app.{script.sample}.example", script.zone, script.earns,
    )  # fmt: skip


def _rates(rng: np.random.Generator, script: Script, cast: Cast, start: date) -> np.ndarray:
    """Expected counts: (events, people, weeks). Nothing before joining or after leaving."""
    week = np.arange(WEEKS + 1)
    joined = np.array([(p.joined - start).days / 7 for p in cast.people])
    left = np.array([(p.left - start).days / 7 if p.left else 1e6 for p in cast.people])
    there = np.clip(week[None, :] + 1 - joined[:, None], 0, 1) * np.clip(left[:, None] - week[None, :], 0, 1)
    taste = rng.gamma(2.0, 0.5, (len(script.doings), len(cast.people)))
    weekly = np.array([d.weekly for d in script.doings])
    return weekly[:, None, None] * taste[:, :, None] * cast.pace[None, :, None] * there[None, :, :]


def _voices(
    draw: random.Random,
    rng: np.random.Generator,
    script: Script,
    cast: Cast,
    rates: np.ndarray,
    start: date,
    end: datetime,
) -> tuple[Voice, ...]:
    said: list[tuple[datetime, int, Subject]] = []
    events = [d.event for d in script.doings]
    buyers = np.array(["buys" in p.roles for p in cast.people])
    for subject in script.subjects:
        weight = rates[events.index(subject.feature)].sum(axis=1) + 0.05
        weight = weight * np.where(buyers, subject.buyers, 1.0)
        for who in rng.choice(len(cast.people), subject.voices, p=weight / weight.sum()):
            person = cast.people[int(who)]
            first = max(midnight(start), midnight(person.joined) + timedelta(days=3))
            last = min(end, midnight(person.left)) if person.left else end
            if first < last - timedelta(days=1):
                at = first + (last - first) * draw.random()
                said.append((at.replace(hour=draw.randrange(7, 20), microsecond=0), int(who), subject))
    voices: list[Voice] = []
    for at, who, subject in sorted(said, key=lambda s: (s[0], s[1], s[2].key)):
        if at < end:
            voices.append(_voice(draw, script, cast, len(voices) + 1, at, who, subject))
    return tuple(voices)


def _voice(
    draw: random.Random, script: Script, cast: Cast, number: int, at: datetime, who: int, subject: Subject
) -> Voice:
    person: Person = cast.people[who]
    held = cast.accounts[person.account] if person.account >= 0 else None
    channel = draw.choices([c for c, _ in CHANNELS], [w for _, w in CHANNELS])[0]
    parts = [draw.choice(subject.pains)]
    if draw.random() < 0.55:
        parts.append(draw.choice(subject.wishes))
    if script.asides and draw.random() < 0.2:
        parts.append(draw.choice(script.asides))
    opener = draw.choice(OPENERS)
    text = " ".join(parts)
    text = (
        opener + (text[:1].lower() + text[1:] if opener and not text.startswith("I ") else text) + draw.choice(CLOSERS)
    )
    by = next((c.name for c in script.team if c.function in ("sales", "success")), None) if channel == "sales" else None
    return Voice(
        f"v-{number:05d}", text, subject.key, who, person.account, held.state_on(at.date()) if held else "", channel, subject.kind,
        "en", at, by, None,
    )  # fmt: skip


def _topic(subject: Subject, script: Script, start: date) -> Topic:
    owner = script.team[0].name
    shipped = next((w.subject for w in script.wagers if w.subject == subject.key and w.weeks_ago), None)
    day = start + timedelta(weeks=6)
    return Topic(
        subject.key,
        subject.name,
        subject.summary,
        day if subject.confirmed else None,
        owner if subject.confirmed else None,
        shipped,
    )


def _bet(wager: Wager, script: Script, start: date) -> Bet:
    owner = script.team[0].name
    release = None
    created = start + timedelta(weeks=WEEKS - 3)
    if wager.weeks_ago is not None:
        week = WEEKS - wager.weeks_ago
        day = start + timedelta(weeks=week, days=1)
        release = Release(week, midnight(day) + timedelta(hours=8), wager.title, wager.body)
        created = day - timedelta(weeks=6)
    return Bet(
        wager.subject, wager.name, wager.hypothesis, (wager.subject,), wager.metric, "up", 0.25, 0.15, WINDOW,
        "If it falls by 15 % or more among those who asked, we take it back.", "shipped" if release else "now", created,
        created + timedelta(days=7), owner, release,
    )  # fmt: skip


def _decision(bet: Bet, start: date) -> Decision:
    return Decision(
        "bet",
        bet.key,
        "yes",
        bet.created + timedelta(days=3),
        bet.owner,
        "Enough people asked, and it fits what we are for.",
        (),
    )


def _ship(
    rng: np.random.Generator, counts: np.ndarray, rates: np.ndarray, script: Script, wager: Wager, bet: Bet,
    voices: tuple[Voice, ...], start: date,
) -> None:  # fmt: skip
    """Changes `counts` in place, for those who had asked before the release's week."""
    if bet.release is None or wager.effect == 0:
        return
    week = bet.release.week
    askers = sorted(
        {v.author for v in voices if v.topic == wager.subject and (v.said_at.date() - start).days // 7 < week}
    )
    at = [d.event for d in script.doings].index(wager.metric)
    if wager.effect > 0:
        counts[at, askers, week:] += rng.poisson(rates[at, askers, week:] * wager.effect)
    else:
        counts[at, askers, week:] = rng.binomial(counts[at, askers, week:], 1 + wager.effect)


def _happen(
    rng: np.random.Generator, script: Script, cast: Cast, counts: np.ndarray, start: date, end: datetime
) -> Events:
    """Each event at a moment of its week, in visits of one person on one day."""
    kind, person, week = (np.repeat(a, counts.ravel()) for a in (i.ravel() for i in np.indices(counts.shape)))
    size = len(kind)
    slot = person.astype(np.int64) * (WEEKS + 1) * 3 + week * 3 + rng.integers(0, 3, size)  # about three visits a week
    visits, inverse = np.unique(slot, return_inverse=True)
    day = rng.choice(7, len(visits), p=DAYS)
    hour = np.clip(rng.normal(13, 3.2, len(visits)), 6, 22)
    base = int(midnight(start).timestamp() * 1000)
    began = base + ((visits // 3) % (WEEKS + 1) * 7 + day) * 86_400_000 + (hour * 3_600_000).astype(np.int64)
    when = began[inverse] + rng.integers(0, 20 * 60_000, size)
    joined = np.array([int(midnight(p.joined).timestamp() * 1000) for p in cast.people], np.int64)
    keep = (when < int(end.timestamp() * 1000)) & (when >= joined[person])
    order = np.argsort(when[keep], kind="stable")
    kind, person, when, inverse = (a[keep][order] for a in (kind, person, when, inverse))
    pages = tuple(dict.fromkeys(d.page for d in script.doings))
    at_page = np.array([pages.index(d.page) for d in script.doings], np.int8)
    names = tuple(d.event for d in script.doings)
    seconds = None
    if cast.minutes:
        read = rng.lognormal(np.log(cast.minutes * 60), 0.8, len(kind))
        seconds = np.where(kind == names.index("Page Viewed"), np.minimum(read, 1500), 0).astype(np.float32)
    return Events(
        person.astype(np.int32), when.astype("datetime64[ms]"), kind.astype(np.int8), at_page[kind], np.zeros(len(kind), np.int16),
        inverse.astype(np.int32), names, pages, seconds,
    )  # fmt: skip
