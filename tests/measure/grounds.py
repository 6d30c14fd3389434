"""Made-up workspaces in which nothing ever ships, for the self-check."""

from __future__ import annotations

import numpy as np

from wellheard.measure.selfcheck.placebos import Ground

TOPICS = 10


def ground(
    seed: int = 0, *, people: int = 3000, weeks: int = 60, season: float = 0.0, asks_a_week: int = 60, metrics: int = 2
) -> Ground:
    """People ask in a dip. With `season`, half of the people have good and bad months when the others do not, and they ask
    for problems of their own: what no comparison can tell from a real effect, so each "likely" it brings is false."""
    draw = np.random.default_rng(seed)
    account = np.repeat(np.arange(people), draw.geometric(1 / 3, people))[:people]
    rates = draw.normal(0.9, 0.8, people)[:, None] + np.zeros((people, weeks))
    rates += draw.normal(0, 0.4, people)[account][:, None]
    wander = draw.normal(0, 0.45, (people, weeks))
    for week in range(1, weeks):
        wander[:, week] = 0.8 * wander[:, week - 1] + 0.6 * wander[:, week]
    rates += wander
    other = draw.random(people) < 0.5
    rates[other] += season * np.sin(2 * np.pi * np.arange(weeks) / 16)
    who, topic, when = [], [], []
    for week in range(8, weeks):
        score = -2.0 * wander[:, week] + draw.gumbel(size=people)
        asking = np.argsort(-score)[:asks_a_week]
        about = draw.integers(0, TOPICS, asks_a_week)
        if season:
            about = about // 2 * 2 + other[asking]  # of each two problems one is theirs
        who.append(asking)
        topic.append(about)
        when.append(np.full(asks_a_week, week))
    counts = {f"Did {m}": draw.poisson(np.exp(rates)) for m in range(metrics)}
    return Ground(
        counts,
        account,
        np.where(account % 3 == 0, "team", "free"),
        np.full(people, weeks),
        np.concatenate(who),
        np.concatenate(topic),
        np.concatenate(when),
    )
