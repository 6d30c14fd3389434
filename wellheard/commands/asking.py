"""ask …: every kind of question, who stands behind a point, event names and refused events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from wellheard.measure import asking, listing
from wellheard.measure.kinds import KINDS, Kind, Word
from wellheard.measure.question import Unaskable

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
MOST_SHOWN = 25


@click.group()
def ask() -> None:
    """Questions about what people did."""


def _option(word: Word) -> Callable[[Any], Any]:
    choices = [c for c in word.choices if c]
    held: dict[str, Any] = {"default": word.default} if word.default else {}
    return click.option(
        f"--{word.name.replace('_', '-')}",
        f"word_{word.name}",
        type=click.Choice(choices) if choices else str,
        required=word.needed,
        show_default=bool(word.default),
        metavar="A,B,C" if word.name == "steps" else None,
        help=word.about,
        **held,
    )


def _words(given: dict[str, Any]) -> dict[str, str]:
    return {key.removeprefix("word_"): str(value) for key, value in given.items() if value not in (None, "")}


def _command(kind: Kind[Any, Any]) -> click.Command:
    def run(slug: str, as_json: bool, **given: Any) -> Answer:
        workspace = workspace_access(slug).workspace
        try:
            asked = asking.ask(engine().reader, workspace, kind.name, _words(given))
        except Unaskable as e:
            raise Refused(f"{str(e)[:1].upper()}{str(e)[1:]}") from None
        return Answer(asked.told(), _shown(asked))

    for word in reversed((*kind.words, *asking.COMMON)):
        run = _option(word)(run)
    return click.command(kind.name, help=kind.about)(WORKSPACE(JSON(run)))


def _shown(asked: Any) -> str:
    """The table, then those of the compared period and of the parts, each under its name."""
    data = asked.whole()
    pieces = [table(*asked.kind.table(data))]
    if kind_says := data.get("verdict"):
        pieces = [kind_says, pieces[0], data["cannot_show"]]
    if asked.before:
        period = asked.before.question.period
        pieces += [f"\nBefore, {period.first} to {period.last}:", table(*asked.kind.table(asked.before.whole()))]
    for label, part in asked.parts:
        pieces += [f"\n{label}:", table(*asked.kind.table(part.whole()))]
    sample = data.get("sample")
    if sample:
        pieces.append("Sample: " + ", ".join(f"{n:,} {what}" for what, n in sample.items()))
    return "\n".join(pieces)


for _kind in KINDS.values():
    ask.add_command(_command(_kind))


@ask.command()
@click.argument("question", type=click.Choice([name for name, kind in KINDS.items() if kind.behind]))
@click.option("--say", "said", multiple=True, metavar="WORD=VALUE", help="A word of the question or of the point.")
@click.option("--page", "number", type=int, default=1, show_default=True)
@WORKSPACE
@JSON
def behind(question: str, said: tuple[str, ...], number: int, slug: str, as_json: bool) -> Answer:
    """The people or accounts behind a point: behind active --say every=week --say at=2026-11-02."""
    workspace = workspace_access(slug).workspace
    words = dict(pair.partition("=")[::2] for pair in said)
    kind = KINDS[question]
    known = {w.name for w in (*kind.words, *asking.COMMON, *kind.points, asking.PART, asking.BEFORE)}
    if unknown := sorted(set(words) - known):
        raise Refused(f"There is no word {unknown[0]!r} here; there are {', '.join(sorted(known))}.")
    try:
        found = listing.behind(engine().reader, workspace, question, words, number)
    except Unaskable as e:
        raise Refused(f"{str(e)[:1].upper()}{str(e)[1:]}") from None
    data = found.told()
    rows = [tuple(v or "" for v in row.values()) for row in data[data["of"]]]
    head = list(data[data["of"]][0]) if rows else ["nobody by name"]
    return Answer(data, f"{found.count:,} {data['of']}, {found.known:,} by name\n{table(head, rows[:MOST_SHOWN])}")


@ask.command()
@WORKSPACE
@JSON
def events(slug: str, as_json: bool) -> Answer:
    """Every event's name, and how many do it."""
    data = {"events": [asdict(e) for e in engine().reader.event_names(workspace_access(slug).workspace.pk)]}
    head = ["event", "count", "people", "accounts", "first", "last"]
    return Answer(data, table(head, [tuple(e.values()) for e in data["events"]]))


@ask.command()
@WORKSPACE
@JSON
def refused(slug: str, as_json: bool) -> Answer:
    """The last events that were refused on arrival, and why; kept for seven days."""
    data = asking.refused(engine().reader, workspace_access(slug).workspace)
    rows = [(e["received"][:19], e["reason"], e["message"][:80]) for e in data["refused"]]
    return Answer(data, table(["received (UTC)", "reason", "message"], rows))


COMMANDS = [ask]
