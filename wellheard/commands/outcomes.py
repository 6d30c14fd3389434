"""learning list, close, open: closing bets with what they taught."""

from __future__ import annotations

import click

from wellheard.decide.models import Bet
from wellheard.measure import learning as services
from wellheard.measure.models import Learning
from wellheard.people.access import Access

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def learning() -> None:
    """What closed bets taught."""


def _bet(access: Access, number: int) -> Bet:
    found = Bet.objects.filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no bet {number} in {access.workspace.slug}.")
    return found


@learning.command("list")
@click.argument("words", nargs=-1)
@WORKSPACE
@JSON
def list_(words: tuple[str, ...], slug: str, as_json: bool) -> Answer:
    """What was learned, newest first; with words, only where each stands."""
    from wellheard.console.api.outcomes import told  # slow to load

    rows = list(services.learnings(workspace_access(slug), " ".join(words)))
    return Answer(
        {"learnings": [told(made) for made in rows]},
        table(["bet", "verdict", "learned"], [(made.bet.name, made.word, made.learned) for made in rows]),
    )


@learning.command()
@click.argument("bet", type=click.IntRange(1))
@click.option("--learned", default="", help="Needed unless the verdict says that it helped.")
@WORKSPACE
@JSON
def close(bet: int, learned: str, slug: str, as_json: bool) -> Answer:
    """Close a measured bet with what it taught."""
    from wellheard.console.api.outcomes import told  # slow to load

    access = workspace_access(slug)
    try:
        made = services.close_bet(access, _bet(access, bet), learned)
    except ValueError as e:
        raise Refused(str(e)) from None
    made.refresh_from_db()
    return Answer(told(made), f"Closed: {made.bet.name}.")


@learning.command("open")
@click.argument("bet", type=click.IntRange(1))
@WORKSPACE
@JSON
def open_(bet: int, slug: str, as_json: bool) -> Answer:
    """Open a closed bet again."""
    access = workspace_access(slug)
    made = Learning.objects.select_related("bet").filter(bet=_bet(access, bet)).first()
    if made is None:
        raise Refused("It is not closed.")
    services.open_again(access, made)
    return Answer({"bet": bet, "closed": False}, f"Open again: {made.bet.name}.")


COMMANDS = [learning]
