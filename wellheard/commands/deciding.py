"""scores."""

from __future__ import annotations

import click

from wellheard.decide.models import Scheme
from wellheard.decide.scoring.ranking import ranking

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.option("--method", type=click.Choice(Scheme.Method.values), default=None, help="Left out: the workspace's own.")
@click.option("--lens", type=click.Choice(["users", "customers"]), default="users", show_default=True)
@WORKSPACE
@JSON
def scores(method: str | None, lens: str, slug: str, as_json: bool) -> Answer:
    """Open bets by score, and how stable their order is."""
    try:
        found = ranking(workspace_access(slug).workspace, method or "")
    except ValueError as e:
        raise Refused(str(e)) from None
    lines = []
    for row in found.by(lens):
        u, c = row.stands["users"], row.stands["customers"]
        lines.append((
            u.rank, f"{u.low}–{u.high}", f"{u.top:.0%}", c.rank, f"{c.low}–{c.high}", f"{c.top:.0%}", row.bet.name,
        ))  # fmt: skip
    head = ["users", "range", "first", "customers", "range", "first", "bet"]
    told = [table(head, lines), *(f"not scored: {u.bet.name}. {u.why}" for u in found.unscored)]
    if turn := found.top_turn(lens):
        told.append(
            f"first place changes when {turn.input} of {turn.bet.name} is {turn.then:.4g} instead of {turn.now:.4g}: {turn.above.name}"
            f" passes {turn.below.name}"
        )
    return Answer(found.as_dict(), "\n".join(told))


COMMANDS = [scores]
