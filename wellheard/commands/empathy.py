"""decisions hurt|acknowledge|remind, follow-ups list|add|close."""

from __future__ import annotations

from datetime import datetime

import click

from wellheard.decide import services
from wellheard.decide.models import Audience, Decision, FollowUp
from wellheard.decide.queries import follow_ups as reads
from wellheard.people.access import Access
from wellheard.people.queries.named import account_named

from .answer import Answer, Refused, found_in, table, workspace_access
from .decisions import JSON, WHICH, WORKSPACE, decisions


def _one(access: Access, number: int) -> Decision:
    related = ("workspace", "bet__workspace", "problem__workspace", "idea__voice", "idea__workspace")
    return found_in(access, Decision, number, *related)


@decisions.command()
@WHICH
@click.option(
    "--words", "audience", type=click.Choice(Audience.values), default=None, help="Print the words for these."
)
@WORKSPACE
@JSON
def hurt(which: int, audience: str | None, slug: str, as_json: bool) -> Answer:
    """Whom a decision hurts, who has acknowledged it, and words to use."""
    from wellheard.console.api.empathy import told  # slow to load

    data = told(_one(workspace_access(slug), which))
    if audience:
        return Answer(data, data["words"][audience])
    h = data["hurt"]
    cur = h["currency"]
    head = [
        f"{h['users']} users, {h['customers']} customers; {h['accounts']} accounts pay {h['cents'] / 100:,.0f} {cur} a month",
        f"{h['deals']} open deals, at least {h['deal_cents'] / 100:,.0f} {cur}; {len(data['promises'])} promises given",
    ]
    rows = [
        (o["name"], o["accounts"], round(o["cents"] / 100), o["voices"], f"acknowledged {o['at'][:10]}" if o["at"] else "not yet")
        for o in h["owners"]
    ]  # fmt: skip
    return Answer(data, "\n".join([*head, table(["colleague", "accounts", "a month", "voices", "knows"], rows)]))


@decisions.command()
@WHICH
@click.option("--name", required=True, help="The colleague who knows of it.")
@click.option("--words", default="", help="What they said.")
@WORKSPACE
@JSON
def acknowledge(which: int, name: str, words: str, slug: str, as_json: bool) -> Answer:
    """Note that a colleague knows of a decision."""
    access = workspace_access(slug)
    try:
        made = services.acknowledge(access, _one(access, which), name, words)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"name": made.name, "at": made.at}, f"{made.name} knows of it.")


@decisions.command()
@WHICH
@WORKSPACE
@JSON
def remind(which: int, slug: str, as_json: bool) -> Answer:
    """Mail those who have not acknowledged it."""
    access = workspace_access(slug)
    try:
        n = services.remind(access, _one(access, which))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"reminded": n}, f"{n} will be mailed.")


@click.group("follow-ups")
def follow_ups() -> None:
    """What else is done for those whom decisions hurt."""


@follow_ups.command("list")
@click.option("--which", type=click.Choice(["open", "due", "closed", "all"]), default="open", show_default=True)
@WORKSPACE
@JSON
def list_(which: str, slug: str, as_json: bool) -> Answer:
    """The longest overdue first."""
    rows = [r.as_dict() for r in reads.rows(workspace_access(slug).workspace, which)]
    lines = [(r["id"], r["due"], r["state"], r["owner"], r["account_name"], r["what"]) for r in rows]
    return Answer({"follow_ups": rows}, table(["id", "due", "state", "who", "for", "what"], lines))


@follow_ups.command("add")
@click.option("--decision", type=click.IntRange(1), required=True, help="The decision it follows from.")
@click.option("--what", required=True)
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--account", default="", help="For this account: id or name.")
@click.option("--owner", default="", help="A colleague: e-mail address or name.")
@WORKSPACE
@JSON
def add(decision: int, what: str, due: datetime, account: str, owner: str, slug: str, as_json: bool) -> Answer:
    """Note what else can be done."""
    access = workspace_access(slug)
    try:
        held = account_named(access.workspace, account) if account else None
        made = services.follow_up(access, _one(access, decision), what, due.date(), owner, held)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(
        {"id": made.pk, "owner": made.owner_name}, f"Follow-up {made.pk}: {made.owner_name}, until {made.due}."
    )


@follow_ups.command("close")
@WHICH
@click.option("--note", required=True, help="What came of it.")
@click.option("--gave-up", is_flag=True, help="It was given up, not done.")
@WORKSPACE
@JSON
def close(which: int, note: str, gave_up: bool, slug: str, as_json: bool) -> Answer:
    """Done, or given up, with what came of it."""
    access = workspace_access(slug)
    found = found_in(access, FollowUp, which, "decision__bet", "decision__problem", "decision__idea")
    try:
        services.close_follow_up(access, found, note, not gave_up)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": found.pk, "state": found.state}, f"{found.get_state_display()}: {found}.")


COMMANDS = [follow_ups]
