"""scores, bets, costs, verdicts."""

from __future__ import annotations

import click

from wellheard.decide import costing, queries
from wellheard.decide.models import Bet, Scheme
from wellheard.decide.queries import tracking
from wellheard.decide.queries.board import OPEN
from wellheard.decide.scoring.ranking import ranking
from wellheard.decide.services import tracking as track
from wellheard.measure.reminders import waiting

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


@click.command()
@click.option("--by", type=click.Choice(list(queries.COLUMNS)), default="horizon", show_default=True)
@click.option("--team", default="", help="Only this team's.")
@click.option("--goal", default="", help="Only what serves this outcome.")
@WORKSPACE
@JSON
def bets(by: str, team: str, goal: str, slug: str, as_json: bool) -> Answer:
    """Open bets in the columns of the board, in their order."""
    from wellheard.console.api.bets import board_as_dict  # slow to load

    found = board_as_dict(workspace_access(slug), queries.Look(by, "", team, goal))
    lines = [(c["name"], b["team"], b["users"], b["customers"], b["name"]) for c in found["columns"] for b in c["bets"]]
    return Answer(found, table(["column", "team", "users", "customers", "bet"], lines))


def _money(cents: float, currency: str) -> str:
    return f"{cents / 100:,.0f} {currency}"


@click.command()
@click.option("--bet", "number", type=int, default=None, help="Only this one; left out: all that are open and weighed.")
@WORKSPACE
@JSON
def costs(number: int | None, slug: str, as_json: bool) -> Answer:
    """What bets cost and bring, for us and for one customer, as ranges."""
    workspace = workspace_access(slug).workspace
    rows = Bet.objects.filter(workspace=workspace).order_by("pk")
    if number is not None and not rows.filter(pk=number).exists():
        raise Refused(f"There is no bet {number} in {slug}.")
    chosen = list(rows.filter(state__in=OPEN) if number is None else rows.filter(pk=number))
    found = costing.accounts_of(workspace, chosen)
    lines = [
        (
            account.bet.name, side.side, *(_money(v, workspace.currency) for v in (side.net.low, side.net.likely, side.net.high)),
            f"{side.roi.low:+.0%} to {side.roi.high:+.0%}" if side.roi else "", f"{side.gains:.0%}",
        )
        for account in found
        for side in account.sides
    ]  # fmt: skip
    head = ["bet", "for", "at least", "likely", "at most", "return", "gains in"]
    return Answer({"bets": [a.as_dict() for a in found]}, table(head, lines))


@click.command()
@WORKSPACE
@JSON
def verdicts(slug: str, as_json: bool) -> Answer:
    """Verdicts that are due and wait for an answer, with what would make us undo the bet."""
    found = waiting(workspace_access(slug).workspace)
    lines = [
        (w.due, w.beside.outcome.word if w.beside else "not measured yet", w.bet.name, w.bet.undo_rule) for w in found
    ]
    told = table(["due", "verdict", "bet", "undone if"], lines) if found else "Nothing waits."
    return Answer({"verdicts": [w.as_dict() for w in found]}, told)


@click.command()
@click.option("--refresh", is_flag=True, help="Ask each tracker first how its issues stand.")
@WORKSPACE
@JSON
def issues(refresh: bool, slug: str, as_json: bool) -> Answer:
    """Issues that bets became in trackers, how they stand and what that suggests."""
    access = workspace_access(slug)
    failed = []
    for row in tracking.all_linked(access.workspace) if refresh else []:
        try:
            track.refresh(access, row.issue)
        except ValueError as e:
            failed.append(f"{row.issue}: {e}")
    found = tracking.all_linked(access.workspace)
    lines = [(r.issue.key, r.issue.state_name or r.issue.state, r.issue.bet.name, r.suggests) for r in found]
    told = "\n".join([table(["issue", "stands", "bet", "suggests"], lines), *failed])
    return Answer({"issues": [r.as_dict() for r in found], **({"failed": failed} if failed else {})}, told)


COMMANDS = [scores, bets, costs, verdicts, issues]
