"""Reading single values that people and programs send: each returns the value or raises a clear ValueError."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
# Lone surrogates are no characters: no database and no reply can hold them. Neither can PostgreSQL hold NUL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def flaw(value: str) -> str:
    """What is wrong with the characters of a text, or nothing."""
    found = _UNSTORABLE.search(value)
    if found is None:
        return ""
    return "a NUL character" if found.group() == "\x00" else "half a character (a lone surrogate)"


def text(value: Any, limit: int, what: str) -> str:
    """A trimmed string of at most `limit` characters that every database can hold."""
    cleaned = "" if value is None else str(value).strip()
    if len(cleaned) > limit:
        raise ValueError(f"{what} has {len(cleaned)} characters; {limit} at most.")
    if wrong := flaw(cleaned):
        raise ValueError(f"{what} holds {wrong}; remove it.")
    return cleaned


def traits(value: Any) -> dict[str, Any]:
    """Free properties of a person, account or voice: JSON that every database can hold, empty values left out."""
    if value is not None and not isinstance(value, dict):
        raise ValueError("Traits are an object of names and values.")
    held = {str(k)[:80]: v for k, v in (value or {}).items() if v is not None and v != ""}
    if wrong := flaw_inside(held):
        raise ValueError(f"A trait holds {wrong}; leave it out.")
    return held


def flaw_inside(value: Any) -> str:
    """What no database could hold anywhere inside a JSON value, or nothing."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return "what is no plain value (NaN, infinity, or nested too deep)"
    return flaw(written) or ("a NUL character" if _ESCAPED_NUL.search(written) else "")


_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def email(value: Any) -> str | None:
    cleaned = str(value or "").strip().lower()
    if not cleaned:
        return None
    try:
        validate_email(cleaned)
    except ValidationError:
        raise ValueError(f"{cleaned[:80]!r} is not an e-mail address.") from None
    if len(cleaned) > 254:
        raise ValueError(f"{cleaned[:80]!r}… is longer than an e-mail address can be.")
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
    except Ambiguous as e:
        raise ValueError(f"{what} {e}") from None
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{what} {raw[:40]!r} is not a date. Write 2026-11-22 or 2026-11-22T14:30:00+01:00.") from None
    # The years are looked at first: turning the last day of 9999 into UTC would overflow.
    if 1969 <= found.year <= 9000:
        found = found.replace(tzinfo=found.tzinfo or ZoneInfo(zone)).astimezone(UTC)
        latest = (now or datetime.now(UTC)).timestamp() + 86_400
        if found >= EARLIEST and found.timestamp() <= latest:
            return found
    raise ValueError(f"{what} {raw[:40]!r} lies before 1970 or in the future.")


class Ambiguous(ValueError):
    """A date that two countries read differently; guessing would bend trends without anybody noticing."""


_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)")
_FORMATS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d", "%B %d, %Y",
            "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%Y-%m-%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z",
            "%a %b %d %H:%M:%S %z %Y")  # fmt: skip


def _iso(raw: str) -> str:
    """25/12/2023 and 12/25/2023 with the year first; raises Ambiguous for 03/04/2024."""
    found = _SLASHED.fullmatch(raw)
    if not found:
        return raw
    a, b, year, rest = int(found[1]), int(found[2]), found[3], found[4]
    if a <= 12 and b <= 12 and a != b:
        raise Ambiguous(
            f"{raw[:40]!r} may be {a}.{b}. or {b}.{a}. Write {year}-{b:02d}-{a:02d} or {year}-{a:02d}-{b:02d}."
        )
    day, month = (a, b) if a > 12 else (b, a)
    return f"{year}-{month:02d}-{day:02d}{rest}"


def _parsed(raw: str) -> datetime:
    raw = _iso(raw)
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
    """A calendar day between 1900 and 2199: what lies outside is a slip, and clocks of other zones overflow on it."""
    raw = "" if value is None else str(value).strip()
    try:
        found = _parsed(raw).date()
    except Ambiguous as e:
        raise ValueError(f"{what} {e}") from None
    except ValueError:
        raise ValueError(f"{what} {raw[:40]!r} is not a date. Write 2026-11-22.") from None
    if not 1900 <= found.year < FOREVER:
        raise ValueError(f"{what} {raw[:40]!r} does not lie between 1900 and {FOREVER - 1}.")
    return found


FOREVER = 2200


def last_day(value: Any, what: str) -> date | None:
    """The day something ends; nothing, or a day of year 2200 or later (9999-12-31), means that it goes on."""
    raw = "" if value is None else str(value).strip()
    if not raw:
        return None
    try:
        if _parsed(raw).year >= FOREVER:
            return None
    except ValueError:
        pass
    return day(raw, what)


def cents(value: Any, what: str = "amount") -> int:
    """An amount of money with at most two decimals, as a whole number of cents. "1,234.50" and "1.234,50" both read.

    Around the number may stand a currency; anything else is refused, for half a number read is a wrong number.
    """
    given = "" if value is None else str(value).strip().replace("\u2212", "-")
    if given.startswith("(") and given.endswith(")"):  # how accountants write less than nothing
        given = f"-{given[1:-1]}"
    found = _AMOUNT.fullmatch(given)
    raw = re.sub(_GAP, "", found["sign"] + found["number"]) if found else ""
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


_AROUND = r"(?:[A-Z]{3}|[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9\u20a9\u20ba\u20bd\u0e3f\u20b4])?"
_GAP = r"[ '\u2019\u00a0\u202f]"
_AMOUNT = re.compile(
    rf"(?P<sign>-?){_GAP}*{_AROUND}{_GAP}*(?P<number>-?[.,]?[0-9](?:(?:[0-9.,]|{_GAP})*[0-9])?[.,]?){_GAP}*{_AROUND}"
)


def currency(value: Any, default: str) -> str:
    cleaned = str(value or default).strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", cleaned):
        raise ValueError(f"{cleaned[:12]!r} is not a currency. Write its three letters, such as EUR.")
    return cleaned


def day_of(moment: datetime, zone: str) -> date:
    """The day it was there then; near midnight another one than in UTC."""
    return moment.astimezone(ZoneInfo(zone)).date()


def midnight(d: date, zone: str) -> datetime:
    return datetime.combine(d, time.min, ZoneInfo(zone))
