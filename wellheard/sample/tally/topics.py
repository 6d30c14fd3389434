"""What people struggle with in Tally, who struggles, and when they speak of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .world import Kind

Weights = dict[str, float]

# Who says it, by job. A job that is not named has the weight of "".
FLOOR: Weights = {"Shop assistant": 1.6, "Store manager": 1.4, "Customer service": 1.0, "": 0.35}
DESK: Weights = {"Marketing": 1.6, "Store manager": 1.1, "Owner": 1.0, "Accountant": 0.8, "": 0.5}
MONEY: Weights = {"Accountant": 1.8, "Owner": 1.2, "Store manager": 0.7, "": 0.35}
ADS: Weights = {"Marketing": 2.0, "Owner": 1.1, "": 0.5}
OWNERS: Weights = {"Owner": 3.0, "Managing director": 3.0, "Accountant": 0.6, "": 0.02}
ANALYSTS: Weights = {"Data analyst": 5.0, "Managing director": 1.0, "Area manager": 0.8, "": 0.08}
ANYONE: Weights = {"": 1.0}


@dataclass(frozen=True, slots=True)
class Spec:
    """A topic as the simulation needs it.

    voices: about how many in the whole time. confirmed: weeks before the end at which a member confirmed it.
    feature: what people use less when it hurts. weeks: first and last week in which it is said, all if None.
    buyers: how much likelier buyers say it than others. last_days: so many more in the last seven days.
    """

    key: str
    name: str
    description: str
    voices: int
    kind: Kind = "request"
    confirmed: int | None = None
    confirmed_by: str = "Ines Albrecht"
    feature: str | None = None
    titles: Weights = field(default_factory=lambda: ANYONE)
    plans: Weights = field(default_factory=dict)
    buyers: float = 1.0
    weeks: tuple[int, int] | None = None
    last_days: int = 0
    abroad: bool = False  # mostly said outside the euro


SMALL: Weights = {"free": 3.0, "starter": 1.5, "growth": 0.35, "scale": 0.15}
LARGE: Weights = {"free": 0.0, "starter": 0.06, "growth": 1.0, "scale": 3.0}

SPECS: tuple[Spec, ...] = (
    Spec(
        "different-days",
        "Stores show different days",
        "Each store ends its day at its own midnight, so people who compare stores in the morning see different"
        " days side by side and draw wrong conclusions.",
        voices=194,
        kind="bug",
        confirmed=27,
        feature="Stores Compared",
        titles=FLOOR,
        plans={"free": 1.2, "starter": 1.2, "growth": 1.0, "scale": 0.7},
    ),
    Spec(
        "slow-morning",
        "Yesterday's sales are too many clicks away",
        "The first page after signing in shows nothing of yesterday; people click the same path each morning or"
        " stop looking on busy days.",
        voices=194,
        confirmed=20,
        confirmed_by="Jonas Vik",
        feature="Report Opened",
        titles=FLOOR,
    ),
    Spec(
        "promo-planning",
        "Promotions are planned outside Tally",
        "Nobody sees planned promotions together, so stores discount on top of each other and the plan lives in"
        " spreadsheets.",
        voices=194,
        confirmed=32,
        feature="Promotion Planned",
        titles=DESK,
    ),
    Spec(
        "export-breaks",
        "Exports need repair before they can be used",
        "Amounts arrive as text, accents are lost and columns move, so whoever does the books repairs each file"
        " by hand.",
        voices=194,
        kind="bug",
        confirmed=36,
        feature="Export Downloaded",
        titles=MONEY,
    ),
    Spec(
        "no-weekly-mail",
        "You only learn how the week went if you sign in",
        "There is no summary for those who rarely sign in, so somebody writes it by hand each Monday.",
        voices=145,
        confirmed=14,
        confirmed_by="Jonas Vik",
        feature="Report Shared",
        titles=DESK,
        weeks=(8, 37),
    ),
    Spec(
        "ads-twice",
        "Advertising is counted twice",
        "Income and cost of shared campaigns are added to every store they run in and again to the total.",
        voices=300,
        kind="bug",
        confirmed=19,
        titles=ADS,
        buyers=2.2,
        plans={"free": 0.7, "starter": 1.0, "growth": 1.3, "scale": 1.2},
    ),
    Spec(
        "invoice-per-location",
        "No invoice per location",
        "Groups and franchises get one invoice for all locations and split it by hand; few people feel it, but"
        " they are the ones who pay.",
        voices=58,
        confirmed=15,
        confirmed_by="Clara Nilsen",
        titles=OWNERS,
        plans=LARGE,
        buyers=5.0,
    ),
    Spec(
        "signin-link",
        "Sign-in link expires too soon",
        "Shop staff open the link minutes later on another computer; by then it has expired or a spam filter has"
        " used it up.",
        voices=115,
        kind="bug",
        confirmed=9,
        confirmed_by="Deniz Aksoy",
        titles=FLOOR,
        last_days=8,
    ),
    Spec(
        "tablet-till",
        "Unreadable on the tablet at the till",
        "People on the shop floor only have a tablet or a phone; tables are cut off and buttons too small.",
        voices=215,
        confirmed=24,
        confirmed_by="Jonas Vik",
        titles={"Shop assistant": 2.6, "Customer service": 0.8, "Store manager": 0.5, "": 0.08},
        plans=SMALL,
        buyers=0.1,
    ),
    Spec(
        "refunds-missing",
        "Refunds missing from totals",
        "Returned and cancelled orders stay in the daily revenue, so Tally and the books disagree.",
        voices=115,
        kind="bug",
        confirmed=6,
        confirmed_by="Clara Nilsen",
        titles=MONEY,
        buyers=1.4,
        last_days=6,
    ),
    Spec(
        "mixed-currency",
        "Currencies are added up as if they were one",
        "Stores abroad are shown with the wrong currency or a fixed rate, so totals and growth mislead.",
        voices=150,
        kind="bug",
        confirmed=21,
        titles=DESK,
        abroad=True,
    ),
    Spec(
        "who-sees-what",
        "Everybody sees everything",
        "There is no way to limit people to a store or to reading, so owners share one login or invite nobody.",
        voices=115,
        confirmed=16,
        confirmed_by="Clara Nilsen",
        titles={"Owner": 1.6, "Managing director": 1.6, "Store manager": 1.0, "Area manager": 1.5, "": 0.15},
        plans={"free": 0.3, "starter": 0.7, "growth": 1.6, "scale": 2.0},
        buyers=2.0,
    ),
    Spec(
        "own-database",
        "Analysts cannot query the raw figures",
        "A few groups with data people of their own want SQL or a copy in their warehouse.",
        voices=52,
        confirmed=25,
        confirmed_by="Martin Holt",
        titles=ANALYSTS,
        plans=LARGE,
        buyers=1.6,
    ),
    # Never confirmed: there to be found.
    Spec(
        "subscriptions-cancelled",
        "Cancelled subscriptions still count",
        "Cancelled, paused and unpaid subscriptions stay in subscription revenue.",
        voices=150,
        kind="bug",
        titles=DESK,
    ),
    Spec(
        "holiday-compare",
        "Comparing with last year ignores holidays",
        "Dates are compared with dates, so moving holidays and weekdays distort every comparison.",
        voices=138,
        titles=DESK,
    ),
    Spec(
        "alert-noise",
        "Alerts fire for nothing",
        "Alerts do not know opening hours and repeat themselves, so people switch them off.",
        voices=150,
        titles={"Store manager": 1.5, "Owner": 1.3, "": 0.7},
        plans={"free": 1.1, "starter": 1.2, "growth": 1.0, "scale": 0.8},
    ),
    Spec(
        "slow-many-stores",
        "The overview is slow with many stores",
        "Groups with dozens of stores wait for half a minute or see a blank page.",
        voices=85,
        kind="bug",
        titles={"Area manager": 3.0, "Managing director": 1.2, "Store manager": 0.8, "": 0.4},
        plans=LARGE,
    ),
    Spec(
        "shop-system",
        "Our shop system cannot be connected",
        "Marketplaces and smaller shop systems are missing, or their connection breaks silently.",
        voices=138,
        titles={"Owner": 1.6, "Store manager": 1.0, "": 0.5},
        plans={"free": 1.6, "starter": 1.2, "growth": 0.8, "scale": 0.5},
        buyers=1.5,
    ),
    Spec(
        "moved-reports",
        "Saved reports cannot be found on the new start page",
        "Since the start page changed, people who open reports all day look for their list.",
        voices=80,
        titles=FLOOR,
        weeks=(33, 40),
    ),
)

PRAISE = 118  # voices that only say thank you
