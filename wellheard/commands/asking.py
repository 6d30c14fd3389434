"""ask count|active|adoption|funnel|retention|events."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import click

from wellheard.people.queries.money import today

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FROM = click.option("--from", "first", default="", help="First day, in the workspace's time zone.")
TO = click.option("--to", "last", default="", help="Last day, included.")
EVERY = click.option("--every", type=click.Choice(["day", "week", "month"]), default="week", show_default=True)


@click.group()
def ask() -> None:
    """Questions about what people did."""


def _days(slug: str, first: str, last: str) -> tuple[Any, date, date]:
    workspace = workspace_access(slug).workspace
    try:
        end = date.fromisoformat(last) if last else today(workspace)
        begin = date.fromisoformat(first) if first else end - timedelta(days=89)
    except ValueError as e:
        raise Refused(f"{e}. Write days as 2026-11-22.") from None
    if begin > end:
        raise Refused(f"The first day ({begin}) lies after the last ({end}).")
    return workspace, begin, end


COMMANDS = [ask]
