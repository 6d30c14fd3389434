"""check-ins list|plan|hold|skip|postpone."""

from __future__ import annotations

from datetime import date, datetime

import click

from wellheard.listen.models import CheckIn
from wellheard.listen.queries import checkins as queries
from wellheard.listen.services import checkins as services
from wellheard.people.access import Access
from wellheard.people.queries.named import account_named, person_named

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
WHICH = click.argument("which", type=click.IntRange(1))
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("check-ins")
def check_ins() -> None:
    """Check-ins: talking with people and accounts every so often."""


@check_ins.command("list")
@click.option("--due", is_flag=True, help="Only what is due today or overdue.")
@WORKSPACE
@JSON
def list_(due: bool, slug: str, as_json: bool) -> Answer:
    """What is planned, the most overdue first."""
    rows = queries.rows(workspace_access(slug).workspace, None, "due" if due else "all")
    lines = [
        (
            r.check_in.pk,
            r.check_in.due,
            f"{r.late} days late" if r.late > 0 else r.state,
            str(r.check_in.whom),
            str(r.check_in.responsible or "nobody"),
        )
        for r in rows
    ]
    return Answer({"check_ins": [r.as_dict() for r in rows]}, table(["id", "due", "", "with", "responsible"], lines))


@check_ins.command("plan")
@click.option("--person", default="", help="With this person: id, e-mail address or name.")
@click.option("--account", default="", help="With this account: id or name.")
@click.option("--every", "days", type=click.IntRange(1, 1000), required=True, help="Every so many days.")
@click.option("--due", type=DAY, default=None, help="The first day; after one interval when left out.")
@click.option("--responsible", default="", help="A colleague: e-mail address or name.")
@click.option("--about", default="", help="What to ask.")
@WORKSPACE
@JSON
def plan(
    person: str, account: str, days: int, due: datetime | None, responsible: str, about: str, slug: str, as_json: bool
) -> Answer:
    """Plan check-ins with a person or an account."""
    access = workspace_access(slug)
    if bool(person) == bool(account):
        raise Refused("Give one of --person and --account.")
    try:
        whom = person_named(access.workspace, person) if person else account_named(access.workspace, account)
        made = services.plan(access, whom, days, due=_date(due), responsible=responsible or None, about=about)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(
        queries.row(made).as_dict(), f"Check-in {made.pk} with {whom}, every {days} days, first on {made.due}."
    )


@check_ins.command("hold")
@WHICH
@click.option("--note", default="", help="What you heard.")
@click.option("--mood", type=click.Choice(["good", "mixed", "bad"]), default=None)
@click.option(
    "--said", multiple=True, help="Something they said, in their words; may be repeated. Before it: WHO | text."
)
@click.option("--on", type=DAY, default=None, help="The day; today when left out.")
@WORKSPACE
@JSON
def hold(
    which: int, note: str, mood: str | None, said: tuple[str, ...], on: datetime | None, slug: str, as_json: bool
) -> Answer:
    """Write down what was heard at a check-in."""
    from wellheard.console.api.checkins import talk_as_dict  # slow to load

    access = workspace_access(slug)
    heard = []
    for line in said:
        who, bar, text = line.partition("|")
        heard.append(services.Heard(text.strip(), who.strip()) if bar else services.Heard(line))
    try:
        talk = services.hold(access, _found(access, which), note, mood=mood or "", heard=heard, on=_date(on))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(talk_as_dict(talk), f"Noted, with {len(heard)} voices. The next one is due on {talk.next_due}.")


@check_ins.command("skip")
@WHICH
@click.option("--reason", required=True)
@WORKSPACE
@JSON
def skip(which: int, reason: str, slug: str, as_json: bool) -> Answer:
    """Not this time."""
    from wellheard.console.api.checkins import talk_as_dict  # slow to load

    access = workspace_access(slug)
    try:
        talk = services.skip(access, _found(access, which), reason)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(talk_as_dict(talk), f"Skipped. The next one is due on {talk.next_due}.")


@check_ins.command("postpone")
@WHICH
@click.option("--until", type=DAY, required=True)
@click.option("--reason", required=True)
@WORKSPACE
@JSON
def postpone(which: int, until: datetime, reason: str, slug: str, as_json: bool) -> Answer:
    """Later."""
    from wellheard.console.api.checkins import talk_as_dict  # slow to load

    access = workspace_access(slug)
    try:
        talk = services.postpone(access, _found(access, which), until.date(), reason)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(talk_as_dict(talk), f"Postponed to {talk.next_due}.")


def _date(given: datetime | None) -> date | None:
    return given.date() if given else None


def _found(access: Access, number: int) -> CheckIn:
    found = CheckIn.objects.filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no check-in {number} in this workspace. See them with: wellheard check-ins list")
    return found


COMMANDS = [check_ins]
