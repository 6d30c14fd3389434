"""What somebody typed into a search, as filters: the same for the page, the API and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from wellheard.core import clean
from wellheard.people.models import Account, Segment, Workspace
from wellheard.people.segments.evaluation import find
from wellheard.understand.queries.searching import Filters

FIELDS = ("lens", "account", "segment", "channel", "kind", "sentiment", "from", "to", "money")


def read(workspace: Workspace, given: Mapping[str, str]) -> Filters:
    """Raises ValueError saying which filter cannot be read. Accounts and segments by number or name."""
    said = {f: str(given.get(f) or "").strip()[:200].replace("\x00", "") for f in FIELDS}
    cents = clean.cents(said["money"], "The money") if said["money"] else None
    if cents is not None and cents < 0:
        raise ValueError("The money is not less than nothing.")
    filters = Filters(
        lens=said["lens"],
        account=_account(workspace, said["account"]),
        segment=find(workspace, said["segment"]).pk if said["segment"] else None,
        channel=said["channel"],
        kind=said["kind"],
        sentiment=said["sentiment"],
        since=_day(said["from"], "From"),
        until=_day(said["to"], "To"),
        least_cents=cents or None,
    )
    filters.check(workspace)
    return filters


def _account(workspace: Workspace, said: str) -> int | None:
    if not said:
        return None
    rows = Account.objects.filter(workspace=workspace)
    if said.isascii() and said.isdecimal() and len(said) < 19 and rows.filter(pk=int(said)).exists():
        return int(said)
    named = list(rows.filter(name__iexact=said).values_list("pk", flat=True)[:2])
    if not named:
        raise ValueError(f"There is no account called {said[:60]!r}.")
    return int(named[0])


def _day(said: str, label: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise ValueError(f"{label}: {said[:20]!r} is no day. Write it as 2026-03-31.") from None


def segments(workspace: Workspace) -> list[Segment]:
    return list(Segment.objects.filter(workspace=workspace).order_by("name"))
