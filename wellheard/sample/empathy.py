"""The sample's decisions with everybody in the room: evidence as it was, opinions, a bet dropped with care, one prepared."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from wellheard.core.journal import Actor
from wellheard.decide.models import Acknowledgement, Craft, Decision, FollowUp, Opinion, Stakeholder
from wellheard.decide.queries.hurt import whom
from wellheard.decide.queries.snapshot import snapshot
from wellheard.decide.services import (
    Terms,
    acknowledge,
    close_follow_up,
    consult,
    create_bet,
    decide,
    follow_up,
    opine,
    stakeholders,
    word_brief,
)  # fmt: skip
from wellheard.people.access import Access
from wellheard.people.models import Member, Role, Workspace
from wellheard.people.queries.money import today
from wellheard.tell.models import Notice, NoticeState
from wellheard.tell.services.answers import publish_decision
from wellheard.understand.models import Problem

from .tally import World

CRAFTS = {"product": Craft.PRODUCT, "design": Craft.DESIGN, "engineering": Craft.ENGINEERING, "sales": Craft.SALES,
          "success": Craft.SUCCESS, "support": Craft.SUPPORT}  # fmt: skip
DATABASE = "Analysts cannot query the raw figures"
LINK = "Sign-in link expires too soon"
KNOWN = {
    "Martin Holt": "Give me until Thursday: I want to tell both buyers myself.",
    "Clara Nilsen": "My two will be fine with the nightly file.",
    "Tomás Rivera": "",
    "Jonas Vik": "I sat in two of those interviews: a file is what they drew.",
    "Deniz Aksoy": "I will point them to the export page.",
}


def fill_decisions(workspace: Workspace, world: World) -> None:
    """What was decided in the past gets the evidence of its day and its opinions."""
    roles = {c.name: CRAFTS.get(c.function, Craft.OTHER) for c in world.colleagues}
    members = {str(m): m for m in Member.objects.filter(workspace=workspace).select_related("user")}
    told = {(d.by, d.reason): d.opinions for d in world.decisions}
    for made in Decision.objects.filter(workspace=workspace).select_related("bet", "problem", "workspace"):
        made.snapshot = snapshot(made.on, made.decided_at)
        made.save(update_fields=["snapshot"])
        for n, said in enumerate(told.get((made.decided_by, made.reason), ())):
            Opinion.objects.create(
                workspace=workspace, decision=made, member=members.get(said.by), name=said.by, craft=roles[said.by],
                stand=said.stance, words=said.text, at=made.decided_at - timedelta(hours=30 - 5 * n),
            )  # fmt: skip


def fill_empathy(workspace: Workspace) -> None:
    """A bet dropped end to end, and a refusal that waits for two colleagues. Does nothing without the team of tally."""
    team = {str(m): _as(workspace, m) for m in Member.objects.filter(workspace=workspace).select_related("user")}
    problems = {p.name: p for p in Problem.objects.filter(workspace=workspace).select_related("workspace")}
    if not {"Ines Albrecht", *KNOWN} <= set(team) or not {DATABASE, LINK} <= set(problems):
        return
    _stakeholders(team["Ines Albrecht"], problems)
    _dropped(workspace, team, problems[DATABASE])
    _prepared(team, problems[LINK])


def _as(workspace: Workspace, member: Member) -> Access:
    return Access(workspace, Actor(workspace.pk, "member", member.pk, str(member)), Role(member.role), member)


def _dropped(workspace: Workspace, team: dict[str, Access], problem: Problem) -> None:
    ines, martin = team["Ines Albrecht"], team["Martin Holt"]
    bet = create_bet(
        ines, [problem],
        Terms("A read-only database for analysts", "Report Exported", Decimal(25), Decimal(10), hypothesis="They would stop exporting by hand.",
              undo_rule="If queries of strangers slow a page down."),
    )  # fmt: skip
    made = decide(
        ines, bet, "no",
        "Five weeks of work for a handful of groups, and once strangers query our tables we can never change them."
        " A nightly file serves most of what they told us.",
        "We will not open a database. What most of you described works with a nightly file of the raw figures, which every plan can"
        " have from today: we will set it up with you.",
    )  # fmt: skip
    opine(team["Priya Raman"], made, "for", "I would have to freeze nine tables for good.", "engineering")
    opine(team["Clara Nilsen"], made, "unsure", "Fine for now. If a third group asks, let us look again.", "success")
    consult(
        ines,
        made,
        "Henrike Voss, data lead at a group of 40 stores",
        "asked",
        "A file each night would do. Parquet if you can.",
    )
    for colleague, words in KNOWN.items():
        if made.acknowledgements.filter(name=colleague, at=None).exists():
            acknowledge(team[colleague], made, "", words)
    word_brief(martin, made, "sales", SALES)
    accounts = [a.account for a in whom(made).accounts[:2]]
    day = today(workspace)
    for n, account in enumerate(accounts):
        task = follow_up(
            ines, made, "Set up the nightly file with them and look at the first three files together"
            if n else "Call their data lead before they read it", day + timedelta(days=4 if n else 0), account=account,
        )  # fmt: skip
        if not n:
            close_follow_up(
                martin, task, "Disappointed, and glad to hear it from us. They start with the nightly file on Monday."
            )
    for stake in Stakeholder.objects.filter(workspace=workspace, name__in=sorted(ASKED)):
        stakeholders.touch(ines, stake, "asked", ASKED[stake.name], day - timedelta(days=9), made)
    publish_decision(
        ines, made, "" if not whom(made).missing else "The others are on holiday and know from the team chat."
    )
    opine(
        martin,
        made,
        "against",
        "Two deals will not close on a file. I said so, and I say it again for the record.",
        "sales",
    )
    _days_ago(made, 6)


def _days_ago(made: Decision, days: int) -> None:
    """It happened last week: the rows say so, the journal keeps when it was written."""
    published = timezone.now() - timedelta(days=days)
    decided = published - timedelta(days=3)
    Decision.objects.filter(pk=made.pk).update(decided_at=decided, published_at=published)
    made.opinions.filter(late=False).update(at=decided + timedelta(hours=3))
    made.opinions.filter(late=True).update(at=published + timedelta(hours=4))
    made.consulted.update(at=decided + timedelta(hours=2))
    made.touches.update(on=decided.date())
    made.acknowledgements.filter(at__isnull=False).update(asked_at=decided, at=decided + timedelta(hours=20))
    Acknowledgement.objects.filter(decision=made).update(remind_at=None)
    FollowUp.objects.filter(decision=made).update(made_at=decided + timedelta(hours=21))
    FollowUp.objects.filter(decision=made).exclude(state="open").update(closed_at=published - timedelta(hours=5))
    Notice.objects.filter(decision=made, state=NoticeState.OWED).update(
        state=NoticeState.SENT, created_at=published, sent_at=published + timedelta(minutes=2)
    )
    _kept_then(made, decided + timedelta(hours=20))


def _kept_then(made: Decision, at: datetime) -> None:
    made.refresh_from_db()
    for owner in made.hurt.get("owners", []):
        owner["at"] = at.isoformat() if owner["at"] else None
    made.save(update_fields=["hurt"])


def _prepared(team: dict[str, Access], problem: Problem) -> None:
    jonas = team["Jonas Vik"]
    made = decide(
        jonas, problem, "no",
        "A link that lives for a day is a key under the mat. Passkeys solve what people describe, and they are nearly there.",
        "We will not let links live longer, for whoever finds one could read your figures. Passkeys come instead: one touch, no mail.",
    )  # fmt: skip
    opine(
        team["Deniz Aksoy"],
        made,
        "against",
        "Half of my Monday is this. Passkeys will not help the shared till.",
        "support",
    )
    opine(team["Priya Raman"], made, "for", "Please do not make me extend those links.", "engineering")
    if made.acknowledgements.filter(name="Clara Nilsen", at=None).exists():
        acknowledge(team["Clara Nilsen"], made, "", "Can we show them passkeys in the next check-in?")
    # Nobody is mailed from a sample.
    Acknowledgement.objects.filter(decision=made).update(remind_at=None)


ASKED = {
    "Martin Holt": "Against it; wants to call the two buyers before anybody writes.",
    "Priya Raman": "For it. Nine tables would be frozen for good.",
}

SALES = """What to say
We will not open a database. A nightly file of the raw figures is there today, on every plan, and we set it up with you.

