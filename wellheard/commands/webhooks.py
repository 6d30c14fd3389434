"""webhook list, make, do, deliveries, replay: which other systems are told what happens."""

from __future__ import annotations

import click

from wellheard.people.access import Access
from wellheard.tell.models import Webhook
from wellheard.tell.queries import webhooks as reads
from wellheard.tell.services import webhooks as service
from wellheard.tell.webhooks.kinds import KINDS

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def webhook() -> None:
    """Other systems that are told what happens."""


@webhook.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Who is told, and how it fares."""
    data = [
        {"id": r.webhook.pk, "name": r.webhook.name, "url": r.webhook.url, "state": r.webhook.state, "kinds": r.webhook.kinds,
         "delivered": r.done, "waiting": r.waiting, "given_up": r.failed}
        for r in reads.webhooks(workspace_access(slug).workspace)
    ]  # fmt: skip
    cells = [(d["id"], d["name"], d["url"], d["state"], d["delivered"], d["waiting"], d["given_up"]) for d in data]
    head = ("id", "name", "address", "state", "delivered", "waiting", "given up")
    return Answer({"webhooks": data}, table(head, cells))


@webhook.command()
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), required=True, help="What it is told.")
@click.option("--name", default="", help="What to call it.")
@WORKSPACE
@JSON
def make(url: str, kinds: tuple[str, ...], name: str, slug: str, as_json: bool) -> Answer:
    """Tell an address; its secret is shown once."""
    try:
        made = service.make(workspace_access(slug), url, kinds, name)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk, "secret": made.secret}, f"Webhook {made.pk}\nSecret, shown only now: {made.secret}")


def _held(access: Access, number: int) -> Webhook:
    held = Webhook.objects.filter(workspace=access.workspace, pk=number).first()
    if held is None:
        raise Refused(f"There is no webhook {number} in {access.workspace.slug}.")
    return held


@webhook.command()
@click.argument("number", type=int)
@click.argument("what", type=click.Choice(["pause", "resume", "test", "secret", "remove"]))
@WORKSPACE
@JSON
def do(number: int, what: str, slug: str, as_json: bool) -> Answer:
    """Pause it, let it go on, send a test, make a new secret, or remove it."""
    access = workspace_access(slug)
    held = _held(access, number)
    try:
        if what == "secret":
            fresh = service.rotate(access, held)
            return Answer({"id": number, "secret": fresh.secret}, f"Secret, shown only now: {fresh.secret}")
        {"pause": service.pause, "resume": service.resume, "test": service.test, "remove": service.remove}[what](
            access, held
        )
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": number, "done": what}, f"{held.name}: {what}")


@webhook.command()
@click.argument("number", type=int)
@click.option("--state", type=click.Choice(["waiting", "done", "failed"]), default=None)
@WORKSPACE
@JSON
def deliveries(number: int, state: str | None, slug: str, as_json: bool) -> Answer:
    """What was told, newest first."""
    rows = reads.tellings(_held(workspace_access(slug), number), state or "")
    data = [
        {"id": t.pk, "message": t.happening.key, "kind": t.happening.kind, "state": t.state, "tries": t.tries, "attempts": t.attempts}
        for t in rows
    ]  # fmt: skip
    cells = [(d["id"], d["kind"], d["state"], d["tries"], (d["attempts"] or [{}])[-1].get("words", "")) for d in data]
    return Answer({"deliveries": data}, table(("id", "kind", "state", "tries", "last words"), cells))


@webhook.command()
@click.argument("number", type=int)
@click.option("--delivery", "chosen", multiple=True, type=int, help="Only this one; else everything given up.")
@WORKSPACE
@JSON
def replay(number: int, chosen: tuple[int, ...], slug: str, as_json: bool) -> Answer:
    """Tell again."""
    access = workspace_access(slug)
    count = service.replay(access, _held(access, number), chosen or None)
    return Answer({"again": count}, f"{count} told again.")


COMMANDS = [webhook]
