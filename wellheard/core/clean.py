"""Reading single values that people and programs send: each returns the value or raises a clear ValueError."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


def text(value: Any, limit: int, what: str) -> str:
    """A trimmed string of at most `limit` characters."""
    cleaned = "" if value is None else str(value).strip()
    if len(cleaned) > limit:
        raise ValueError(f"{what} has {len(cleaned)} characters; {limit} at most.")
    return cleaned


def email(value: Any) -> str | None:
    cleaned = str(value or "").strip().lower()
    if not cleaned:
        return None
    try:
        validate_email(cleaned)
    except ValidationError:
        raise ValueError(f"{cleaned[:80]!r} is not an e-mail address.") from None
    return cleaned


def moment(value: Any, zone: str, what: str, now: datetime | None = None) -> datetime:
    """A moment from ISO text, a date, or epoch seconds/milliseconds; without a zone it is the workspace's.

    Before 1970 or more than a day ahead is refused: such dates are slips, and would bend every trend.
    """
    raw = str(value).strip() if value is not None else ""
    try:
        if re.fullmatch(r"-?\d{9,14}(\.\d+)?", raw):
            number = float(raw)
            found = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        else:
            found = _parsed(raw)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{what} {raw[:40]!r} is not a date. Write 2026-11-22 or 2026-11-22T14:30:00+01:00.") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    found = found.astimezone(UTC)
    latest = (now or datetime.now(UTC)).timestamp() + 86_400
    if found < EARLIEST or found.timestamp() > latest:
        raise ValueError(f"{what} {raw[:40]!r} lies before 1970 or in the future.")
    return found


_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y", "%d %B %Y")


def _parsed(raw: str) -> datetime:
    try:
        return datetime.fromisoformat(raw.removesuffix(" UTC") + ("+00:00" if raw.endswith(" UTC") else ""))
    except ValueError:
        for pattern in _FORMATS:
            try:
                return datetime.strptime(raw, pattern)  # noqa: DTZ007 - the zone is added by the caller
            except ValueError:
                continue
        raise


def day(value: Any, what: str) -> date:
    raw = str(value or "").strip()
    try:
        return _parsed(raw).date()
    except ValueError:
        raise ValueError(f"{what} {raw[:40]!r} is not a date. Write 2026-11-22.") from None


def cents(value: Any, what: str = "amount") -> int:
    """An amount of money with at most two decimals, as a whole number of cents. "1,234.50" and "1.234,50" both read."""
    raw = re.sub(r"[^\d,.\-]", "", str(value or ""))
    if "," in raw and "." in raw:
        raw = raw.replace(",", "") if raw.rfind(".") > raw.rfind(",") else raw.replace(".", "").replace(",", ".")
    elif raw.count(",") == 1 and len(raw.split(",")[1]) in (1, 2):
        raw = raw.replace(",", ".")
    else:
        raw = raw.replace(",", "")
    try:
        amount = Decimal(raw) * 100
        whole = int(amount.to_integral_value())
    except (InvalidOperation, ValueError):
        raise ValueError(f"{what} {str(value)[:40]!r} is not an amount of money. Write 1234.50.") from None
    if amount != whole:
        raise ValueError(f"{what} {str(value)[:40]!r} has more than two decimals.")
    if abs(whole) > 10**15:
        raise ValueError(f"{what} {str(value)[:40]!r} is too large.")
    return whole


def currency(value: Any, default: str) -> str:
    cleaned = str(value or default).strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", cleaned):
        raise ValueError(f"{cleaned[:12]!r} is not a currency. Write its three letters, such as EUR.")
    return cleaned


def midnight(d: date, zone: str) -> datetime:
    return datetime.combine(d, time.min, ZoneInfo(zone))
