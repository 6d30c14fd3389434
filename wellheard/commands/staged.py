"""staged show, draw, open, off: half of those who asked get it first, drawn by lot."""

from __future__ import annotations

from typing import Any

import click

from wellheard.decide.models import Bet
from wellheard.measure.models import Staging
from wellheard.measure.staged import services
from wellheard.people.access import Access

from .answer import Answer, Refused, engine, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
BET = click.argument("bet", type=click.IntRange(1))


@click.group()
def staged() -> None:
    """Release to half of those who asked first, so that the effect is tested."""


def _bet(access: Access, number: int) -> Bet:
    found = Bet.objects.select_related("workspace").filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no bet {number} in {access.workspace.slug}.")
    return found


def _staging(bet: Bet) -> Staging:
    found = Staging.objects.select_related("bet__workspace", "workspace", "first", "opening").filter(bet=bet).first()
    if found is None:
        raise Refused("No lot was drawn for this bet.")
    return found


def _answer(bet: Bet) -> Answer:
    from wellheard.console.api.staged import told  # slow to load

    data = told(bet)
    flat: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= {f"{key} {k}": v for k, v in value.items()}
        elif isinstance(value, list):
            for c in value:
                shown = f"would show ±{c['would_show']:.0%}" if c["would_show"] else "nothing known yet"
                flat[f"by {c['unit']}"] = f"{c['units']} to draw from, {shown if c['enough'] else 'too few'}"
        else:
            flat[key.replace("_", " ")] = value
    return Answer(data, "\n".join(f"{k}: {v}" for k, v in flat.items() if v not in ("", None)))


@staged.command()
@BET
@WORKSPACE
@JSON
def show(bet: int, slug: str, as_json: bool) -> Answer:
    """How the draw stands, or what one could show."""
    engine()
    return _answer(_bet(workspace_access(slug), bet))


@staged.command()
@BET
@click.argument("title")
@click.option("--body", default="", help="Text of the release, in Markdown.")
@click.option(
    "--unit", type=click.Choice(Staging.Unit.values), default=Staging.Unit.ACCOUNT.value, help="What is drawn."
)
@click.option("--weeks", type=int, help="How many whole weeks the others wait; else the bet's window.")
@click.option("--flag", default="", help="The flag that lets the first half in.")
@WORKSPACE
@JSON
def draw(bet: int, title: str, body: str, unit: str, weeks: int | None, flag: str, slug: str, as_json: bool) -> Answer:
    """Draw the half that goes first, and draft the release that tells them."""
    access = workspace_access(slug)
    engine()
    found = _bet(access, bet)
    try:
        services.draw(access, found, services.Offer(title, body, unit, weeks, flag))
    except ValueError as e:
        raise Refused(str(e)) from None
    return _answer(found)


@staged.command("open")
@BET
@click.option("--title", default="", help="Else that of the first release.")
@click.option("--body", default="", help="Text of the release, in Markdown.")
@click.option("--reason", default="", help="Why, when its weeks are not over.")
@WORKSPACE
@JSON
def open_(bet: int, title: str, body: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Draft the release for everybody; those who waited are told when it is published."""
    access = workspace_access(slug)
    engine()
    found = _bet(access, bet)
    try:
        services.prepare_opening(access, _staging(found), title, body, reason)
    except ValueError as e:
        raise Refused(str(e)) from None
    return _answer(found)


@staged.command()
@BET
@WORKSPACE
@JSON
def off(bet: int, slug: str, as_json: bool) -> Answer:
    """Call the draw off, while nobody was told."""
    access = workspace_access(slug)
    engine()
    found = _bet(access, bet)
    try:
        services.call_off(access, _staging(found))
    except ValueError as e:
        raise Refused(str(e)) from None
    return _answer(found)


COMMANDS = [staged]
