"""tell: decisions told to those who asked. budget: how often people may be written to."""

from __future__ import annotations

import click

from wellheard.decide.models import Decision
from wellheard.people.queries.named import person_named
from wellheard.tell.budget import limits_of
from wellheard.tell.queries import budget as reads
from wellheard.tell.services import answers
from wellheard.tell.services.limits import Wanted, clock, set_limits, told, whole

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def tell() -> None:
    """Telling those who asked."""


@tell.command("decision")
@click.argument("number", type=click.IntRange(1))
@click.option("--words", default="", help="For those who asked, when the decision holds none yet.")
@click.option("--despite", default="", help="Why it is published although not everybody it hurts has acknowledged it.")
@WORKSPACE
@JSON
def decision(number: int, words: str, despite: str, slug: str, as_json: bool) -> Answer:
    """Publish a prepared decision and tell everybody who asked, or tell of one that was published without."""
    access = workspace_access(slug)
    found = Decision.objects.filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no decision {number} in {access.workspace.name}.")
    try:
        if found.published_at is None:
            owed = answers.publish_decision(access, found, despite, words)
        else:
            owed = answers.tell_decision(access, found, words)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": found.pk, "answer": found.answer, "owed": owed}, f"{owed} will be told by mail.")


@click.group()
def budget() -> None:
    """How often people may be written to."""


@budget.command("show")
@WORKSPACE
@JSON
def show(slug: str, as_json: bool) -> Answer:
    """The limits, and what they hold back."""
    workspace = workspace_access(slug).workspace
    now, limits = reads.standing(workspace), told(limits_of(workspace))
    lines = [(str(h.person), h.about, h.why, f"{h.until:%Y-%m-%d %H:%M} UTC" if h.until else "next") for h in now.first]
    waiting = [
        {"person": h.person.pk, "about": h.about, "why": h.why, "until": h.until and h.until.isoformat()}
        for h in now.first
    ]
    words = [f"{k}: {v}" for k, v in limits.items()] + [f"waiting: {now.held}"]
    if now.away:
        words.append(f"The mail server is away since {now.away.away_since:%Y-%m-%d %H:%M} UTC: {now.away.error}")
    text = "\n".join(words) + (f"\n\n{table(['for', 'about', 'why', 'goes'], lines)}" if lines else "")
    return Answer({**limits, "waiting": now.held, "first": waiting}, text)


@budget.command("set")
@click.option("--per-week", type=int, default=None, help="Mails to one person in 7 days.")
@click.option("--per-month", type=int, default=None, help="Mails to one person in 30 days.")
@click.option("--quiet", default=None, metavar="FROM-UNTIL", help="Quiet hours such as 20:00-08:00, or none.")
@click.option("--gap", "gaps", multiple=True, metavar="PURPOSE=DAYS", help="Days between two mails of one purpose.")
@WORKSPACE
@JSON
def set_(
    per_week: int | None, per_month: int | None, quiet: str | None, gaps: tuple[str, ...], slug: str, as_json: bool
) -> Answer:
    """Change the limits; what is left out stays."""
    access = workspace_access(slug)
    held = limits_of(access.workspace)
    start, end = held.quiet_from, held.quiet_until
    try:
        if quiet is not None:
            first, _, last = ("", "", "") if quiet == "none" else quiet.partition("-")
            start, end = clock(first, "--quiet"), clock(last, "--quiet")
        days = {name: whole(n, "--gap", 0, 365) for name, _, n in (g.partition("=") for g in gaps)}
        week = held.per_week if per_week is None else per_week
        month = held.per_month if per_month is None else per_month
        made = told(set_limits(access, Wanted(week, month, start, end, days)))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(made, "\n".join(f"{k}: {v}" for k, v in made.items()))


@budget.command("why")
@click.argument("person")
@WORKSPACE
@JSON
def why(person: str, slug: str, as_json: bool) -> Answer:
    """May this person (id, e-mail address or name) be written to now, and if not, why and until when."""
    access = workspace_access(slug)
    try:
        found = person_named(access.workspace, person)
    except ValueError as e:
        raise Refused(str(e)) from None
    rows = reads.verdicts(found)
    lines = [
        (p.value, "now" if v.allowed else f"{v.until:%Y-%m-%d %H:%M} UTC" if v.until else "never", v.why)
        for p, v in rows
    ]
    return Answer(
        {"person": found.pk, **{p.value: reads.told(v) for p, v in rows}}, table(["for", "goes", "why"], lines)
    )


COMMANDS = [tell, budget]
