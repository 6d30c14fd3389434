"""Lumo, a console for games: sold below its cost, earned back by games and a subscription."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Earning, Person, State

from .people import LAST, account, person, somewhen, spans, team
from .script import Cast, Doing, Script, Subject, Wager

LOSS, GAME, CLUB = -9000, 1200, 350  # our share of a game, and the club's monthly fee after costs


def cast(rng: np.random.Generator, start: date, until: date) -> Cast:
    """A household is an account: who bought it pays, who plays uses it."""
    accounts: list[Account] = []
    people: list[Person] = []
    pace: list[float] = []
    earnings: list[Earning] = []
    for n in range(900):
        since = somewhen(rng, until - timedelta(days=1050), until - timedelta(days=3))
        keen = float(rng.gamma(1.6, 0.6))
        lasts = int(rng.exponential(900)) + 60
        gone = since + timedelta(days=lasts)
        steps = []
        if rng.random() < 0.4:
            steps.append((since + timedelta(days=int(rng.integers(0, 90))), CLUB))
            if gone < until:
                steps.append((max(gone, steps[0][0] + timedelta(days=30)), 0))
        money = spans(*(s for s in steps if s[0] <= until))
        name = f"{LAST[n % len(LAST)]} household {n}"
        state: State = "active" if gone > until else "churned"
        accounts.append(
            account(n, name, "club" if money and money[-1].cents else "no club", "", since, money, state, device="Lumo")
        )
        earnings.append(Earning(n, "device", since, LOSS + int(rng.normal(0, 400))))
        day = since
        while True:
            day += timedelta(days=int(rng.exponential(70 / max(0.2, keen))) + 5)
            if day > min(until, gone):
                break
            earnings.append(Earning(n, "games", day, GAME + int(rng.normal(0, 300))))
            if rng.random() < 0.15:
                earnings.append(Earning(n, "controllers", day, 600))
        left = gone if gone < until else None
        people.append(
            person(
                rng,
                len(people),
                n,
                ("buys", "uses") if rng.random() < 0.5 else ("buys",),
                "Parent",
                since,
                "home.example",
                left,
            )
        )
        pace.append(0.1)
        for _ in range(1 + int(rng.integers(0, 2))):
            people.append(person(rng, len(people), n, ("uses",), "Player", since, "home.example", left))
            pace.append(keen + 0.1)
    return Cast(tuple(accounts), tuple(people), np.array(pace), tuple(earnings))


ECOSYSTEM = Script(
    "ecosystem", "Lumo", "ecosystem",
    (
        Doing("Game Started", "/play", 2.6), Doing("Store Opened", "/store", 0.7), Doing("Friend Joined", "/friends", 0.5),
        Doing("Controller Paired", "/settings", 0.15), Doing("Page Viewed", "/home", 1.2),
    ),
    (
        Subject("friends", "Playing with a friend takes ten minutes", "Codes, confirmations and a restart before the first move.", "Friend Joined",
                ("My friend has to type a code of twelve letters.", "Each evening we invite each other all over again.",
                 "Joining a friend restarts the game."), ("Remember who I play with.", "One button to join."), 90),
        Subject("store-child", "Children buy without being asked", "The store keeps the card and asks nobody.", "Store Opened",
                ("My son bought a game for sixty euros.", "The card is kept and nobody asks me."), ("Ask me on my phone first.", "A limit for each month."), 60, buyers=25.0),
        Subject("updates", "Updates when one wants to play", "A free hour is spent watching a bar.", "Game Started",
                ("I have one hour and forty minutes of it are an update.", "It updates when I start and never at night."), ("Update while I sleep.",), 80, "bug"),
        Subject("drift", "Controllers drift after a year", "The stick moves by itself.", "Controller Paired",
                ("My controller walks to the left by itself.", "The second controller drifts as well."), ("Send me a new stick, I can change it.",), 55, "bug"),
        Subject("old-games", "Old games are gone", "What was bought for the last console does not run.", "Store Opened",
                ("I own forty games and none of them runs.", "I would have to buy them again."), ("Let me bring them.",), 35, confirmed=False),
    ),
    (
        Wager("friends", "One button to join a friend", "If joining takes one button, those who asked will play together more.", "Friend Joined",
              "Join a friend with one button", "**You said** that inviting takes longer than a round.\n\n**We did:** whoever you played with stands on the first page; one button, and you are in.", 12, 0.55),
        Wager("updates", "Updates at night", "If updates come at night, more evenings begin with a game.", "Game Started", "", "", None),
    ),
    team("lumo.example", ("Hanna Reuter", "Product manager", "product", "owner"), ("Koji Sato", "Engineer", "engineering", "editor"),
         ("Mila Petrov", "Support", "support", "contributor")),
    cast,
)  # fmt: skip
