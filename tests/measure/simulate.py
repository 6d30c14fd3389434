"""A made-up product whose true effect is known, for tests and benches of the outcome method.

People have very different weekly rates, belong to accounts that have good and bad weeks together, are on
plans, have been there for different times, pass through dips of a few weeks, and ask, mostly when use dips.
Of those who ask, some ask for *this*, the others for something else that does not ship. `Scenario` switches
one difficulty at a time; in each of `SCENARIOS` a naive comparison has a reason to be wrong.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

ASKING_WEEKS = 10


@dataclass(frozen=True)
class Scenario:
    """What goes on besides the effect. Sizes are on the log scale of the weekly rate unless said otherwise.

    asking: who asks when: "any", "dip" (latent rate is down), "worst_week" (their lowest count),
    "worst_count" (the count is low, by chance or not), "rising" (use is rising). plan_trend: yearly-planner
    growth on one plan, a week, whose people also ask for this more often. season: amplitude of a wave all
    share. account_dips: depth of month-long dips of whole accounts. account_shocks: sd of an account's
    lasting jump at the release. account_growth: sd of accounts' weekly growth, and growing accounts ask more.
    novelty: what everybody gets for two weeks after the release. leaving: weekly hazard, double for who
    asked. heavy: extra spread of rates and counts. topic_dip: a passing dip (negative) or surge (positive)
    around asking for this only. level_pull: heavier users ask for this rather than something else.
    topic_growth: people of accounts about to grow ask for this rather than something else: no comparison can
    see that. zero: share of people hardly ever active.
    """

    asking: str = "dip"
    plan_trend: float = 0.0
    season: float = 0.0
    account_dips: float = 0.0
    account_shocks: float = 0.0
    account_growth: float = 0.0
    novelty: float = 0.0
    leaving: float = 0.0
    heavy: float = 0.0
    topic_dip: float = 0.0
    level_pull: float = 0.0
    topic_growth: float = 0.0
    zero: float = 0.0


SCENARIOS: dict[str, Scenario] = {
    "anyone asks": Scenario(asking="any"),
    "ask in a dip": Scenario(),
    "ask in their worst week": Scenario(asking="worst_week"),
    "ask on a low count": Scenario(asking="worst_count"),
    "ask when use rises": Scenario(asking="rising"),
    "plan trend": Scenario(plan_trend=0.02),
    "season": Scenario(season=0.3),
    "account dips": Scenario(account_dips=0.8),
    "account shocks": Scenario(account_shocks=0.3),
    "account growth": Scenario(account_growth=0.03),
    "novelty for all": Scenario(novelty=0.3),
    "leaving": Scenario(leaving=0.01),
    "heavy tails": Scenario(heavy=1.0),
    "dip for this only": Scenario(asking="any", topic_dip=-0.7),
    "surge for this only": Scenario(asking="any", topic_dip=0.5),
    "heavier users ask for this": Scenario(level_pull=0.7),
    "many hardly active": Scenario(zero=0.5),
    "mixed": Scenario(
        plan_trend=0.01, season=0.2, account_dips=0.5, account_shocks=0.15, account_growth=0.015,
        novelty=0.2, leaving=0.005, heavy=0.5, level_pull=0.4,
    ),
}  # fmt: skip


# Nothing in the data tells these from a real effect; the verdict's footnote has to.
BEYOND: dict[str, Scenario] = {
    "growing accounts ask for this": Scenario(account_growth=0.03, topic_growth=1.0),
}


@dataclass(frozen=True, eq=False)
class Product:
    """What `judge` takes, and the truth it does not get.

    theta: log(Σ wY(1) / Σ wY(0)) of the expected outcomes over active askers, the estimand; 0 when nothing
    helps.
    """

    weekly: NDArray[np.int64]
    release_week: int
    outcome_weeks: int
    account: NDArray[np.int64]
    plan: NDArray[np.str_]
    tenure: NDArray[np.int64]
    asked_week: NDArray[np.int64]
    asked_elsewhere_week: NDArray[np.int64]
    theta: float = field(default=0.0)

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """Keyword arguments for `judge`, some replaced."""
        named = {name: value for name, value in vars(self).items() if name != "theta"}
        return named | changes

    def take(self, rows: NDArray[np.int64]) -> "Product":
        """The same product with these people in this order."""
        per_person = ("weekly", "account", "plan", "tenure", "asked_week", "asked_elsewhere_week")
        return replace(self, **{name: getattr(self, name)[rows] for name in per_person})


def simulate(
    scenario: Scenario | str = "ask in a dip",
    *,
    effect: float = 0.0,
    fading: bool = False,
    people: int = 5000,
    askers: int = 200,
    mirror: int = 400,
    history: int = 24,
    after: int = 5,
    people_an_account: float = 5.0,
    seed: int = 0,
) -> Product:
    """One product.

    effect: askers' proportional extra change after the release; fading: in the first two weeks only.
    """
    how = (SCENARIOS | BEYOND)[scenario] if isinstance(scenario, str) else scenario
    rng = np.random.default_rng(seed)
    weeks = history + 1 + after
    t0 = history
    time = np.arange(weeks)

    sizes = rng.geometric(1 / people_an_account, people)
    account = np.repeat(np.arange(people), sizes)[:people]
    accounts = int(account.max()) + 1
    account_level = rng.normal(0, 0.4, accounts)
    plan = np.array(["free", "team", "business"])[rng.choice(3, accounts, p=[0.5, 0.35, 0.15])][account]
    tenure = rng.geometric(1 / 60, people) + weeks

    log_rate = rng.normal(0.9, 0.9 + 0.4 * how.heavy, people) + account_level[account]
    log_rate = log_rate + 0.3 * (plan == "team") + 0.5 * (plan == "business")
    log_rate[rng.random(people) < how.zero] -= 3.0
    rates = np.repeat(log_rate[:, None], weeks, axis=1)
    rates += _wandering(rng, people, weeks, sd=0.45, kept=0.8)
    rates += _wandering(rng, accounts, weeks, sd=0.2, kept=0.8)[account]
    rates += _dips(rng, people, weeks, chance=0.03, length=3, depth=1.0)
    rates += how.season * np.sin(2 * np.pi * time / 26)
    rates += how.plan_trend * (plan == "business")[:, None] * (time - t0)
    if how.account_dips:
        rates += _dips(rng, accounts, weeks, chance=0.03, length=4, depth=how.account_dips)[account]
    growth = rng.normal(0, 1, accounts)
    rates += how.account_growth * growth[account, None] * (time - t0)
    rates += how.account_shocks * rng.normal(0, 1, accounts)[account, None] * (time >= t0)
    rates[:, t0 : t0 + 3] += how.novelty

    spread = 1 + how.heavy
    luck = rng.gamma(4 / spread**2, spread**2 / 4, (people, weeks))
    early = rng.poisson(np.exp(rates) * luck)

    who, week = _asking(rng, how, rates, early, growth[account], t0, askers + mirror)
    known = np.log1p(early[who, : t0 - ASKING_WEEKS].mean(axis=1))
    pull = how.level_pull * (known - known.mean()) / known.std() + how.topic_growth * growth[account[who]]
    if how.plan_trend:
        pull = pull + 0.7 * (plan[who] == "business")
    this = np.argsort(-(pull + rng.gumbel(size=len(who))))[:askers]
    is_this = np.zeros(len(who), dtype=bool)
    is_this[this] = True
    asked_week = np.full(people, -1)
    asked_elsewhere_week = np.full(people, -1)
    asked_week[who[is_this]] = week[is_this]
    asked_elsewhere_week[who[~is_this]] = week[~is_this]
    both = rng.choice(who[is_this], askers // 20, replace=False)
    asked_elsewhere_week[both] = rng.integers(t0 - ASKING_WEEKS, t0, len(both))

    is_asker = asked_week >= 0
    if how.topic_dip:
        near = is_asker[:, None] & (np.abs(time - asked_week[:, None] + 0.5) < 2)  # two weeks before to one after
        rates = rates + how.topic_dip * near
    counts = rng.poisson(np.exp(rates) * luck) if how.topic_dip else early
    untouched = np.exp(rates)
    lift = np.where(is_asker[:, None] & (time > t0), 1 + effect, 1.0)
    if fading:
        lift[:, t0 + 3 :] = 1.0
    if effect:
        counts = np.where(lift != 1, rng.poisson(untouched * lift * luck), counts)
    if how.leaving:
        hazard = how.leaving * (1 + (is_asker | (asked_elsewhere_week >= 0)))
        gone = rng.geometric(np.maximum(hazard, 1e-9)) + t0 - 8
        stays = time[None, :] < np.maximum(gone, np.maximum(asked_week, asked_elsewhere_week) + 1)[:, None]
        counts = counts * stays
        untouched = untouched * stays
    window = slice(t0 + 1, t0 + 1 + after)
    active = is_asker & (counts[:, t0 - 4 : t0] > 0).any(axis=1)
    weight = 1 / (1 + 0.5 * counts[:, :t0].mean(axis=1))
    without = float((weight[:, None] * untouched)[active, window].sum())
    with_it = float((weight[:, None] * untouched * lift)[active, window].sum())
    return Product(
        weekly=counts,
        release_week=t0,
        outcome_weeks=after,
        account=account,
        plan=plan,
        tenure=tenure,
        asked_week=asked_week,
        asked_elsewhere_week=asked_elsewhere_week,
        theta=float(np.log(with_it / without)) if without > 0 else 0.0,
    )


def _wandering(rng: np.random.Generator, rows: int, weeks: int, *, sd: float, kept: float) -> NDArray[np.float64]:
    """Slow ups and downs: a stationary autoregression that keeps a part of itself from week to week."""
    steps: NDArray[np.float64] = rng.normal(0, sd, (rows, weeks))
    for week in range(1, weeks):
        steps[:, week] = kept * steps[:, week - 1] + np.sqrt(1 - kept**2) * steps[:, week]
    return steps


def _dips(
    rng: np.random.Generator, rows: int, weeks: int, *, chance: float, length: int, depth: float
) -> NDArray[np.float64]:
    """Passing dips: each week one may begin and lasts some weeks."""
    begins = rng.random((rows, weeks)) < chance
    under = begins.copy()
    for later in range(1, length):
        under[:, later:] |= begins[:, :-later]
    return np.where(under, -depth, 0.0)


def _asking(
    rng: np.random.Generator,
    how: Scenario,
    rates: NDArray[np.float64],
    counts: NDArray[np.int64],
    growth: NDArray[np.float64],
    t0: int,
    number: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who asks for anything, and in which of the ten weeks before the release."""
    span = slice(t0 - ASKING_WEEKS, t0)
    usual = rates[:, :t0].mean(axis=1, keepdims=True)
    seen = np.log1p(counts[:, :t0].mean(axis=1, keepdims=True))
    if how.asking == "any":
        score = np.zeros((len(rates), ASKING_WEEKS))
    elif how.asking == "dip":
        score = -2.0 * (rates[:, span] - usual)
    elif how.asking == "worst_week":
        lowest = counts[:, span] == counts[:, span].min(axis=1, keepdims=True)
        score = np.where(lowest, 0.0, -20.0) - np.log(lowest.sum(axis=1, keepdims=True))
    elif how.asking == "worst_count":
        score = -1.5 * (np.log1p(counts[:, span]) - seen)
    elif how.asking == "rising":
        score = np.stack(
            [
                np.log1p(counts[:, w - 3 : w + 1].mean(axis=1)) - np.log1p(counts[:, w - 8 : w - 3].mean(axis=1))
                for w in range(span.start, span.stop)
            ],
            axis=1,
        )
        score = 2.0 * score
    else:
        raise ValueError(f"unknown way of asking: {how.asking}")
    score = score + 0.5 * seen + (0.7 * growth[:, None] if how.account_growth else 0.0)
    if how.account_dips:
        score = score - 1.0 * (rates[:, span] - usual)
    chance = np.exp(score)
    chance = chance * (counts[:, span] > 0).any(axis=1, keepdims=True)  # who never comes does not ask
    propensity = np.log(chance.sum(axis=1) + 1e-300)
    who = np.argsort(-(propensity + rng.gumbel(size=len(rates))))[:number]
    week = np.argmax(np.log(chance[who] + 1e-300) + rng.gumbel(size=(number, ASKING_WEEKS)), axis=1)
    return who, week + span.start
