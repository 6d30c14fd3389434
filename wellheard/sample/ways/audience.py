"""Daily Fern, a paper about gardens: readers give attention, advertisers pay for it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Earning, Person

from .people import account, person, somewhen, team
from .script import Cast, Doing, Script, Subject, Wager

NAMES = (
    "Rakes and Sons", "Peat Free Soil", "Glasshouse Norden", "Seed Post", "Bee Hotel Works", "Rainbutt", "Oak and Iron Tools", "Terrace Stones",
    "Bulb Market", "Green Roofs", "Compost Bros", "Hedge School", "Orchard Nursery", "Slug Stop", "Garden Lights",
)  # fmt: skip


def cast(rng: np.random.Generator, start: date, until: date) -> Cast:
    """Advertisers are accounts; readers are in none. Networks pay by day, for nobody in particular."""
    accounts: list[Account] = []
    people: list[Person] = []
    pace: list[float] = []
    earnings: list[Earning] = []
    for n, name in enumerate(NAMES):
        since = start - timedelta(days=int(rng.integers(10, 400)))
        accounts.append(account(n, name, "campaign", "Iris Falk", since, (), "active", kind="advertiser"))
        people.append(person(rng, len(people), n, ("buys",), "Head of marketing", since, accounts[-1].domain))
        pace.append(0.03)
        size = float(rng.lognormal(9.4, 0.9))
        day = start + timedelta(days=int(rng.integers(0, 30)))
        while day <= until:
            if rng.random() < 0.85:
                earnings.append(Earning(n, "advertising", day, round(size * rng.uniform(0.6, 1.4))))
            day += timedelta(days=int(rng.integers(20, 40)))
    for offset in range((until - start).days + 1):
        day = start + timedelta(days=offset)
        season = 1 + 0.3 * np.sin(day.timetuple().tm_yday / 365 * 2 * np.pi)
        earnings.append(Earning(-1, "advertising", day, round(float(rng.normal(2600, 300) * season))))
        if day.weekday() == 5:
            earnings.append(Earning(-1, "book shop", day, round(float(rng.normal(3200, 600)))))
    for _ in range(2200):
        joined = somewhen(rng, start - timedelta(days=120), until)
        left = joined + timedelta(days=int(rng.exponential(140)) + 2) if rng.random() < 0.55 else None
        people.append(
            person(rng, len(people), -1, (), "Reader", joined, "mail.example", left if left and left < until else None)
        )
        pace.append(float(rng.gamma(1.3, 0.7)))
    return Cast(tuple(accounts), tuple(people), np.array(pace), tuple(earnings), 2.4)


AUDIENCE = Script(
    "audience", "Daily Fern", "audience",
    (
        Doing("Page Viewed", "/article", 4.0), Doing("Article Saved", "/saved", 0.35), Doing("Letter Opened", "/letter", 0.5),
        Doing("Comment Written", "/article", 0.15), Doing("Search Used", "/search", 0.3),
    ),
    (
        Subject("ads-cover", "Advertisements cover what is read", "A banner slides over the paragraph one is reading.", "Page Viewed",
                ("The banner covers the last lines of every article.", "I close the same advertisement on every page.",
                 "On the phone half of the screen is an advertisement."), ("Keep them beside the text.", "Once closed, leave it closed."), 95, "bug"),
        Subject("saved-lost", "Saved articles are hard to come back to", "A long list without order.", "Article Saved",
                ("I saved forty articles and find none of them.", "Saved articles have no order and no search."),
                ("Let me sort them by season.", "Folders would be enough."), 80),
        Subject("region", "Advice is for another climate", "What to plant now depends on where one lives.", "Search Used",
                ("You say plant now, and here it still freezes.", "All advice seems to be for the south."), ("Ask me once where I garden.",), 60),
        Subject("proof", "Advertisers do not see what they got", "A number of views is not a customer.", "Page Viewed",
                ("We pay and get a number of views, nothing more.", "I cannot tell my boss what the campaign did."),
                ("Show us how long people looked.", "A report every month."), 30, buyers=200.0),
        Subject("letter", "The letter comes too late in the day", "Gardeners read at breakfast.", "Letter Opened",
                ("The letter arrives when I am at work.", "By noon the advice for the morning is useless."), ("At six, please.",), 40, confirmed=False),
    ),
    (
        Wager("saved-lost", "Saved articles by season", "If saved articles have an order, those who asked will save more.", "Article Saved",
              "Your saved articles, by season", "**You said** that saved articles cannot be found again.\n\n**We did:** they are sorted by season, and a search looks through them alone.", 12, 0.45),
        Wager("ads-cover", "Advertisements beside the text", "If no advertisement covers text, readers stay longer.", "Page Viewed", "", "", None),
    ),
    team("fern.example", ("Iris Falk", "Product owner", "product", "owner"), ("Bram Otten", "Engineer", "engineering", "editor"),
         ("Lucie Marek", "Advertising sales", "sales", "contributor")),
    cast,
)  # fmt: skip
