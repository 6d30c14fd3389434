"""Rows of money and rates files, a batch at a time. Each handler runs inside its batch's transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of

from .importing import Fields, Finder, Result, given
from .models import Account, Income, Rate, Revenue, Workspace
from .queries.money import today
from .rates import Converter

MONEY_FIELDS = ("account", "amount", "currency", "period", "from", "to", "source", "id", "months", "churned", "as_of")
RATE_FIELDS = ("day", "base", "quote", "rate")

PERIOD_WORDS = {
    "": "month", "month": "month", "monthly": "month", "year": "year", "yearly": "year", "annual": "year",
    "annually": "year", "once": "once", "one-time": "once", "one-off": "once",
}  # fmt: skip
YES = {"yes", "true", "1", "y", "churned"}
NO = {"no", "false", "0", "n", ""}


def set_monthly(workspace: Workspace, account: Account, cents: int, currency: str, since: date | None) -> bool:
    """The account's subscription is `cents` a month now. What it paid before stays as it was.

    It changed on `since` if that is later than what we knew, else today. Returns whether anything changed.
    """
    now = today(workspace)
    rows = list(Revenue.objects.filter(account=account, source="subscription", ref="", once=False, currency=currency))
    held = [r for r in rows if r.since <= now and (r.until is None or r.until > now)]
    if sum(r.cents for r in held) == cents or any(r.since > now and (r.since, r.cents) == (since, cents) for r in rows):
        return False
    begun = max((r.since for r in held), default=date.min)
    ended = max((r.until for r in rows if r.until and r.until <= now), default=date.min)
    start = since if since and since > begun and since >= ended else now
    for r in held:
        if r.since >= start:
            r.delete()
        else:
            r.until = start
            r.save(update_fields=["until"])
    if cents:
        Revenue.objects.update_or_create(
            account=account, source="subscription", ref="", since=start, once=False, currency=currency,
            defaults={"workspace": workspace, "cents": cents, "until": None},
        )  # fmt: skip
    return True


class Told(NamedTuple):
    """A row of money as it is kept."""

    account: str
    source: str
    ref: str
    cents: int
    currency: str
    since: date
    until: date | None
    once: bool


def _told(workspace: Workspace, f: Fields) -> Told:
    name = clean.text(f.get("account"), 200, "The account")
    word = given(f.get("period")).lower()
    if not word and "account" not in f:
        word = "once"  # a file without accounts tells of a day's income
    period = PERIOD_WORDS.get(word, "")
    if not period:
        raise ValueError(f"{word[:40]!r} is not a period. Write month, year or once.")
    if not name and period != "once":
        raise ValueError("The row names no account. Only income of a day (period once) may stand without.")
    cents = clean.cents(f.get("amount"))
    since, until = _span(workspace, f)
    if until and until <= since:
        raise ValueError(f"It ends ({until}) before it begins ({since}).")
    return Told(
        name,
        clean.text(f.get("source"), 60, "The source") or ("other" if period == "once" and not name else "subscription"),
        clean.text(f.get("id"), 255, "The id"),
        a_twelfth(cents) if period == "year" else cents,
        clean.currency(f.get("currency"), workspace.currency),
        since,
        None if period == "once" else until,
        period == "once",
    )


def _span(workspace: Workspace, f: Fields) -> tuple[date, date | None]:
    """From when to when: as given, or counted back from `as_of` by the `months` an account had been paying then.

    Churned then means: it paid on that day for the last time. A new one (0 months) began on that very day.
    """
    if given(f.get("from")) or not given(f.get("months")):
        return clean.day(f.get("from"), "from"), clean.last_day(f.get("to"), "to")
    as_of = clean.day(f["as_of"], "as_of") if given(f.get("as_of")) else today(workspace) - timedelta(days=1)
    raw = given(f["months"])
    if not re.fullmatch(r"[0-9]{1,4}", raw) or int(raw) > 1200:
        raise ValueError(f"months {raw[:40]!r} is not a number of months. Write 0 to 1200.")
    churned = given(f.get("churned")).lower()
    if churned not in YES | NO:
        raise ValueError(f"churned {churned[:40]!r} is neither yes nor no.")
    return months_before(as_of, int(raw)), as_of + timedelta(days=1) if churned in YES else None


def months_before(day: date, months: int) -> date:
    """The same day that many months earlier, or the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def money(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Revenue of accounts: `amount` per `period` (month, year or once) from `from` up to, not including, `to`.
    Income of a day without an account: `amount`, `from` and `source`."""
    result = Result()
    finder = Finder(workspace)
    finder.load_accounts(f.get("account") for _, f in batch)
    revenue: dict[tuple[Any, ...], Revenue | Income] = {
        _key(r): r for r in Revenue.objects.filter(account__in=[a.pk for a in finder.held_accounts()])
    }
    days = [d for _, f in batch if not given(f.get("account")) and (d := _day(f)) is not None]
    if days:
        held = Income.objects.filter(workspace=workspace, account=None, day__range=(min(days), max(days)))
        revenue |= {_key(r): r for r in held}
    fresh: list[Revenue | Income] = []
    for row, f in batch:
        try:
            told = _told(workspace, f)
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        made = _made(workspace, told, finder)
        old = revenue.get(_key(made))
        if old is None:
            revenue[_key(made)] = made
            fresh.append(made)
            result.stored += 1
        elif (old.cents, getattr(old, "until", None)) == (told.cents, told.until):
            result.repeated += 1
        else:
            old.cents = told.cents
            if isinstance(old, Revenue):
                old.until = told.until
            if old.pk:
                old.workspace = workspace
                old.save(update_fields=["cents", "until"] if isinstance(old, Revenue) else ["cents"])
            result.stored += 1
    Revenue.objects.bulk_create(r for r in fresh if isinstance(r, Revenue))
    Income.objects.bulk_create(r for r in fresh if isinstance(r, Income))
    return result


def _day(f: Fields) -> date | None:
    try:
        return clean.day(f.get("from"), "from")
    except ValueError:
        return None


def _key(row: Revenue | Income) -> tuple[Any, ...]:
    if isinstance(row, Income):
        return (None, row.source, row.ref, row.day, True, row.currency)
    return (row.account_id, row.source, row.ref, row.since, row.once, row.currency)


def _made(workspace: Workspace, told: Told, finder: Finder) -> Revenue | Income:
    if not told.account:
        return Income(
            workspace=workspace, source=told.source, ref=told.ref, day=told.since, cents=told.cents, currency=told.currency
        )  # fmt: skip
    account, _ = finder.account(told.account)
    return Revenue(
        workspace=workspace, account=account, source=told.source, ref=told.ref, cents=told.cents, currency=told.currency,
        since=told.since, until=told.until, once=told.once,
    )  # fmt: skip


def a_twelfth(cents: int) -> int:
    """A year's amount as a month's, to the nearest cent."""
    return (cents + 6) // 12 if cents >= 0 else -((-cents + 6) // 12)


def rates(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Exchange rates: one a row (day, base, quote, rate), or a day a row with a column for each currency, as the
    European Central Bank gives them: units of that currency for one `base` (EUR when none is named)."""
    result = Result()
    told: list[tuple[Row, list[tuple[str, str, date, Decimal]]]] = []
    for row, f in batch:
        try:
            told.append((row, _rates_of(f)))
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
    days = {r[2] for _, found in told for r in found}
    held = {
        (r.base, r.quote, r.day): r
        for r in (Rate.objects.filter(workspace=workspace, day__range=(min(days), max(days))) if days else ())
    }
    fresh: dict[tuple[str, str, date], Rate] = {}
    for _, found in told:
        changed = False
        for base, quote, day, value in found:
            key = (base, quote, day)
            old = held.get(key)
            if old is None:
                held[key] = fresh[key] = Rate(workspace=workspace, base=base, quote=quote, day=day, value=value)
                changed = True
            elif old.value != value:
                old.value, changed = value, True
                if old.pk:
                    old.save(update_fields=["value"])
        if changed:
            result.stored += 1
        else:
            result.repeated += 1
    Rate.objects.bulk_create(fresh.values())
    return result


def _rates_of(f: Fields) -> list[tuple[str, str, date, Decimal]]:
    day = clean.day(f.get("day"), "day")
    if "rate" in f:
        base, quote = (clean.currency(f.get(k), "") for k in ("base", "quote"))
        if base == quote:
            raise ValueError(f"{base} in {quote} is always 1.")
        return [(base, quote, day, _rate(f["rate"]))]
    base = clean.currency(f.get("base"), "EUR")
    columns = {str(k).strip().upper(): given(v) for k, v in f.get("traits", {}).items()}
    found = [
        (base, code, day, _rate(value))
        for code, value in columns.items()
        if re.fullmatch("[A-Z]{3}", code) and code != base and value.upper() not in ("", "N/A", "-")
    ]
    if not found:
        raise ValueError("The row holds no rate: neither a column rate nor columns named by currencies, such as USD.")
    return found


def _rate(value: Any) -> Decimal:
    raw = given(value)
    if raw.count(",") == 1 and "." not in raw:
        raw = raw.replace(",", ".")
    try:
        rate = Decimal(raw)
    except InvalidOperation:
        raise ValueError(f"rate {raw[:40]!r} is not a number. Write 1.0845.") from None
    if not rate.is_finite() or not Decimal("1e-10") <= rate < Decimal("1e13"):
        raise ValueError(f"rate {raw[:40]!r} is not a rate above 0.")
    return round(rate, 10)


def reconvert(workspace: Workspace) -> int:
    """Worth in the workspace's currency by the rates known now; how many rows changed."""
    converter = Converter.of(workspace)
    changed = 0
    for model in (Revenue, Income):
        rows: list[Any] = []
        for row in model.objects.filter(workspace=workspace).exclude(currency=workspace.currency).iterator(2000):
            row.workspace = workspace
            before = row.base_cents
            row.fill(converter)
            if row.base_cents != before:
                rows.append(row)
        model.objects.bulk_update(rows, ["base_cents"], batch_size=500)
        changed += len(rows)
    return changed
