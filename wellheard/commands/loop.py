"""similar, themes, route."""

from __future__ import annotations

from pathlib import Path

import click

from wellheard.understand.models import Theme
from wellheard.understand.queries import similar as alike
from wellheard.understand.queries.disagree import stands
from wellheard.understand.services import encoding
from wellheard.understand.services import themes as themes_service

from .answer import Answer, FileHere, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FILE = click.option("--file", type=FileHere(), default=None, help="One text a line.")


def _texts(text: str | None, file: Path | None) -> list[str]:
    """One text, or one for each line of a file: an empty line keeps its place."""
    if file is not None:
        try:
            lines = file.read_text("utf-8-sig").split("\n")
        except UnicodeDecodeError:
            raise Refused(f"{file.name} is not valid UTF-8. Save it as UTF-8.") from None
        lines = lines[:-1] if not lines[-1].strip() else lines
        if lines:
            return lines
        raise Refused(f"{file.name} is empty. Write one text a line.")
    if not text or not text.strip():
        raise Refused("Give a text, or a file with --file.")
    return [text]


@click.command()
@click.argument("text", required=False)
@FILE
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100))
@WORKSPACE
@JSON
def similar(text: str | None, file: Path | None, limit: int, slug: str, as_json: bool) -> Answer:
    """Voices most like a text."""
    workspace = workspace_access(slug).workspace
    encoding.encode(workspace)
    found = [[r._asdict() for r in alike.similar(workspace, t, limit)] if t.strip() else [] for t in _texts(text, file)]
    lines = [f"{r['score']:.2f}  {r['text'][:110]}" for results in found for r in results]
    data = {"queries": [{"results": r} for r in found]} if file else {"results": found[0]}
    return Answer(data, "\n".join(lines) or "Nothing like it yet.")


@click.command()
@click.option("--find", is_flag=True, help="Look for themes anew first.")
@click.option("--level", type=click.Choice(["1", "2"]), default="1", show_default=True)
@WORKSPACE
@JSON
def themes(find: bool, level: str, slug: str, as_json: bool) -> Answer:
    """Suggested themes over voices that belong to no problem yet."""
    access = workspace_access(slug)
    open_themes = Theme.objects.filter(workspace=access.workspace, state=Theme.State.SUGGESTED)
    if find or not open_themes.exists():
        themes_service.find_themes(access)
    rows, ungrouped = alike.theme_rows(access.workspace, int(level))
    data = {"themes": rows, "ungrouped": ungrouped}
    return Answer(data, table(["size", "theme"], [(r["size"], r["name"]) for r in rows]))


@click.command()
@click.argument("text", required=False)
@FILE
@WORKSPACE
@JSON
def route(text: str | None, file: Path | None, slug: str, as_json: bool) -> Answer:
    """The problem a text speaks of, or none of these yet."""
    workspace = workspace_access(slug).workspace
    encoding.encode(workspace)
    found = alike.routes(workspace, _texts(text, file))
    lines = [f"{r['score']:.2f}  {r['problem']['name'] if r['problem'] else 'none of these yet'}" for r in found]
    return Answer({"queries": found} if file else found[0], "\n".join(lines))


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 36500), default=None, help="Only what was said in the last so many days."
)
@WORKSPACE
@JSON
def disagree(days: int | None, slug: str, as_json: bool) -> Answer:
    """Problems as users and as customers rank them, and what chance explains."""
    found = stands(workspace_access(slug).workspace, days)
    lines = [
        (
            f"{s.users} of {s.all_users}",
            s.user_rank,
            f"{s.customers} of {s.all_customers}",
            s.customer_rank,
            s.word,
            s.problem.name,
        )
        for s in found
    ]
    head = ["users", "rank", "customers", "rank", "says", "problem"]
    return Answer({"problems": [s.as_dict() for s in found]}, table(head, lines))


@click.command()
@WORKSPACE
@JSON
def earning(slug: str, as_json: bool) -> Answer:
    """The figures that matter to how the workspace earns."""
    from wellheard.console.templatetags.words import as_figure
    from wellheard.measure.earning import home

    workspace = workspace_access(slug).workspace
    found = home(engine().reader, workspace)
    if found is None:
        raise Refused("The workspace does not say how it earns. Run: wellheard workspace earns WAY --workspace " + slug)
    lines = [(f.title, as_figure(f, workspace.currency), f.note) for f in found.figures]
    return Answer({"earns": workspace.earns, **found.told()}, table(["figure", "value", "of what"], lines))


COMMANDS = [similar, themes, route, earning, disagree]
