"""Names of people and places for the small samples; all addresses end in .example."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from wellheard.sample.tally.world import Account, Colleague, MoneySpan, Movement, Person, Role, State

FIRST = (
    "Ada Aino Amir Anouk Bea Bo Carla Chidi Dana Dario Edda Emil Fatou Finn Gita Goran Hana Hugo Ida Ivo Jana Joon Kaya "
    "Kofi Lena Luca Maja Milo Nadia Noor Olga Oskar Pia Petr Quinn Rosa Ravi Sami Sofia Tariq Tilda Uma Vera Wim Yara Zeno"
).split()
LAST = (
    "Abadi Bauer Castro Dahl Eriksen Ferrari Garcia Hansen Ionescu Jansen Kowalski Lindqvist Moreau Novak Okafor Petit Quist "
    "Rossi Schmid Tanaka Ueda Vidal Weber Xu Yilmaz Zimmer Adeyemi Brandt Costa Duran Engel Fischer Grau Holm"
).split()
LANGUAGES = ("en", "de", "fr", "es", "it", "sv")
COUNTRIES = {"en": "IE", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "sv": "SE"}


def person(
    rng: np.random.Generator, number: int, account: int, roles: tuple[Role, ...], title: str, joined: date, domain: str,
    left: date | None = None,
) -> Person:  # fmt: skip
    first, last = FIRST[int(rng.integers(len(FIRST)))], LAST[int(rng.integers(len(LAST)))]
    language = LANGUAGES[min(len(LANGUAGES) - 1, int(rng.geometric(0.45)) - 1)]
    return Person(
        f"p-{number:05d}", f"{first} {last}", f"{first.lower()}.{last.lower()}{number}@{domain}", language, title, account,
        roles, joined, left,
    )  # fmt: skip


def slug(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-").replace("--", "-")


def account(
    number: int, name: str, plan: str, owner: str, signed_up: date, money: tuple[MoneySpan, ...], state: State,
    **traits: object,
) -> Account:  # fmt: skip
    language = LANGUAGES[number % len(LANGUAGES)]
    states: tuple[tuple[date, State], ...] = (
        (signed_up, "trial"),
        *((m.since, "active" if m.cents else "churned") for m in money),
    )  # type: ignore[assignment]
    return Account(
        f"a-{number:04d}", name, f"{slug(name)}.example", COUNTRIES[language], language, "Europe/Berlin", plan, 0, "EUR", owner,
        signed_up, state, states, money, dict(traits),
    )  # fmt: skip


def spans(*steps: tuple[date, int]) -> tuple[MoneySpan, ...]:
    """(from when, cents a month), oldest first; 0 ends it."""
    found = []
    before = 0
    for i, (since, cents) in enumerate(steps):
        kind: Movement = (
            "new" if i == 0 else "churn" if cents == 0 else "reactivation" if before == 0
            else "expansion" if cents > before else "contraction"
        )  # fmt: skip
        found.append(MoneySpan(since, steps[i + 1][0] if i + 1 < len(steps) else None, cents, kind))
        before = cents
    return tuple(found)


def somewhen(rng: np.random.Generator, first: date, last: date) -> date:
    return first + timedelta(days=int(rng.integers(0, max(1, (last - first).days))))


def team(domain: str, *named: tuple[str, str, str, str]) -> tuple[Colleague, ...]:
    """(name, title, function, role in the workspace); the first is its owner."""
    return tuple(Colleague(n, f"{n.split()[0].lower()}@{domain}", title, does, role) for n, title, does, role in named)
