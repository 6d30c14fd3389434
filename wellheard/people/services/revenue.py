"""Money noted by hand: what an account pays, that it ends, and a day's income."""

from __future__ import annotations

from datetime import date

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.importing_money import a_twelfth
from wellheard.people.models import Account, Income, Revenue, Role


def note_revenue(
    access: Access, account: Account, cents: int, *, since: date, until: date | None = None, period: str = "month",
    currency: str = "", source: str = "subscription", ref: str = "",
) -> Revenue:  # fmt: skip
    """Told again for the same account, source, reference and first day, it replaces what was told."""
    access.need(Role.EDITOR)
    if period not in ("month", "year", "once"):
        raise ValueError(f"{period[:40]!r} is not a period. Write month, year or once.")
    if until and until <= since:
        raise ValueError(f"It ends ({until}) before it begins ({since}).")
    if period == "once" and until:
        raise ValueError("What is paid once does not end: leave out until.")
    since = clean.day(since, "since")
    with journal.record(access.actor, "revenue.noted") as entry:
        row, _ = Revenue.objects.update_or_create(
            account=account,
            source=clean.text(source, 60, "The source") or "subscription",
            ref=clean.text(ref, 255, "The reference"),
            since=since,
            once=period == "once",
            currency=clean.currency(currency, access.workspace.currency),
            defaults={
                "workspace": access.workspace,
                "cents": a_twelfth(cents) if period == "year" else cents,
                "until": until,
            },
        )
        entry.about(account, cents=row.cents, currency=row.currency, since=str(since), until=str(until or ""))
    return row


def end_revenue(access: Access, row: Revenue, until: date) -> Revenue:
    """`until`: the first day it is no longer paid."""
    access.need(Role.EDITOR)
    if row.once:
        raise ValueError("It was paid once and does not end.")
    if until <= row.since:
        raise ValueError(f"It began on {row.since}; it ends a day later at the earliest.")
    with journal.record(access.actor, "revenue.ended") as entry:
        row.workspace = access.workspace
        row.until = clean.day(until, "until")
        row.save(update_fields=["until"])
        entry.about(row.account, revenue=row.pk, until=str(until))
    return row


def note_income(access: Access, day: date, cents: int, *, source: str, currency: str = "", ref: str = "") -> Income:
    """A day's income of a source without an account, told again it is replaced."""
    access.need(Role.EDITOR)
    named = clean.text(source, 60, "The source")
    if not named:
        raise ValueError("Name the source, such as advertising or stores.")
    with journal.record(access.actor, "income.noted") as entry:
        row, _ = Income.objects.update_or_create(
            workspace=access.workspace,
            account=None,
            source=named,
            ref=clean.text(ref, 255, "The reference"),
            day=clean.day(day, "day"),
            currency=clean.currency(currency, access.workspace.currency),
            defaults={"cents": cents},
        )
        entry.about(access.workspace, source=named, day=str(day), cents=cents)
    return row
