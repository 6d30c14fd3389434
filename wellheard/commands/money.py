"""money, billing list|make|secret."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from wellheard.core import clean
from wellheard.people.models import Billing
from wellheard.people.queries import income as incomes
from wellheard.people.queries import money as reading
from wellheard.people.queries.billing import connections
from wellheard.people.queries.movements import Kind, month_ends, moved, paying, waterfall
from wellheard.people.services import billing as service

from .answer import Answer, FileHere, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _whole(cents: int) -> str:
    return f"{cents / 100:,.2f}"


@click.command()
@click.option("--on", default="", help="As of the end of this day; today when not given.")
@click.option(
    "--months", default=6, show_default=True, type=click.IntRange(1, 120), help="Movements of so many months."
)
@click.option(
    "--behind",
    default="",
    type=click.Choice(["", "paying", *(k.value for k in Kind)]),
    help="List the accounts behind a number of the 30 days.",
)
@WORKSPACE
@JSON
def money(on: str, months: int, behind: str, slug: str, as_json: bool) -> Answer:
    """Recurring revenue as of a day, what moved it, and income by source."""
    workspace = workspace_access(slug).workspace
    try:
        day = clean.day(on, "--on") if on else reading.today(workspace)
    except ValueError as e:
        raise Refused(str(e)) from None
    month = day - timedelta(days=30)
    if behind:
        rows = paying(workspace, day) if behind == "paying" else moved(workspace, month, day, Kind(behind))
        data = [{"account": m.account.name, "day": str(m.day or day), "was": m.was, "now": m.now} for m in rows]
        lines = [(m.account.name[:40], m.day or day, _whole(m.was), _whole(m.now), _whole(m.change)) for m in rows]
        return Answer({"accounts": data}, table(["account", "day", "was", "now", "change"], lines))
    found = reading.standing(workspace, day)
    first = day.year * 12 + day.month - months
    rows_ = waterfall(workspace, month_ends(day.replace(year=first // 12, month=first % 12 + 1, day=1), day))
    earned = incomes.earned(workspace, month + timedelta(days=1), day)
    data_: dict[str, Any] = {
        "on": str(day), "currency": workspace.currency, "mrr": found.cents, "arr": found.yearly, "accounts": found.accounts,
        "arpa": found.arpa,
        "movements": [
            {"from": str(m.begin), "to": str(m.until), "start": m.start, **{k.value: m.cents(k) for k in Kind}, "end": m.end}
            for m in rows_
        ],
        "income_30_days": {s.name: s.total for s in earned.sources},
        "uncounted": [{**u._asdict(), "first": str(u.first)} for u in reading.uncounted(workspace)],
    }  # fmt: skip
    lines_ = [
        (m.until, _whole(m.start), *(_whole(m.cents(k)) for k in Kind), _whole(m.end), m.accounts)
        for m in reversed(rows_)
    ]
    text = [
        f"{workspace.currency} {_whole(found.cents)} a month on {day}, {found.accounts:,} accounts pay",
        table(["month to", "start", *(k.value for k in Kind), "end", "accounts"], lines_),
        "Income, 30 days: " + (", ".join(f"{s.name} {_whole(s.total)}" for s in earned.sources) or "none"),
    ]
    for u in reading.uncounted(workspace):
        text.append(f"Not counted: {u.rows:,} amounts in {u.currency}; a rate is missing for {u.first}.")
    return Answer(data_, "\n".join(text))


@click.group()
def billing() -> None:
    """Connections to Stripe."""


@billing.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Every connection, and what came of what it said."""
    rows = connections(workspace_access(slug).workspace)
    data = [
        {"id": c.billing.pk, "name": c.billing.name, "path": f"/hooks/stripe/{c.billing.key}", "state": c.state, "done": c.done,
         "waiting": c.waiting, "failed": c.failed, "refused": c.billing.refused} for c in rows
    ]  # fmt: skip
    head = ["id", "name", "state", "done", "waiting", "failed", "refused", "path"]
    return Answer({"connections": data}, table(head, [tuple(d[h] for h in head) for d in data]))


@billing.command()
@click.option("--name", default="Stripe", show_default=True)
@WORKSPACE
@JSON
def make(name: str, slug: str, as_json: bool) -> Answer:
    """Make an address for Stripe to call."""
    try:
        made = service.make(workspace_access(slug), name)
    except ValueError as e:
        raise Refused(str(e)) from None
    path = f"/hooks/stripe/{made.key}"
    return Answer(
        {"id": made.pk, "path": path}, f"Let Stripe call {path} at your public address; then give the secret."
    )


@billing.command()
@click.argument("number", type=int)
@click.option(
    "--file", type=FileHere(), required=True, help="It holds the secret, so that no history of commands does."
)
@WORKSPACE
@JSON
def secret(number: int, file: Path, slug: str, as_json: bool) -> Answer:
    """Keep a signing secret; the one before still serves."""
    access = workspace_access(slug)
    found = Billing.objects.filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no connection {number}.")
    try:
        service.add_secret(access, found, file.read_text("utf-8-sig"))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": found.pk, "secrets": len(found.secrets)}, f"Kept; {found.name} holds {len(found.secrets)}.")


COMMANDS = [money, billing]
