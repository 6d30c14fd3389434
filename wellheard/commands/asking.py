"""ask count|active|adoption|funnel|retention|events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import click

from wellheard.measure import asking
from wellheard.measure.question import Unaskable
from wellheard.people.queries.money import today

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FROM = click.option("--from", "first", default="", help="First day, in the workspace's time zone.")
TO = click.option("--to", "last", default="", help="Last day, included.")
EVERY = click.option("--every", type=click.Choice(["day", "week", "month"]), default="week", show_default=True)


EVENT = click.option("--event", default="", help="An event's name; any event when left out.")


@click.group()
def ask() -> None:
    """Questions about what people did."""


def _answer(
    slug: str, first: str, last: str, question: Callable[[Any, int, date, date], dict[str, Any]]
) -> dict[str, Any]:
    workspace = workspace_access(slug).workspace
    try:
        end = date.fromisoformat(last) if last else today(workspace)
        begin = date.fromisoformat(first) if first else end - timedelta(days=89)
    except ValueError as e:
        raise Refused(f"{e}. Write days as 2026-11-22.") from None
    try:
        return question(engine().reader, workspace.pk, begin, end)
    except Unaskable as e:
        raise Refused(str(e)) from None


@ask.command()
@EVENT
@FROM
@TO
@WORKSPACE
@JSON
def count(event: str, first: str, last: str, slug: str, as_json: bool) -> Answer:
    """How often something was done, by how many people and accounts."""
    data = _answer(slug, first, last, lambda r, w, a, b: asking.ask_count(r, w, event, a, b))
    return Answer(data, "  ".join(f"{k} {v:,}" for k, v in data.items()))


@ask.command()
@EVERY
@EVENT
@FROM
@TO
@WORKSPACE
@JSON
def active(every: str, event: str, first: str, last: str, slug: str, as_json: bool) -> Answer:
    """Active people and accounts per day, week or month."""
    data = _answer(slug, first, last, lambda r, w, a, b: asking.ask_active(r, w, every, a, b, event))
    return Answer(data, table([every, "people", "accounts"], [tuple(p.values()) for p in data["points"]]))


@ask.command()
@click.option("--event", required=True)
@FROM
@TO
@WORKSPACE
@JSON
def adoption(event: str, first: str, last: str, slug: str, as_json: bool) -> Answer:
    """The share of active people and accounts that did an event."""
    data = _answer(slug, first, last, lambda r, w, a, b: asking.ask_adoption(r, w, event, a, b))
    return Answer(
        data,
        f"{data['people']:,} of {data['active_people']:,} people, {data['accounts']:,} of {data['active_accounts']:,} accounts",
    )


@ask.command()
@click.option("--steps", required=True, metavar="A,B,C", help="Event names in order.")
@click.option("--window", default="7d", show_default=True, help="From the first step to the last: 30m, 12h, 7d.")
@click.option("--unit", type=click.Choice(["person", "session", "account"]), default="person", show_default=True)
@click.option("--order", type=click.Choice(["this", "any"]), default=None, help="Default: this; for sessions any.")
@FROM
@TO
@WORKSPACE
@JSON
def funnel(
    steps: str, window: str, unit: str, order: str | None, first: str, last: str, slug: str, as_json: bool
) -> Answer:
    """How many went through steps in order."""
    data = _answer(
        slug, first, last, lambda r, w, a, b: asking.ask_funnel(r, w, steps, window, unit, a, b, order or "")
    )
    start = data["steps"][0]["count"] if data["steps"] else 0
    rows = [(s["event"], s["count"], f"{s['count'] / start:.1%}" if start else "–") for s in data["steps"]]
    return Answer(data, table(["step", f"{unit}s", "of first"], rows))


@ask.command()
@EVERY
@EVENT
@FROM
@TO
@WORKSPACE
@JSON
def retention(every: str, event: str, first: str, last: str, slug: str, as_json: bool) -> Answer:
    """How many came back, by cohort."""
    data = _answer(slug, first, last, lambda r, w, a, b: asking.ask_retention(r, w, every, event, a, b))
    rows = [(c["start"], c["size"], " ".join(str(n) for n in c["returned"])) for c in data["cohorts"]]
    return Answer(data, table(["cohort", "size", "came back"], rows))


@ask.command()
@WORKSPACE
@JSON
def events(slug: str, as_json: bool) -> Answer:
    """Every event's name, and how many do it."""
    data = _answer(slug, "", "", lambda r, w, a, b: {"events": [asdict(e) for e in r.event_names(w)]})
    head = ["event", "count", "people", "accounts", "first", "last"]
    return Answer(data, table(head, [tuple(e.values()) for e in data["events"]]))


@ask.command()
@WORKSPACE
@JSON
def refused(slug: str, as_json: bool) -> Answer:
    """The last events that were refused on arrival, and why; kept for seven days."""
    data = _answer(slug, "", "", lambda r, w, a, b: asking.ask_refused(r, w))
    rows = [(e["received"][:19], e["reason"], e["message"][:80]) for e in data["refused"]]
    return Answer(data, table(["received (UTC)", "reason", "message"], rows))


COMMANDS = [ask]
