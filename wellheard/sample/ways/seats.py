"""Huddle, a chat for teams: companies pay for seats, and notice at renewal which of them stood empty."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Person, State

from .people import account, person, somewhen, spans, team
from .script import Cast, Doing, Script, Subject, Wager

PER_SEAT = {"standard": 700, "business": 1200}
WHO = ("Engineer", "Designer", "Support agent", "Product manager", "Analyst", "Office manager")
FIRMS = "Alder Birch Cedar Dune Ember Fjell Grove Harbor Inlet Juniper Kelp Lark Meadow North Ochre Pine Quarry Ridge Slate Tern".split()
KINDS = ("Logistics", "Studio", "Labs", "Foods", "Energy", "Clinics")


def cast(rng: np.random.Generator, start: date, until: date) -> Cast:
    accounts: list[Account] = []
    people: list[Person] = []
    pace: list[float] = []
    for n in range(110):
        name = f"{FIRMS[n % len(FIRMS)]} {KINDS[n // len(FIRMS)]}"
        size = max(3, int(rng.lognormal(2.2, 0.8)))
        seats = max(3, round(size * rng.uniform(0.75, 1.9)))
        plan = "business" if seats > 20 else "standard"
        since = somewhen(rng, start - timedelta(days=500), until - timedelta(days=20))
        price = PER_SEAT[plan]
        steps = [(since, price * max(3, round(seats * 0.7))), (since + timedelta(days=90), price * seats)]
        state: State = "active"
        if rng.random() < 0.1 and (until - since).days > 200:
            steps.append((somewhen(rng, since + timedelta(days=120), until), 0))
            state = "churned"
        money = spans(*(s for s in steps if s[0] <= until))
        accounts.append(account(n, name, plan, "Maud Berg", since, money, state, seats=seats))
        domain = accounts[-1].domain
        alive = 0.85 if rng.random() < 0.7 else 0.35
        gone = money[-1].since if not money[-1].cents else None
        buyer_uses = rng.random() < 0.5
        people.append(
            person(
                rng, len(people), n, ("buys", "uses") if buyer_uses else ("buys",), "Head of IT", since, domain, gone
            )
        )
        pace.append(0.5 if buyer_uses else 0.02)
        for _ in range(size):
            joined = somewhen(rng, since, max(since + timedelta(days=2), min(until, since + timedelta(days=150))))
            people.append(
                person(rng, len(people), n, ("uses",), WHO[int(rng.integers(len(WHO)))], joined, domain, gone)
            )
            pace.append(float(rng.gamma(2, 0.5)) if rng.random() < alive else 0.03)
    return Cast(tuple(accounts), tuple(people), np.array(pace))


SEATS = Script(
    "seats", "Huddle", "seats",
    (
        Doing("Message Sent", "/channel", 3.5), Doing("Thread Followed", "/thread", 0.7), Doing("Search Used", "/search", 0.6),
        Doing("Call Started", "/call", 0.5), Doing("File Shared", "/files", 0.4), Doing("Page Viewed", "/channel", 1.5),
    ),
    (
        Subject("find-old", "What was said last month cannot be found again", "Search finds words, not the conversation people remember.", "Search Used",
                ("I search for what we decided and get two hundred lines.", "Search shows single messages without what came before.",
                 "I know somebody said it in spring, but not in which channel.", "Files and messages are searched apart, so I search twice."),
                ("Let me filter by who and when.", "Show the thread around the hit.", "Remember my last searches."), 90),
        Subject("noise", "Everything is equally loud", "A joke and a broken server make the same sound.", "Message Sent",
                ("By ten o'clock I have ninety unread channels.", "I mute everything and then miss what matters.",
                 "There is no way to see only what needs an answer from me."),
                ("A list of what waits for me would do.", "Let the sender say that it is urgent."), 80),
        Subject("empty-seats", "Paying for people who left", "Seats of those who left are still billed until somebody notices.", "Page Viewed",
                ("We pay for eleven people who left the company.", "Finance asks me every quarter who really uses it.",
                 "I only see that a seat is empty when I count by hand."),
                ("Free a seat when somebody leaves.", "A list of who was not here for a month, please.", "Tell me before renewal."), 45, buyers=30.0),
        Subject("calls-drop", "Calls break when the network changes", "Walking from desk to meeting room ends the call.", "Call Started",
                ("The call drops when I walk to another room.", "Switching from cable to wifi ends every call."),
                ("Come back by yourself.", "Keep the sound at least."), 50, "bug"),
        Subject("guests", "Guests see too much or nothing", "Customers invited to one channel need a seat each.", "File Shared",
                ("Inviting a client costs a whole seat.", "A guest saw the names of all our channels."),
                ("One channel, one guest, no seat.",), 35, confirmed=False),
    ),
    (
        Wager("find-old", "Search that shows the conversation", "If a hit shows the thread around it, those who asked will search more, for it pays.",
              "Search Used", "Search shows the conversation", "**You said** that a single line is not what you look for.\n\n**We did:** every hit opens with what came before and after, and you can narrow by who and when.", 12, 0.5),
        Wager("empty-seats", "A list of empty seats", "If whoever pays sees empty seats in time, renewals will be calmer.", "Page Viewed", "", "", None),
    ),
    team("huddle.example", ("Maud Berg", "Product manager", "product", "owner"), ("Ole Krag", "Engineer", "engineering", "editor"),
         ("Tess Amaro", "Customer success", "success", "contributor")),
    cast,
)  # fmt: skip
