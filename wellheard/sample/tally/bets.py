"""What Tally's team bet on, shipped and decided. The true effects stand beside the bets they belong to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from .topics import SPECS
from .world import WEEKS, Bet, Decision, Opinion, Release, Topic

WINDOW = 5

# Release week and what it truly changes, as a proportion, in how often those who asked do the bet's metric.
SHIPPED: dict[str, tuple[int, float]] = {
    "clean-exports": (18, 0.10),
    "promotion-calendar": (23, 0.0),
    "one-clock": (28, 0.50),
    "new-start-page": (33, -0.40),
    "weekly-mail": (35, 0.20),  # its window is still open
}

BETS: tuple[dict[str, Any], ...] = (
    {
        "key": "clean-exports",
        "name": "Exports that open cleanly",
        "problems": ("export-breaks",),
        "metric_event": "Export Downloaded",
        "expected": 0.25,
        "smallest": 0.15,
        "owner": "Priya Raman",
        "hypothesis": "If exports open in Excel without repair, those who told us about broken files will fetch"
        " the figures more often instead of copying them from the screen.",
        "undo_rule": "If downloads among those who asked fall by 15 % or more, the old file comes back as a choice.",
        "title": "Exports that open the way you expect",
        "body": "**You said** that amounts arrive as text, accents turn into question marks and columns wander.\n\n"
        "**We did:**\n\n"
        "- a real Excel file, with numbers that are numbers\n"
        "- your own separator and decimal sign, remembered for next time\n"
        "- columns that stay where they are, in every store\n\n"
        "Thank you to the accountants who sent us their broken files. They are our tests now.",
    },
    {
        "key": "promotion-calendar",
        "name": "Promotion calendar",
        "problems": ("promo-planning",),
        "metric_event": "Promotion Planned",
        "expected": 0.30,
        "smallest": 0.15,
        "owner": "Ines Albrecht",
        "hypothesis": "If all promotions are visible in one calendar, those who plan in spreadsheets today will"
        " plan more of them in Tally.",
        "undo_rule": "If promotions planned among those who asked fall by 15 % or more, the list becomes the first"
        " view again.",
        "title": "A calendar for your promotions",
        "body": "**You said** that stores discount on top of each other because nobody sees the month.\n\n"
        "**We did:** a calendar of all promotions in all stores. Drag one to another day, copy last year's, and see"
        " overlaps before you save.\n\n"
        "The list is still there if you prefer it. Tell us what is missing; we are listening.",
    },
    {
        "key": "one-clock",
        "name": "One clock for all stores",
        "problems": ("different-days",),
        "metric_event": "Stores Compared",
        "expected": 0.30,
        "smallest": 0.15,
        "owner": "Ines Albrecht",
        "hypothesis": "If all stores end their day at one hour, those who told us that days don't match will"
        " compare their stores more often.",
        "undo_rule": "If comparisons among those who asked fall by 15 % or more, each store gets its midnight back.",
        "title": "One clock for all your stores",
        "body": "**You said** that one store is still on yesterday while the next has moved on.\n\n"
        "**We did:** all stores of an account now end their day at the same hour. You choose which, under Settings,"
        " Stores. Unless you change it, it is midnight where you signed up.\n\n"
        "To everybody who lined up numbers on paper each morning: the paper can go.",
    },
    {
        "key": "new-start-page",
        "name": "New start page",
        "problems": ("slow-morning",),
        "metric_event": "Report Opened",
        "expected": 0.20,
        "smallest": 0.10,
        "owner": "Jonas Vik",
        "hypothesis": "If the first page shows the shop at a glance, those who click a long way each morning will"
        " get to their reports sooner and open more of them.",
        "undo_rule": "If reports opened among those who asked fall by 10 % or more, the list of saved reports"
        " returns to the first page.",
        "title": "A new start page",
        "body": "**You said** that yesterday's sales are too many clicks away.\n\n"
        "**We did:** a new first page with tiles for stores, promotions and advertising. Saved reports moved to the"
        " bookmark at the top right.\n\n"
        "It will take a few mornings to get used to. Please write to us if it doesn't get easier.",
    },
    {
        "key": "weekly-mail",
        "name": "Weekly mail of sales",
        "problems": ("no-weekly-mail",),
        "metric_event": "Report Shared",
        "expected": 0.25,
        "smallest": 0.15,
        "owner": "Jonas Vik",
        "hypothesis": "If Tally writes the Monday mail, those who typed it by hand will share the figures with more"
        " colleagues, more often.",
        "undo_rule": "If one in twenty who get the mail leaves it within a month, it becomes something to switch on.",
        "title": "Your week by mail, each Monday",
        "body": "**You said** that you only learn how the week went if you remember to look.\n\n"
        "**We did:** a short mail on Monday morning with sales per store and the one thing that changed most. Choose"
        " who gets it, with or without a login.\n\n"
        "Everybody can leave with one click, and we will not ask why.",
    },
    {
        "key": "ads-once",
        "name": "Advertising counted once",
        "problems": ("ads-twice",),
        "metric_event": "Campaign Opened",
        "expected": 0.25,
        "smallest": 0.15,
        "owner": "Priya Raman",
        "stage": "now",
        "hypothesis": "If each campaign is counted once and shows how its figure is put together, those who stopped"
        " trusting the split will open their campaigns again.",
        "undo_rule": "If totals differ from the ad networks' statements by more than 1 % in any account, we go back.",
    },
    {
        "key": "split-invoices",
        "name": "An invoice for each location",
        "problems": ("invoice-per-location",),
        "metric_event": "Store Connected",
        "expected": 0.20,
        "smallest": 0.10,
        "owner": "Clara Nilsen",
        "stage": "next",
        "hypothesis": "If every location gets its own invoice, groups that hold back will connect their other stores.",
        "undo_rule": "If questions about invoices double, we return to one invoice with a breakdown.",
    },
)

# About what, answer, weeks before the end, by whom, why, and who thought what.
DECISIONS: tuple[tuple[str, str, str, float, str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "bet",
        "clean-exports",
        "yes",
        28.5,
        "Ines Albrecht",
        "Accountants repair a file each week, and it takes us two weeks to stop that.",
        (
            ("Priya Raman", "for", "The code is ours and the tests are easy to write."),
            ("Clara Nilsen", "for", "It comes up in every second check-in with bookkeepers."),
            ("Martin Holt", "unsure", "Nobody buys because of an export."),
        ),
    ),
    (
        "bet",
        "promotion-calendar",
        "yes",
        24.0,
        "Ines Albrecht",
        "Many ask, and it makes Tally useful before the sale and not only after.",
        (
            ("Jonas Vik", "for", "I watched three people plan. All three drew a calendar."),
            (
                "Priya Raman",
                "against",
                "They have calendars. I doubt that a second one changes where they plan.",
            ),
            ("Martin Holt", "for", "It demos well."),
        ),
    ),
    (
        "bet",
        "one-clock",
        "yes",
        18.0,
        "Ines Albrecht",
        "Wrong every morning, for the people who use us most.",
        (
            ("Deniz Aksoy", "for", "Each Monday I explain the same thing five times."),
            ("Priya Raman", "for", "Careful work, but it removes more code than it adds."),
        ),
    ),
    (
        "bet",
        "new-start-page",
        "yes",
        13.0,
        "Jonas Vik",
        "The first page is the one everybody sees, and today it helps nobody.",
        (
            ("Deniz Aksoy", "against", "People asked for yesterday's sales, not for tiles."),
            ("Martin Holt", "for", "A fresh first page helps in every demo."),
            ("Clara Nilsen", "unsure", "Please keep the list of saved reports within reach."),
        ),
    ),
    (
        "bet",
        "weekly-mail",
        "yes",
        9.5,
        "Ines Albrecht",
        "Owners want to know without signing in, and somebody in each shop types that mail by hand.",
        (
            ("Tomás Rivera", "for", "Half of my owners would read a mail and nothing else."),
            ("Jonas Vik", "for", "Short, with a way out in one click."),
        ),
    ),
    (
        "bet",
        "ads-once",
        "yes",
        4.0,
        "Ines Albrecht",
        "Users and customers agree on this one, and wrong money is the worst kind of wrong.",
        (
            ("Priya Raman", "unsure", "Old figures will change. We need to say so to everybody first."),
            ("Martin Holt", "for", "Two deals hang on it."),
        ),
    ),
    (
        "bet",
        "split-invoices",
        "yes",
        2.5,
        "Ines Albrecht",
        "Few people, a lot of revenue, and three renewals before spring.",
        (
            ("Clara Nilsen", "for", "Groups roll us out to all stores once this works."),
            ("Deniz Aksoy", "unsure", "Shop staff will see nothing of it. Let us do the tablet soon after."),
        ),
    ),
    (
        "problem",
        "who-sees-what",
        "not now",
        6.0,
        "Ines Albrecht",
        "We want to do it well, after advertising and invoices. Until then a read-only link covers half of the cases.",
        (
            (
                "Clara Nilsen",
                "against",
                "Owners share one login today. Every month we wait is a risk for them.",
            ),
            ("Priya Raman", "for", "It touches every page. A hurried version would be worse."),
        ),
    ),
    (
        "problem",
        "own-database",
        "no",
        8.0,
        "Ines Albrecht",
        "Tally is for people without analysts. A database for a few would slow down what the many need; clean"
        " exports and a nightly file serve most of what was asked.",
        (
            (
                "Martin Holt",
                "against",
                "I have two open deals that will not close without it. I said we'd look at it.",
            ),
            ("Priya Raman", "for", "Once strangers query our tables we can never change them."),
        ),
    ),
)


def released_weeks() -> dict[str, int]:
    """Release week by topic."""
    return {topic: SHIPPED[bet["key"]][0] for bet in BETS if bet["key"] in SHIPPED for topic in bet["problems"]}


def bets_of(start: date) -> tuple[Bet, ...]:
    found = []
    for facts in BETS:
        shipped = SHIPPED.get(facts["key"])
        week = shipped[0] if shipped else WEEKS - (2 if facts.get("stage") == "next" else 1)
        monday = start + timedelta(weeks=week)
        at = datetime.combine(monday + timedelta(days=1), time(9, 30), UTC)
        stage = facts.get("stage", "shipped")
        found.append(
            Bet(
                key=facts["key"],
                name=facts["name"],
                hypothesis=facts["hypothesis"],
                problems=facts["problems"],
                metric_event=facts["metric_event"],
                direction="up",
                expected=facts["expected"],
                smallest=facts["smallest"],
                window_weeks=WINDOW,
                undo_rule=facts["undo_rule"],
                stage=stage,
                created=monday - timedelta(days=47 if shipped else 20),
                locked=None if stage == "next" else monday - timedelta(days=31 if shipped else 3),
                owner=facts["owner"],
                release=Release(shipped[0], at, facts["title"], facts["body"]) if shipped else None,
            )
        )
    return tuple(found)


def topics_of(start: date) -> tuple[Topic, ...]:
    by_topic = {topic: bet["key"] for bet in BETS if bet["key"] in SHIPPED for topic in bet["problems"]}
    return tuple(
        Topic(
            key=spec.key,
            name=spec.name,
            description=spec.description,
            confirmed=start + timedelta(days=(WEEKS - spec.confirmed) * 7 + 2) if spec.confirmed else None,
            confirmed_by=spec.confirmed_by if spec.confirmed else None,
            shipped_by=by_topic.get(spec.key),
        )
        for spec in SPECS
    )


def decisions_of(start: date) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            about=about,  # type: ignore[arg-type]
            key=key,
            answer=answer,  # type: ignore[arg-type]
            on=start + timedelta(days=round((WEEKS - weeks) * 7)),
            by=by,
            reason=reason,
            opinions=tuple(Opinion(who, stance, text) for who, stance, text in opinions),  # type: ignore[arg-type]
        )
        for about, key, answer, weeks, by, reason, opinions in DECISIONS
    )
