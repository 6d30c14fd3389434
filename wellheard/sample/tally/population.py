"""Shops, what they pay, and who works there."""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.random import Generator

from .team import SALES, success_for
from .words import load
from .world import WEEKS, Account, MoneySpan, Movement, Person, Plan, Role, State

ACCOUNTS = 430
PEOPLE = 5_400
DAYS = WEEKS * 7

# How many accounts end up in which state; the rest pay.
FREE, TRIAL, LOST, CHURNED = 60, 12, 18, 26
PAID_PLANS: tuple[tuple[Plan, float], ...] = (("starter", 0.58), ("growth", 0.31), ("scale", 0.11))
HEADS: dict[Plan, float] = {"free": 5.0, "starter": 9.0, "growth": 20.0, "scale": 38.0}
STORES: dict[Plan, tuple[int, int]] = {"free": (1, 2), "starter": (2, 4), "growth": (3, 9), "scale": (9, 30)}
PRICE: dict[Plan, tuple[int, int]] = {
    "free": (0, 0),
    "starter": (29, 9),
    "growth": (129, 24),
    "scale": (390, 42),
}

TITLES: dict[str, float] = {
    "Shop assistant": 0.44,
    "Store manager": 0.18,
    "Marketing": 0.14,
    "Accountant": 0.10,
    "Customer service": 0.14,
}
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "æ": "ae", "å": "a", "ł": "l", "Ł": "l", "ı": "i", "’": ""})


