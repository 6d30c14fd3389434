"""Whole weeks: from Monday to Sunday."""

from __future__ import annotations

from datetime import date, timedelta


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
