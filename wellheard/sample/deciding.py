"""What Tally's team says of its bets beside their terms: effort, columns, teams, outcomes, costs and benefits, public words.

A handful of later bets is added, so that a ranking has something to rank. They are made quietly, like the rest of the sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from wellheard.decide.models import Bet, Decision, Given, Line
from wellheard.people.models import Workspace
from wellheard.understand.models import Problem

TRUST, MORNING, BILL = (
    "Managers trust the figures they see", "Managers start the day in a minute", "Buying and paying is no work",
)  # fmt: skip
DATA, STORES, BILLING = "Figures", "Stores", "Billing"

Spoken = tuple[str, str, str, tuple[float, float, float], int, str, str]
# key: MoSCoW, team, outcome, (effort low, likely, high), confidence, title for the public or nothing, its words
KNOWN: dict[str, Spoken] = {
    "clean-exports": ("must", DATA, TRUST, (2, 3, 5), 80, "Exports that open cleanly", ""),
    "promotion-calendar": ("should", STORES, MORNING, (4, 6, 9), 60, "", ""),
    "one-clock": ("must", DATA, TRUST, (3, 4, 7), 80, "One clock for all stores", ""),
    "new-start-page": ("should", STORES, MORNING, (3, 5, 8), 50, "", ""),
    "weekly-mail": ("could", STORES, MORNING, (1, 2, 3), 70, "Your week of sales by mail", ""),
    "ads-once": ("must", DATA, TRUST, (2, 3, 6), 80, "Advertising counted once",
                 "When two advertising accounts are connected, each campaign counts once."),
    "split-invoices": ("should", BILLING, BILL, (1.5, 2, 4), 70, "An invoice for each location",
                       "One bill a month for each place, to the address you choose."),
}  # fmt: skip

# name, the problem it is about, metric, why, when it would be undone, horizon, then as above
MORE: tuple[tuple[str, str, str, str, str, str, Spoken], ...] = (
    ("Refunds count where they belong", "refunds-missing", "Report Opened",
     "If totals no longer differ from the till, those who told us will open their report more often.", "If reports opened fall by 10 % or more.",
     "next", ("must", DATA, TRUST, (2, 4, 6), 60, "", "")),
    ("A till view that can be read on a tablet", "tablet-till", "Stores Compared",
     "If the tablet at the till shows large figures, assistants will compare stores there.", "If comparisons fall by 10 % or more.",
     "next", ("should", STORES, MORNING, (3, 5, 9), 50, "Readable on the tablet at the till", "")),
    ("Rights for each store", "who-sees-what", "Signed In",
     "If managers see only their own stores, owners will let more of them in.", "If people signing in fall by 10 % or more.",
     "later", ("could", STORES, TRUST, (4, 7, 12), 60, "", "")),
    ("Ask the raw figures", "own-database", "Export Downloaded",
     "If analysts can query, they will stop copying exports about.", "If exports do not fall at all.",
     "later", ("wont", DATA, TRUST, (8, 14, 26), 30, "", "")),
)  # fmt: skip

# key: side, kind, name, unit, every, low, likely, high; cents and hundredths of an hour
WEIGHED: dict[str, tuple[tuple[str, str, str, str, str, int, int, int], ...]] = {
    "ads-once": (
        ("us", "cost", "Development", "hours", "once", 8000, 12000, 24000),
        ("us", "cost", "Answering questions about changed figures", "hours", "once", 400, 1000, 2500),
        ("us", "benefit", "Accounts that stay", "money", "month", 60_000, 180_000, 420_000),
        ("us", "benefit", "Support saved", "hours", "month", 200, 600, 1000),
        ("customer", "cost", "Correcting last year’s reports", "hours", "once", 50, 200, 600),
        ("customer", "benefit", "Reconciling by hand", "hours", "month", 50, 150, 300),
    ),
    "split-invoices": (
        ("us", "cost", "Development", "hours", "once", 6000, 8000, 16000),
        ("us", "benefit", "Larger contracts", "money", "month", 0, 90_000, 300_000),
        ("us", "cost", "Running it", "money", "month", 2000, 5000, 9000),
        ("customer", "benefit", "Splitting the bill by hand", "hours", "month", 100, 300, 500),
    ),
}


# What was decided once the verdict was in; the other verdicts wait for an answer.
ANSWERED = {
    "clean-exports": "Nothing was shown in how often they export. It stays: nobody sends us broken files any more, and it costs nothing to keep.",
    "promotion-calendar": "No shift was shown. It stays for now; before we build more of it, we watch five people plan a month.",
}  # fmt: skip


def weigh_bets(workspace: Workspace, bets: Mapping[str, Bet], problems: Mapping[str, Problem]) -> None:
    for place, (key, bet) in enumerate(bets.items(), 1):
        bet.place = place
        if key in KNOWN:
            _say(workspace, bet, *KNOWN[key])
        if key in ANSWERED and bet.shipped_on:
            at = datetime.combine(bet.shipped_on + timedelta(weeks=8), time(15), UTC)
            Decision.objects.create(
                workspace=workspace, bet=bet, answer="yes", reason=ANSWERED[key], decided_by="Ines Albrecht", decided_at=at,
                published_by="Ines Albrecht", published_at=at,
            )  # fmt: skip
        for side, kind, name, unit, every, low, likely, high in WEIGHED.get(key, ()):
            Line.objects.create(
                workspace=workspace, bet=bet, side=side, kind=kind, name=name, unit=unit, every=every, low=low, likely=likely, high=high,
            )  # fmt: skip
    for place, (name, topic, metric, why, undo, horizon, said) in enumerate(MORE, len(bets) + 1):
        if topic not in problems:
            continue
        bet = Bet.objects.create(
            workspace=workspace, name=name, metric=metric, expected_percent=20, smallest_percent=10, horizon=horizon, place=place,
            hypothesis=why, undo_rule=undo,
        )  # fmt: skip
        bet.problems.add(problems[topic])
        _say(workspace, bet, *said)


def _say(
    workspace: Workspace, bet: Bet, moscow: str, team: str, goal: str, effort: tuple[float, float, float], confidence: int,
    title: str, words: str,
) -> None:  # fmt: skip
    bet.moscow, bet.team, bet.goal = moscow, team, goal
    bet.public, bet.public_title, bet.public_words = bool(title), title, words
    bet.sure_percent = confidence - 5
    bet.expected_low, bet.expected_high = bet.smallest_percent / 2, bet.expected_percent * 2
    bet.save()
    low, likely, high = (Decimal(str(v)) for v in effort)
    sure = Decimal(confidence)
    Given.objects.create(
        workspace=workspace, bet=bet, name="effort", low=low, likely=likely, high=high, given_by="Jonas Vik"
    )
    Given.objects.create(workspace=workspace, bet=bet, name="confidence", likely=sure, given_by="Ines Albrecht")
