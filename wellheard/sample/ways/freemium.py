"""Pixbin, a place for pictures: everybody begins free, and some come to pay."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Person, Role, State

from .people import FIRST, LAST, account, person, somewhen, spans, team
from .script import Cast, Doing, Script, Subject, Wager

MONTHLY = 599


def cast(rng: np.random.Generator, start: date, until: date) -> Cast:
    """One person an account. Who shares albums early comes to pay three times as often."""
    accounts: list[Account] = []
    people: list[Person] = []
    pace: list[float] = []
    for n in range(1900):
        since = somewhen(rng, start - timedelta(days=200), until)
        keen = float(rng.gamma(1.2, 0.8))
        chance = min(0.4, 0.02 + 0.07 * keen)
        steps = []
        if rng.random() < chance:
            paid = since + timedelta(days=int(rng.gamma(2, 12)) + 1)
            if paid <= until:
                steps.append((paid, MONTHLY))
                if rng.random() < 0.12 and (until - paid).days > 60:
                    steps.append((somewhen(rng, paid + timedelta(days=30), until), 0))
        money = spans(*steps)
        paying = bool(money and money[-1].cents)
        name = f"{FIRST[int(rng.integers(len(FIRST)))]} {LAST[int(rng.integers(len(LAST)))]} {n}"
        state: State = "active" if paying else "churned" if money else "trial"
        accounts.append(account(n, name, "pro" if paying else "free", "", since, money, state))
        left = None if paying or rng.random() < 0.35 else since + timedelta(days=int(rng.exponential(60)) + 3)
        roles: tuple[Role, ...] = ("uses", "buys") if money else ("uses",)
        people.append(
            person(
                rng,
                n,
                n,
                roles,
                "Photographer" if keen > 1.5 else "Hobbyist",
                since,
                "mail.example",
                left if left and left < until else None,
            )
        )
        pace.append(keen * (1.6 if money else 0.8) + 0.05)
    return Cast(tuple(accounts), tuple(people), np.array(pace))


FREEMIUM = Script(
    "freemium", "Pixbin", "freemium",
    (
        Doing("Picture Uploaded", "/upload", 1.6), Doing("Album Shared", "/albums", 0.35), Doing("Picture Edited", "/edit", 0.5),
        Doing("Storage Looked Up", "/storage", 0.15), Doing("Comment Written", "/picture", 0.4), Doing("Page Viewed", "/", 2.0),
    ),
    (
        Subject("storage", "Nobody knows how much room is left", "The limit is met in the middle of an upload.", "Picture Uploaded",
                ("My upload stopped at picture 212 because the space was full.", "I never know how much room I have left.",
                 "The limit counts deleted pictures too."), ("Show me what is left before I begin.", "Tell me which pictures are largest."), 90),
        Subject("share-link", "Family without an account cannot look", "A shared album asks for a sign-up first.", "Album Shared",
                ("My mother had to sign up to see the wedding.", "The link works for me and for nobody else.",
                 "Sharing means explaining passwords on the phone."), ("Just let them look.", "A link with a date on which it ends."), 85),
        Subject("price-family", "One price for one person", "Families share pictures, and would share a bill.", "Storage Looked Up",
                ("We are five and would have to pay five times.", "I would pay if my partner could use it too."),
                ("A family plan, please.",), 45, buyers=4.0),
        Subject("edit-undo", "An edit cannot be taken back", "Saving over the original is for good.", "Picture Edited",
                ("I cropped the original and it is gone.", "Undo ends when I close the picture."), ("Keep the original, always.",), 50, "bug"),
        Subject("old-phone", "The app is slow on old phones", "Scrolling stutters with a thousand pictures.", "Page Viewed",
                ("On my old phone it takes ten seconds to open.", "Scrolling stutters from the second screen on."), ("A light mode for old phones.",), 35, "bug", confirmed=False),
    ),
    (
        Wager("share-link", "Albums open without an account", "If family can look without signing up, those who asked will share more albums.", "Album Shared",
              "Shared albums open for everybody", "**You said** that your family had to sign up to look.\n\n**We did:** a link opens the album for whoever has it, until the day you choose.", 13, 0.6),
        Wager("storage", "The room that is left", "If the room left is seen before an upload, fewer uploads will break off.", "Picture Uploaded", "", "", None),
    ),
    team("pixbin.example", ("Noor Haddad", "Product manager", "product", "owner"), ("Pavel Orsini", "Engineer", "engineering", "editor"),
         ("Greta Lund", "Support", "support", "contributor")),
    cast,
)  # fmt: skip
