"""From when until when the halves of a draw are compared."""

from __future__ import annotations

from datetime import date, timedelta

from ..models import Staging
from ..weeks import monday


def opens_on(staging: Staging) -> date:
    """The first day on which all its weeks are over."""
    return monday(staging.first.shipped_on) + timedelta(weeks=staging.weeks + 1)


def weeks_compared(staging: Staging) -> int:
    """Whole weeks after the release week in which one half waited still."""
    until = opens_on(staging)
    if staging.opened_on is not None:
        until = min(until, monday(staging.opened_on))
    return max(0, (until - monday(staging.first.shipped_on)).days // 7 - 1)


def due_on(staging: Staging) -> date:
    """When the weeks that can be compared are over."""
    return monday(staging.first.shipped_on) + timedelta(weeks=weeks_compared(staging) + 1)
