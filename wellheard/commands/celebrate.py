"""milestone list, make, look: what is worth celebrating, and who reached it. tell silent: whom a release may concern who never asked."""

from __future__ import annotations

import click

from wellheard.measure import suffering
from wellheard.measure.celebrating import queries, services
from wellheard.measure.celebrating.words import FIRST
from wellheard.measure.models import Milestone
from wellheard.tell.models import Release

from .answer import Answer, Refused, engine, table, workspace_access
from .tell import tell

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def milestone() -> None:
    """What is worth celebrating with people and accounts."""


@milestone.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Milestones, with how many reached each."""
    rows = queries.milestones(workspace_access(slug).workspace)
    data = [
        {"id": r.milestone.pk, "name": r.milestone.name, "kind": r.milestone.kind, "of": r.milestone.of, "reached": r.reached,
         "in_30_days": r.lately, "offered": r.offered, "sent": r.sent} for r in rows
    ]  # fmt: skip
    cells = [(d["id"], d["name"], d["kind"], d["reached"], d["in_30_days"], d["offered"], d["sent"]) for d in data]
    return Answer(
        {"milestones": data}, table(("id", "name", "kind", "reached", "in 30 days", "offered", "sent"), cells)
    )


@milestone.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(Milestone.Kind.values), required=True, help="What is reached.")
@click.option("--of", type=click.Choice(Milestone.Of.values), default="people", help="Counted for whom.")
@click.option("--event", default="", help="The event, for the kind times.")
@click.option("--times", type=int, default=1, help="How often, for the kind times.")
@click.option("--subject", default="", help="Else a first draft of ours.")
@click.option("--words", default="", help="Else a first draft of ours.")
@WORKSPACE
@JSON
def make(
    name: str, kind: str, of: str, event: str, times: int, subject: str, words: str, slug: str, as_json: bool
) -> Answer:
    """Say what is worth celebrating. Nothing is sent by itself."""
    first = FIRST[kind]
    try:
        made = services.make(
            workspace_access(slug),
            services.Plan(name, kind, of, event, times, subject or first[0], words or first[1]),
        )
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk}, f"Milestone {made.pk}")


@milestone.command()
@WORKSPACE
@JSON
def look(slug: str, as_json: bool) -> Answer:
    """Look now who reached what; else this happens once a day."""
    count = services.look_everywhere(engine(), workspace_access(slug).workspace)
    return Answer({"offered": count}, f"{count} to celebrate.")


@tell.command("silent")
@click.argument("release", type=click.IntRange(1))
@click.option("--send", is_flag=True, help="Tell them, as news within their budget.")
@WORKSPACE
@JSON
def tell_silent(release: int, send: bool, slug: str, as_json: bool) -> Answer:
    """Whom a release may concern who never asked; with --send they are told, each once."""
    access = workspace_access(slug)
    found = Release.objects.filter(workspace=access.workspace, pk=release).first()
    if found is None:
        raise Refused(f"There is no release {release} in {slug}.")
    engine()
    told = 0
    if send:
        try:
            told = suffering.tell_silent(access, found)
        except ValueError as e:
            raise Refused(str(e)) from None
    now = suffering.silent(found)
    data = {
        "can_be_told": len(now.people),
        "told": now.told,
        "now_told": told,
        "no_news": now.no_news,
        "no_address": now.no_address,
        "patterns": now.patterns,
    }
    return Answer(data, "\n".join([f"{k.replace('_', ' ')}: {v}" for k, v in data.items()] + now.cannot))


COMMANDS = [milestone]