What not to say
That it may come later. Nobody decided that, and two of them would plan on it.

If they push
Ask which three questions they would put to a database. Two of three times a saved report answers them: show it right there.

If they leave
Note it as a voice, in their words. It goes to the decision's page."""


STAKES = (  # name, role, power, interest, stance, how, every days, last touched days ago, topics, cares about
    ("Martin Holt", "Sales", 3, 5, "critical", "consulted", 0, 9, ("raw figures", "invoice"), "Deals that close this quarter"),
    ("Clara Nilsen", "Customer success", 2, 5, "supports", "consulted", 0, 12, ("sign-in", "stores"), "That owners keep using what they pay for"),
    ("Priya Raman", "Lead engineer", 4, 4, "supports", "deciding", 14, 6, ("raw figures", "sign-in"), "Tables she can still change"),
    ("Ada Brandt", "Investor, on the board", 5, 3, "neutral", "informed", 30, 37, (), "Growth without discounts"),
    ("Office of data protection", "Regulator", 5, 1, "unknown", "informed", 0, 0, ("sign-in", "raw figures"), "Who can see whose figures"),
    ("Jo Lindqvist", "Runs the users' group of shop owners", 2, 4, "supports", "consulted", 45, 20, ("tablet", "promotion"), "To hear first, and to be quoted right"),
    ("Storefront Ltd", "Shop system most accounts use", 4, 2, "neutral", "informed", 90, 97, ("shop system",), "No surprises in the interface they share"),
)  # fmt: skip


def _stakeholders(ines: Access, problems: dict[str, Problem]) -> None:
    now = today(ines.workspace)
    for name, role, power, interest, stance, how, every, ago, topics, cares in STAKES:
        stake = stakeholders.Stake(
            name, role, power, interest, stance, cares, how, every, topics=topics, everything=name == "Ada Brandt"
        )
        made = stakeholders.add(ines, stake, problems=[problems[LINK]] if name == "Clara Nilsen" else [])
        if ago:
            Stakeholder.objects.filter(pk=made.pk).update(due=None)  # counted from when they last talked
            stakeholders.touch(
                ines, made, "talked", TALKED.get(name, "Coffee, and what is on their mind."), now - timedelta(days=ago)
            )


TALKED = {
    "Ada Brandt": "The quarter's figures. She asked twice why accounts leave, and not once about features.",
    "Storefront Ltd": "Their next version in spring keeps the interface as it is.",
    "Martin Holt": "Two buyers want raw figures. He would rather lose one than promise again.",
}
