"""Where some buy and others use: seats of a team, licences of a school. What is paid for against what is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from wellheard.core.clean import midnight
from wellheard.listen.models import Voice
from wellheard.people.models import Account, Relation
from wellheard.people.queries.lenses import known, only_buyers

from .base import Cell, Figure, Ground, Home, Table, number_of

SEATS = ("seats", "seat_count", "quantity")
LICENCES = ("licences", "licenses", "students", "seats")
LITTLE = 0.2
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Use:
    """A paying account: how many it pays for, how many of its people were active in 28 days."""

    account: Account
    bought: int
    active: int
    cents: int

    @property
    def share(self) -> float:
        return min(1.0, self.active / self.bought)

    @property
    def unused_cents(self) -> int:
        return round(self.cents * (1 - self.share))


def uses(ground: Ground, names: tuple[str, ...]) -> tuple[list[Use], int]:
    """Paying accounts that say how many they pay for, and how many paying ones do not say."""
    active = ground.people_of_accounts()
    found, silent = [], 0
    for pk, cents in ground.cents.items():
        account = ground.accounts.get(pk)
        bought = number_of(account.traits, names) if account else None
        if account is None or cents <= 0:
            continue
        if bought is None:
            silent += 1
        else:
            found.append(Use(account, bought, active.get(pk, 0), cents))
    return found, silent


@dataclass(frozen=True, slots=True)
class Sides:
    """People by what they are to their accounts."""

    users: int
    buyers: int
    both: int


def sides(ground: Ground) -> Sides:
    relations = Relation.objects.filter(workspace=ground.workspace)
    users = set(relations.filter(uses=True).values_list("person", flat=True))
    buyers = set(relations.filter(buys=True).values_list("person", flat=True))
    return Sides(len(users), len(buyers), len(users & buyers))


def _missing(what: str, silent: int) -> str:
    if silent:
        return f"{silent:,} paying accounts do not say how many {what} they pay for: give them the trait {what}"
    return f"no account pays yet, or none has the trait {what}"


def seats(ground: Ground) -> Home:
    """A team pays for seats; people sit on them, or do not."""
    rows, silent = uses(ground, SEATS)
    bought, used = sum(u.bought for u in rows), sum(min(u.active, u.bought) for u in rows)
    who = sides(ground)
    over = [u for u in rows if u.active > u.bought]
    unsaid = f"; {silent:,} more paying accounts do not say" if silent else ""
    figures = [
        Figure("seats", "Seats paid for", bought or None, "count",
               f"in {len(rows):,} paying accounts{unsaid}" if rows else _missing("seats", silent), "c"),
        Figure("used", "Seats used", used / bought if bought else None, "share",
               f"{used:,} people were active in 28 days, no more counted than seats" if rows else "", "u"),
        Figure("unused", "Paid for, unused", sum(u.unused_cents for u in rows) if rows else None, "cents",
               "a month, spread evenly over each account's seats", "c"),
        Figure("outgrown", "Outgrew their seats", len(over) if rows else None, "count",
               f"accounts with more active people than seats, {sum(u.active - u.bought for u in over):,} people over", "c"),
        Figure("sides", "Use per buyer", who.users / who.buyers if who.buyers else None, "ratio",
               f"{who.users:,} people use, {who.buyers:,} buy, {who.both:,} do both"),
    ]  # fmt: skip
    most = sorted(rows, key=lambda u: (-u.unused_cents, u.account.name))[:SHOWN]
    return Home(figures, None, [_table("Where seats stand empty", "The most money first: they will notice at renewal.", "Seats", most),
        _table("Who outgrew their seats", "More active people than seats.", "Seats",
               sorted(over, key=lambda u: (u.bought - u.active, u.account.name))[:SHOWN])])  # fmt: skip


def school(ground: Ground) -> Home:
    """Schools buy, students and teachers use; who pays hardly ever speaks for those who use it."""
    rows, silent = uses(ground, LICENCES)
    bought, used = sum(u.bought for u in rows), sum(min(u.active, u.bought) for u in rows)
    little = [u for u in rows if u.share < LITTLE]
    who = sides(ground)
    since = ground.last - timedelta(days=89)
    voices = Voice.objects.filter(
        workspace=ground.workspace, said_at__gte=midnight(since, ground.workspace.time_zone), author__isnull=False
    )
    spoke = set(voices.values_list("author", flat=True).distinct())
    buying = set(only_buyers(ground.workspace).values_list("pk", flat=True))
    heard_buyers, heard_users = len(spoke & buying), len(spoke - buying)
    people = known(ground.workspace).count()
    active = len(ground.active_people())
    figures = [
        Figure("used", "Licences used", used / bought if bought else None, "share",
               f"{used:,} of {bought:,} in {len(rows):,} schools, active in 28 days" if rows else _missing("licences", silent), "u"),
        Figure("cost", "Paid per active person", sum(u.cents for u in rows) / used if used else None, "cents",
               "a month, by schools that say how many licences they have", "c"),
        Figure("risk", "Hardly used", sum(u.cents for u in little) if rows else None, "cents",
               f"a month, from {len(little):,} schools where fewer than 1 in 5 licences are used", "c"),
        Figure("sides", "Users per buyer", who.users / who.buyers if who.buyers else None, "ratio",
               f"{who.both:,} of {who.buyers:,} who buy use it themselves"),
        Figure("heard", "Heard of those who use", heard_users / max(1, people - len(buying)) if people else None, "share",
               f"in 90 days; of those who only buy {heard_buyers:,} of {len(buying):,}. {active:,} were active in 28 days", "u"),
    ]  # fmt: skip
    lowest = sorted(rows, key=lambda u: (u.share, -u.cents, u.account.name))[:SHOWN]
    return Home(
        figures, None, [_table("Where it lies idle", "The lowest use first, then the most money.", "Licences", lowest)]
    )


def _table(title: str, about: str, bought: str, rows: list[Use]) -> Table:
    return Table(
        title, about, ("Account", bought, "Active, 28 days", "Used", "A month", "Of it unused"),
        [
            [Cell(u.account.name, account=u.account.pk), Cell(u.bought, "count"), Cell(u.active, "count"),
             Cell(u.share, "share"), Cell(u.cents, "cents"), Cell(u.unused_cents, "cents")]
            for u in rows
        ],
        "No account is here.",
    )  # fmt: skip
