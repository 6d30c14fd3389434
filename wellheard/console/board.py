"""What the board of bets shows: columns, swimlanes and filters, as an address asks for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from wellheard.decide import costing, queries
from wellheard.decide.models import Bet
from wellheard.decide.queries import tracking
from wellheard.people.access import Access

from .asked import one_of
from .templatetags.words import signed_percent

ROWS = (("", "one board"), ("team", "by team"), ("goal", "by outcome"))
BYS = (("horizon", "Now, next, later"), ("moscow", "Must, should, could"))


def look_of(request: HttpRequest) -> queries.Look:
    return queries.Look(
        one_of(request, "by", tuple(k for k, _ in BYS)), one_of(request, "rows", tuple(k for k, _ in ROWS)),
        request.GET.get("team", "")[:60], request.GET.get("goal", "")[:140],
    )  # fmt: skip


def board_shown(request: HttpRequest, access: Access) -> dict[str, Any]:
    """For the template. A team or outcome that no open bet has any more is as if it had not been asked for."""
    look = look_of(request)
    found = queries.table(access.workspace, look)
    if (look.team and look.team not in found.teams) or (look.goal and look.goal not in found.goals):
        look = queries.Look(look.by, look.rows)
        found = queries.table(access.workspace, look)
    return {"table": found, "look": look, "columns": queries.COLUMNS[look.by], "row_choices": ROWS, "by_choices": BYS}


def about(bet: Bet) -> dict[str, Any]:
    """For a bet's page: where it is built, teams and outcomes that bets have, to choose from while typing, and what it brings in a word."""
    rows = Bet.objects.filter(workspace=bet.workspace_id).exclude(team="", goal="").values_list("team", "goal")
    us = costing.account_of(bet).us
    roi = us.roi if us else None
    weighed = f"for us {signed_percent(roi.low)} to {signed_percent(roi.high)} on what it costs" if roi else ""
    return {
        "teams": sorted({t for t, _ in rows if t}), "goals": sorted({g for _, g in rows if g}),
        "trackers": [t for t in tracking.trackers(bet.workspace) if not t.paused], "issues": tracking.linked(bet),
        "weighed": weighed or ("see them" if us else ""),
    }  # fmt: skip
