"""source list, source connect, source pause, source resume: doors for other systems."""

from __future__ import annotations

import click

from wellheard.listen import sources as registry
from wellheard.listen.models import Connection
from wellheard.listen.queries import connections as reads
from wellheard.listen.services import connections as service

from .answer import Answer, Refused, public_url, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def source() -> None:
    """Where voices come from."""


@source.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Connections, with what came through each in 30 days."""
    rows = reads.connections(workspace_access(slug).workspace)
    data = [
        {"id": r.connection.pk, "source": r.connection.source, "name": r.connection.name, "paused": r.connection.paused,
         "path": f"/hooks/{r.connection.source}/{r.connection.public_id}", "heard": r.heard, "left_out": r.aside,
         "failed": r.failed, "turned_away": r.turned, "last_at": r.connection.last_at} for r in rows
    ]  # fmt: skip
    head = ("id", "name", "source", "heard", "left out", "failed", "turned away", "")
    cells = [
        (
            d["id"],
            d["name"],
            d["source"],
            d["heard"],
            d["left_out"],
            d["failed"],
            d["turned_away"],
            "paused" if d["paused"] else "",
        )
        for d in data
    ]
    return Answer({"connections": data}, table(head, cells))


@source.command()
@click.argument("kind", type=click.Choice(sorted(registry.hooks())))
@click.option("--name", default="", help="What to call it.")
@click.option("--secret", default="", help="The one the other side made (Slack, Zendesk, Intercom).")
@click.option("--with", "switches", multiple=True, metavar="SWITCH", help="What it takes in only when asked.")
@WORKSPACE
@JSON
def connect(kind: str, name: str, secret: str, switches: tuple[str, ...], slug: str, as_json: bool) -> Answer:
    """Make a connection; a secret of ours is shown once."""
    try:
        made = service.connect(workspace_access(slug), kind, name, secret, switches)
    except ValueError as e:
        raise Refused(str(e)) from None
    path = f"/hooks/{made.source}/{made.public_id}"
    shown = None if secret else made.secret
    text = f"Address: {public_url()}{path}" + (f"\nSecret, shown only now: {shown}" if shown else "")
    return Answer({"id": made.pk, "path": path, "secret": shown}, text)


def _pause(number: int, slug: str, paused: bool) -> Answer:
    access = workspace_access(slug)
    held = Connection.objects.filter(workspace=access.workspace, pk=number).first()
    if held is None:
        raise Refused(f"There is no connection {number} in {slug}.")
    service.pause(access, held, paused)
    return Answer({"id": held.pk, "paused": paused}, f"{held.name} {'is paused' if paused else 'goes on'}.")


@source.command()
@click.argument("number", type=int)
@WORKSPACE
@JSON
def pause(number: int, slug: str, as_json: bool) -> Answer:
    """Turn away what comes, for now."""
    return _pause(number, slug, True)


@source.command()
@click.argument("number", type=int)
@WORKSPACE
@JSON
def resume(number: int, slug: str, as_json: bool) -> Answer:
    """Take in what comes again."""
    return _pause(number, slug, False)


COMMANDS = [source]
