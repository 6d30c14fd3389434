"""signals: what rose."""

from __future__ import annotations

import click

from wellheard.understand.queries.signals import raised
from wellheard.understand.queries.signals import signals as look

from .answer import Answer, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@WORKSPACE
@JSON
def signals(slug: str, as_json: bool) -> Answer:
    """Problems that rose in the last whole week more than chance explains."""
    workspace = workspace_access(slug).workspace
    found = look(workspace)
    before = [
        {"problem": a.problem, "name": a.name, "week": a.week.isoformat(), "voices": a.voices}
        for a in raised(workspace)
    ]
    rows = [
        (w.risen.count, f"{w.risen.expected:.1f}", f"{w.risen.low} to {w.risen.high}", f"{w.risen.p:.3f}", w.risen.word, w.problem.name)
        for w in found.watched
    ]  # fmt: skip
    text = (
        found.cannot
        or f"Week of {found.week}, {found.voices} voices, against {found.earlier} weeks before\n"
        + table(["voices", "expected", "nine of ten", "p", "says", "problem"], rows)
    )
    return Answer({**found.as_dict(), "raised": before}, text)


COMMANDS = [signals]