def slug(text: str) -> str:
    """An address-safe form of a name."""
    flat = unicodedata.normalize("NFKD", text.translate(PLAIN)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", flat.replace("'", "")).strip("-")


def pair(text: str) -> tuple[str, str]:
    """A name as shown and as written in an address ("a|b", or just "a")."""
    shown, _, written = text.partition("|")
    return shown, written or slug(shown)


def accounts_of(seed: int, start: date, until: date) -> tuple[Account, ...]:
    """All accounts. `until` is the Monday of the current week: the same history whatever weekday it is seen on."""
    draw = random.Random(f"accounts {seed}")
    names = load("names")
    weights = {country: facts["weight"] for country, facts in names.items()}
    countries = draw.choices(list(weights), list(weights.values()), k=ACCOUNTS)
    countries[0], countries[1] = "DE", "NO"  # Bäckerei Lind and Fjord Cycles
    taken: dict[str, str] = {}
    kinds: list[str] = ["free"] * FREE + ["trial"] * TRIAL + ["lost"] * LOST + ["churned"] * CHURNED
    kinds += ["paying"] * (ACCOUNTS - len(kinds))
    draw.shuffle(kinds)
    kinds[0] = kinds[1] = "paying"
    shops = []
    for number, country in enumerate(countries):
        fixed = {0: "Bäckerei Lind", 1: "Fjord Cycles"}.get(number)
        name, address = pair(fixed) if fixed else _shop(draw, names, country, taken)
        taken[address] = name
        plan: Plan = "free"
        if kinds[number] != "free":
            plan = draw.choices([p for p, _ in PAID_PLANS], [w for _, w in PAID_PLANS])[0]
        stores = draw.randint(*STORES[plan])
        life = _life(draw, kinds[number], plan, stores, start, until)
        shops.append(
            Account(
                id=f"shop-{number + 1:04d}",
                name=name,
                domain=f"{address}.example",
                country=country,
                language=names[country]["language"],
                timezone=names[country]["timezone"],
                plan=plan,
                stores=stores,
                currency="EUR",
                owner=SALES if kinds[number] in ("trial", "lost") or plan == "scale" else success_for(country),
                signed_up=life[0][0][0],
                state=life[0][-1][1],
                states=life[0],
                money=life[1],
            )
        )
    return tuple(shops)


def _shop(draw: random.Random, names: dict[str, Any], country: str, taken: dict[str, str]) -> tuple[str, str]:
    """A name that no other shop has; a place is added when a country runs out of fresh ones."""
    facts = names[country]
    for attempt in range(60):
        shown, written = pair(draw.choice(facts["shops"]))
        last, place = pair(draw.choice(facts["last"])), pair(draw.choice(facts["places"]))
        if "{" in shown:
            shown = shown.format(last=last[0], place=place[0])
            written = slug(shown)
        if attempt > 30:
            shown, written = f"{shown} {place[0]}", f"{written}-{place[1]}"
        if attempt > 45:
            shown, written = f"{shown} {last[0]}", f"{written}-{last[1]}"
        if written not in taken:
            return shown, written
    raise RuntimeError(f"no shop name left in {country}")


def _life(
    draw: random.Random, kind: str, plan: Plan, stores: int, start: date, until: date
) -> tuple[tuple[tuple[date, State], ...], tuple[MoneySpan, ...]]:
    """States and money of one account from its sign-up to the last day."""
    covered = (until - start).days
    if kind == "trial":
        return (((until - timedelta(days=draw.randint(1, 20)), "trial"),), ())
    if kind == "lost":
        signed = start + timedelta(days=draw.randint(5, covered - 40))
        return (((signed, "trial"), (signed + timedelta(days=draw.randint(21, 30)), "lost")), ())
    # Four in five were customers before the first week; the others came at an even pace.
    before = draw.random() < 0.80
    signed = (
        start - timedelta(days=draw.randint(30, 1200))
        if before
        else start + timedelta(days=draw.randint(0, covered - 30))
    )
    if kind == "free":
        return (((signed, "active"),), ())
    paid = signed + timedelta(days=draw.randint(7, 28))
    states: list[tuple[date, State]] = [(signed, "trial"), (paid, "active")]
    base, each = PRICE[plan]
    cents = round((base + each * stores) * draw.uniform(0.75, 1.1)) * 100
    changes: list[tuple[date, int, Movement]] = [(paid, cents, "new")]
    day, end = paid, until
    if kind == "churned":
        first = max(paid + timedelta(days=45), start - timedelta(days=60))
        end = first + timedelta(days=draw.randint(0, max(0, (until - first).days - 3)))
        end = min(end, until)
    while (day := day + timedelta(days=round(draw.expovariate(1 / 300)) + 20)) < end:
        grows = draw.random() < 0.72
        new = round(cents * (draw.uniform(1.06, 1.35) if grows else draw.uniform(0.7, 0.93)) / 100) * 100
        new = max(new, 1900)
        if new != cents:
            changes.append((day, new, "expansion" if new > cents else "contraction"))
            cents = new
    if kind == "churned":
        changes.append((end, 0, "churn"))
        states.append((end, "churned"))
    elif before and draw.random() < 0.05:  # went away once and came back
        _gap(draw, changes, states, until)
    spans = tuple(
        MoneySpan(since, changes[at + 1][0] if at + 1 < len(changes) else None, sum_, movement)
        for at, (since, sum_, movement) in enumerate(changes)
    )
    return tuple(states), spans


def _gap(
    draw: random.Random,
    changes: list[tuple[date, int, Movement]],
    states: list[tuple[date, State]],
    until: date,
) -> None:
    """A churn and a reactivation after the last change, if there is room for them."""
    room = (until - changes[-1][0]).days
    if room < 80:
        return
    gone = changes[-1][0] + timedelta(days=draw.randint(20, room - 40))
    back = gone + timedelta(days=draw.randint(15, (until - gone).days - 10))
    cents = changes[-1][1]
    changes += [(gone, 0, "churn"), (back, cents, "reactivation")]
    states += [(gone, "churned"), (back, "active")]


def people_of(seed: int, accounts: tuple[Account, ...], start: date, until: date) -> tuple[Person, ...]:
    """Everybody in the accounts; `until` as above."""
    draw = random.Random(f"people {seed}")
    rng = np.random.default_rng([seed, 1])
    names = load("names")
    people: list[Person] = []
    for index, heads in enumerate(_heads(rng, accounts)):
        account = accounts[index]
        facts = names[account.country]
        taken: set[str] = set()
        for place in range(heads):
            title = _title(draw, account, place)
            name, email = _name(draw, facts, account.domain, taken)
            joined = _joined(draw, account, place, start, until)
            gone = draw.random() < 0.07 and place > 0
            left = joined + timedelta(days=draw.randint(40, 900)) if gone else None
            people.append(
                Person(
                    id=f"p-{len(people) + 1:05d}",
                    name=name,
                    email=email,
                    language=account.language if draw.random() < 0.93 else "en",
                    title=title,
                    account=index,
                    roles=_roles(draw, account, title, place),
                    joined=joined,
                    left=left if left and left < until else None,
                )
            )
    return tuple(people)


def _heads(rng: Generator, accounts: tuple[Account, ...]) -> list[int]:
    """People per account: unequal, PEOPLE in all."""
    raw = np.array([HEADS[account.plan] for account in accounts]) * rng.lognormal(0, 0.55, len(accounts))
    heads = np.maximum(2, np.round(raw * PEOPLE / raw.sum())).astype(int)
    while heads.sum() != PEOPLE:
        at = rng.integers(len(heads))
        step = 1 if heads.sum() < PEOPLE else -1
        heads[at] = max(2, heads[at] + step)
    return [int(number) for number in heads]


def _title(draw: random.Random, account: Account, place: int) -> str:
    if place == 0:
        return "Managing director" if account.plan == "scale" else "Owner"
    if account.plan == "scale" and place in (1, 2):
        return "Data analyst" if draw.random() < 0.6 else "Area manager"
    if account.plan == "growth" and place == 1:
        return "Area manager" if draw.random() < 0.5 else "Accountant"
    if place == 1:
        return "Store manager"
    return draw.choices(list(TITLES), list(TITLES.values()))[0]


def _roles(draw: random.Random, account: Account, title: str, place: int) -> tuple[Role, ...]:
    roles: list[Role] = []
    if title in ("Owner", "Managing director"):
        uses = draw.random() < {"free": 0.95, "starter": 0.8, "growth": 0.45, "scale": 0.15}[account.plan]
        roles = ["uses", "buys"] if uses else ["buys"]
        if account.plan in ("free", "starter"):
            roles.append("administers")
    elif title == "Accountant" and account.plan in ("growth", "scale") and draw.random() < 0.3:
        roles = ["buys"] if draw.random() < 0.5 else ["uses", "buys"]
    else:
        roles = ["uses"]
        if place in (1, 2) and account.plan in ("growth", "scale"):
            roles.append("administers")
        if draw.random() < 0.05:
            roles.append("champions")
    return tuple(roles)


def _name(draw: random.Random, facts: dict[str, Any], domain: str, taken: set[str]) -> tuple[str, str]:
    """A name and an address at the shop; a second Anna Becker gets a number."""
    for _ in range(4):
        first, last = pair(draw.choice(facts["first"])), pair(draw.choice(facts["last"]))
        local = f"{first[1]}.{last[1]}"
        if local not in taken:
            break
    number = 2
    while local in taken:
        local, number = f"{first[1]}.{last[1]}{number}", number + 1
    taken.add(local)
    return f"{first[0]} {last[0]}", f"{local}@{domain}"


def _joined(draw: random.Random, account: Account, place: int, start: date, until: date) -> date:
    """Who signs up an account is there on the first day, colleagues follow."""
    if place == 0:
        return account.signed_up
    end = next((since for since, state in account.states if state in ("churned", "lost")), until)
    if draw.random() < 0.8:
        later = round(draw.expovariate(1 / 35))
    else:
        later = round(draw.uniform(0, 1) * max(0, (end - max(account.signed_up, start)).days))
        later += max(0, (start - account.signed_up).days)
    return min(account.signed_up + timedelta(days=later), max(account.signed_up, end - timedelta(days=1)))
