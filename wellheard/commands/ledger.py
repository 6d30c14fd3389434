"""outcomes, outcome show: the ledger, and one verdict with what stands beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from wellheard.core import clean
from wellheard.decide.models import Bet
from wellheard.measure.beside import CANNOT_SEPARATE, GROUPS, MONEY, Beside, beside, estimates, whole
from wellheard.measure.errors import NotYet
from wellheard.measure.filtering import Chosen, narrowed
from wellheard.measure.models import Outcome
from wellheard.measure.services import measure_bet

from .answer import Answer, Refused, engine, table, workspace_access
from .watch import outcome

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
MONEY_PARTS = ("before", "kept", "grown", "lost", "new", "after")


def _day(said: str | None, option: str) -> date | None:
    return clean.day(said, option) if said else None


@click.command()
@click.option("--measure", is_flag=True, help="Judge every due bet anew first.")
@click.option("--team", default="", help="Only bets of this team.")
@click.option("--goal", default="", help="Only bets for this goal.")
@click.option("--verdict", default="", help="Only this verdict, or “due”.")
@click.option("--from", "since", help="Shipped on this day or later.")
@click.option("--to", "until", help="Shipped on this day or earlier.")
@click.option("--kind", default="", help="Of those who asked only plan:NAME or segment:NUMBER.")
@WORKSPACE
@JSON
def outcomes(
    measure: bool, team: str, goal: str, verdict: str, since: str | None, until: str | None, kind: str, slug: str, as_json: bool
) -> Answer:  # fmt: skip
    """The ledger: did those who asked change what they do?"""
    workspace = workspace_access(slug).workspace
    chosen = Chosen(team, goal, verdict, _day(since, "--from"), _day(until, "--to"), kind)
    if measure:
        held = engine()
        for bet in Bet.objects.filter(workspace=workspace, state=Bet.State.SHIPPED).select_related("workspace"):
            try:
                measure_bet(bet, held)
            except NotYet:
                continue
    found = narrowed(workspace, chosen)
    rows = []
    for line in found.lines:
        o = line.outcome
        row = (line.bet.name, o.word if o else f"due {line.due}", _span(o.estimate, o.low, o.high) if o else "", o.asked if o else "",
               o.compared if o else "")  # fmt: skip
        part = found.kinds.get(line.bet.pk)
        rows.append((*row, part["people"], _percent(part["change"])) if part else row)
    heads = ["bet", "verdict", "change", "asked", "compared"] + (
        ["of that kind", "after against before"] if kind else []
    )
    text = table(heads, rows)
    if found.dropped:
        text += f"\n{found.dropped} more fit, but of whom of that kind asked nothing may be told: too few, or none."
    return Answer(found.as_dict(), text)


@outcome.command()
@click.argument("bet", type=click.IntRange(1))
@WORKSPACE
@JSON
def show(bet: int, slug: str, as_json: bool) -> Answer:
    """A bet's verdict, its numbers, the groups described apart, and the money of accounts."""
    workspace = workspace_access(slug).workspace
    newest = Outcome.objects.select_related("bet").filter(workspace=workspace, bet=bet).order_by("-measured_at", "-pk")
    if (found := newest.first()) is None:
        raise Refused(f"There is no verdict on a bet {bet} in {workspace.slug}.")
    told = beside(found)
    parts = [
        f"{found.bet.name}: {found.word}. {_span(found.estimate, found.low, found.high)}",
        "\n".join(found.pieces.get("reasons", [])),
        _numbers(found),
        _groups(told),
        _money(told, workspace.currency),
    ]
    if not told.drawn:
        parts.append("No comparison can separate: " + "; ".join(CANNOT_SEPARATE) + ".")
    return Answer(whole(found), "\n\n".join(p for p in parts if p.strip()))


def _numbers(found: Outcome) -> str:
    rows = []
    for name, e in estimates(found).items():
        if e is not None:
            keys = (
                ("relative", "relative_low", "relative_high")
                if "relative" in e
                else ("change", "change_low", "change_high")
            )
            rows.append((name, _span(*(e.get(k) for k in keys))))
    return table(["estimate", "95% interval"], rows) if rows else ""


def _groups(told: Beside) -> str:
    rows: list[tuple[Any, ...]] = []
    named = [(GROUPS[n][0], row) for n, row in told.groups.items()]
    for name, row in named + [(f"asked, {r['name']}", r) for r in told.kinds.values()]:
        size = f"fewer than {told.floor}" if row["people"] is None else row["people"]
        if row["hidden"] or not row["people"]:
            rows.append((name, size, "not shown" if row["hidden"] else "", "", ""))
        else:
            rows.append((name, size, f"{row['before']:.2f}", f"{row['after']:.2f}", _percent(row["change"])))
    return table(["group", "people", "before", "after", "change"], rows) if rows else ""


def _money(told: Beside, currency: str) -> str:
    if not told.money:
        return ""
    rows = [
        (part, *("not shown" if row[part] is None else f"{row[part] / 100:,.0f}" for row in told.money.values()))
        for part in MONEY_PARTS
    ]
    rows.append(("change", *(_share(row) for row in told.money.values())))
    return table([f"{currency} a month", *(MONEY[name][0] for name in told.money)], rows)


def _share(row: dict[str, Any]) -> str:
    share = (row["shares"] or {}).get("change")
    return (_span(share["value"], share["low"], share["high"]) if share else "") or row["why"]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{round(share, 2) + 0.0:+.0%}"  # + 0.0: no minus before nothing


def _span(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return ""
    return _percent(value) + (f" ({_percent(low)} to {_percent(high)})" if low is not None and high is not None else "")


COMMANDS = [outcomes]
