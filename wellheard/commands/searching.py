"""search: what was said, asked for, settled and noted, by words and by meaning."""

from __future__ import annotations

import click

from wellheard.console import searching
from wellheard.understand.queries.searching import THINGS, find

from .answer import Answer, Refused, workspace_access
from .loop import JSON, WORKSPACE


@click.command()
@click.argument("text")
@click.option("--what", type=click.Choice(THINGS), default=None, help="Only these.")
@click.option("--newest", is_flag=True, help="Newest first, not best first.")
@click.option("--page", type=click.IntRange(1, 10_000), default=1, show_default=True)
@click.option("--lens", type=click.Choice(["users", "customers"]), default=None)
@click.option("--account", default="", help="Number or name.")
@click.option("--segment", default="", help="Number or name.")
@click.option("--channel", default="")
@click.option("--kind", default="")
@click.option("--sentiment", default="")
@click.option("--from", "since", default="", help="A day, inclusive.")
@click.option("--to", default="", help="A day, inclusive.")
@click.option("--money", default="", help="The account paid at least so much a month then, or so much is at stake.")
@WORKSPACE
@JSON
def search(
    text: str, what: str | None, newest: bool, page: int, lens: str | None, account: str, segment: str, channel: str,
    kind: str, sentiment: str, since: str, to: str, money: str, slug: str, as_json: bool,
) -> Answer:  # fmt: skip
    """Voices, ideas, problems and notes by words and by meaning."""
    workspace = workspace_access(slug).workspace
    said = {"lens": lens or "", "account": account, "segment": segment, "channel": channel, "kind": kind}
    try:
        filters = searching.read(workspace, {**said, "sentiment": sentiment, "from": since, "to": to, "money": money})
        found = find(workspace, text, filters, what or "", page, newest)
    except ValueError as e:
        raise Refused(str(e)) from None
    lines = []
    for hit in found.hits:
        shown = "".join(f"[{p.text}]" if p.hit else p.text for p in hit.pieces).replace("\n", " ")
        head = f"{hit.title}: " if hit.title else ""
        lines.append(f"{hit.what.removesuffix('s'):8} {hit.thing.pk:>6}  {head}{shown}  ({' and '.join(hit.why)})")
    counts = ", ".join(f"{n}{'+' if w in found.more else ''} {w}" for w, n in found.counts.items() if n)
    tail = [f"{counts}; page {found.page} of {found.last}"] if counts else ["Nothing found."]
    return Answer(found.as_dict(), "\n".join([*lines, *tail]))


COMMANDS = [search]
