"""dashboard list, dashboard show: what stands on dashboards, with their answers."""

from __future__ import annotations

from typing import Any

import click

from wellheard.measure.dashboards import builtin, queries
from wellheard.measure.dashboards.answering import Answered, answers, sentence
from wellheard.measure.dashboards.builtin import BuiltIn
from wellheard.measure.dashboards.words import NOTE, view_of
from wellheard.measure.errors import Unaskable
from wellheard.measure.models import Dashboard
from wellheard.people.access import Access

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def dashboard() -> None:
    """Questions kept side by side."""


@dashboard.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """The team's dashboards and the built-in ones."""
    access = workspace_access(slug)
    rows = [
        {"id": line.board.pk, "name": line.board.name, "audience": line.board.audience, "tiles": line.tiles}
        for line in queries.listed(access)
    ]
    built = builtin.all_of_them(engine().reader, access.workspace.pk)
    rows += [{"id": b.key, "name": b.name, "audience": [], "tiles": len(b.tiles)} for b in built]
    text = table(
        ["id", "name", "for", "tiles"], [(r["id"], r["name"], ", ".join(r["audience"]), r["tiles"]) for r in rows]
    )
    return Answer({"dashboards": rows}, text)


@dashboard.command("show")
@click.argument("which")
@click.option("--days", help="The last so many days, for all tiles.")
@click.option("--from", "first", help="First day, for all tiles.")
@click.option("--to", "last", help="Last day, included.")
@click.option("--lens", type=click.Choice(["users", "customers"]), help="For all tiles.")
@click.option("--segment", help="For all tiles: its name or number.")
@WORKSPACE
@JSON
def show(which: str, slug: str, as_json: bool, first: str | None, last: str | None, **given: Any) -> Answer:
    """The answers of one dashboard: its number, its name, or health or adoption."""
    access = workspace_access(slug)
    board = _find(access, which)
    try:
        view = view_of({k: v or "" for k, v in given.items()} | {"from": first or "", "to": last or ""})
    except Unaskable as e:
        raise Refused(sentence(e)) from None
    tiles = board.tiles if isinstance(board, BuiltIn) else queries.tiles_of(board)
    found = answers(engine().reader, access.workspace, tiles, view)
    data = {"id": board.key if isinstance(board, BuiltIn) else board.pk, "name": board.name,
            "answers": [one.told() for one in found]}  # fmt: skip
    return Answer(data, "\n\n".join([board.name, *(_text(one) for one in found)]))


def _find(access: Access, which: str) -> Dashboard | BuiltIn:
    if which in builtin.KEYS:
        found = builtin.built_in(engine().reader, access.workspace.pk, which)
        assert found is not None
        return found
    held = queries.visible(access).order_by("position", "pk")
    one = held.filter(pk=int(which)).first() if which.isascii() and which.isdecimal() and len(which) < 19 else None
    one = one or held.filter(name__iexact=which).first()
    if one is None:
        raise Refused(f"There is no dashboard {which!r} that the team shares. See: wellheard dashboard list")
    return one


def _text(one: Answered) -> str:
    title = one.tile.title or one.tile.kind
    if one.tile.kind == NOTE:
        return f"{title}\n{one.tile.note}"
    if one.asked is None:
        return f"{title}\n{one.error}"
    head, rows = one.asked.kind.table(one.asked.whole())
    return f"{title}, {one.words['from']} to {one.words['to']}\n{table(head, rows)}"


COMMANDS = [dashboard]
