"""Quiet hours: times of day at which nobody is written to, by the clock where they live."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

# Where libraries and imports put it.
ZONE_TRAITS = ("time_zone", "timezone", "timeZone", "tz")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that name, or None when there is none."""
    try:
        return ZoneInfo(name) if "/" in name or name == "UTC" else None
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return None


def zone_of(traits: dict[str, Any], otherwise: str) -> ZoneInfo:
    """Where a person lives as far as is known, else the workspace's zone."""
    for key in ZONE_TRAITS:
        said = traits.get(key)
        if isinstance(said, str) and (found := zone(said.strip())):
            return found
    return zone(otherwise) or ZoneInfo("UTC")


def is_quiet(at: datetime, start: time, end: time, where: ZoneInfo) -> bool:
    """Whether the clock there shows a time from `start` up to `end`, over midnight where `end` is the earlier."""
    clock = at.astimezone(where).time()
    return start <= clock < end if start < end else clock >= start or clock < end


def opens(at: datetime, start: time, end: time, where: ZoneInfo) -> datetime:
    """The first moment from `at` on that is not quiet. On nights when the clock is put forward or back, that is when the
    clock there really shows it, however long the night was."""
    if start == end or not is_quiet(at, start, end, where):
        return at
    day = at.astimezone(where).date()
    found = []
    for date in (day, day + timedelta(days=1), day + timedelta(days=2)):
        for fold in (0, 1):
            moment = datetime.combine(date, end, where).replace(fold=fold).astimezone(UTC)
            if moment > at and not is_quiet(moment, start, end, where):
                found.append(moment)
    return min(found)
