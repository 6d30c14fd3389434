"""suggest and sort: what voices are and how they feel."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from wellheard.listen.models import Kind, Sentiment, Voice
from wellheard.listen.services import voices
from wellheard.understand.queries.suggestions import of_texts
from wellheard.understand.services import suggestions

from .answer import Answer, Refused, workspace_access
from .loop import FILE, JSON, WORKSPACE, _texts

KINDS, FEELINGS = [k for k in Kind.values if k], [s for s in Sentiment.values if s]


@click.command()
@click.argument("text", required=False)
@FILE
@click.option("--again", is_flag=True, help="Look anew at every voice that nobody sorted, and store what is suggested.")
@WORKSPACE
@JSON
def suggest(text: str | None, file: Path | None, again: bool, slug: str, as_json: bool) -> Answer:
    """The kind and sentiment a text seems to have."""
    workspace = workspace_access(slug).workspace
    if again:
        if text or file:
            raise Refused("Either a text, or --again for the voices held.")
        done = suggestions.suggest_waiting(workspace)
        changed = suggestions.suggest_again(workspace, None)
        return Answer({"new": done, "changed": changed}, f"{done} looked at first, {changed} suggestions changed.")
    found = of_texts(workspace, _texts(text, file))
    lines = [
        f"{s.kind or 'not sure':9} {s.kind_sure:.2f}  {s.sentiment or 'not sure':9} {s.sentiment_sure:.2f}"
        for s in found
    ]
    return Answer({"queries": [asdict(s) for s in found]} if file else asdict(found[0]), "\n".join(lines))


@click.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1))
@click.option("--kind", type=click.Choice([*KINDS, "none"]), default=None, help="none takes it back.")
@click.option("--sentiment", type=click.Choice([*FEELINGS, "none"]), default=None, help="none takes it back.")
@click.option("--accept", is_flag=True, help="Take over what is suggested where nobody said anything.")
@WORKSPACE
@JSON
def sort(
    numbers: tuple[int, ...], kind: str | None, sentiment: str | None, accept: bool, slug: str, as_json: bool
) -> Answer:
    """Say what voices are and how they feel."""
    access = workspace_access(slug)
    held = Voice.objects.filter(workspace=access.workspace).in_bulk(numbers)
    if missing := [n for n in numbers if n not in held]:
        raise Refused(f"There is no voice {missing[0]} in {slug}.")
    chosen = [held[n] for n in dict.fromkeys(numbers)]
    if accept:
        if kind or sentiment:
            raise Refused("Either --accept, or a kind and sentiment of your own.")
        changed = suggestions.accept(access, chosen)
    else:
        said = ["" if w == "none" else w for w in (kind, sentiment)]
        try:
            changed = voices.sort(access, chosen, *said)
        except ValueError as e:
            raise Refused(str(e)) from None
    return Answer({"changed": changed}, f"{changed} of {len(chosen)} changed.")


COMMANDS = [suggest, sort]
