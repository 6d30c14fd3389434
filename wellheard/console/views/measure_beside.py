"""What a bet's page shows beside its verdict: groups described apart, and the money of accounts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from wellheard.charts.lines import Series, line_chart
from wellheard.measure.beside import CANNOT_SEPARATE, GROUPS, MONEY, Beside, beside
from wellheard.measure.models import Outcome

TONES = {"asked": "u", "told": "c", "silent": "w", "others": "m"}
LINES = [
    ("before", "At release"),
    ("kept", "Kept"),
    ("grown", "Grown"),
    ("lost", "Lost"),
    ("new", "New"),
    ("after", "After"),
]
NEW = "from accounts that paid nothing at release"


def besides(found: Outcome) -> dict[str, Any]:
    """Template words."""
    told = beside(found)
    return {
        "beside": told,
        "cannot_separate": CANNOT_SEPARATE,
        "groups": [(*GROUPS[name], row) for name, row in told.groups.items()],
        "group_chart": _chart(found, told),
        "money": _money(told),
    }


def _chart(found: Outcome, told: Beside) -> Any:
    drawn = [
        Series(GROUPS[name][0].lower(), TONES[name], row["series"])
        for name, row in told.groups.items()
        if row.get("series")
    ]
    if len(drawn) < 2:
        return None
    first = date.fromisoformat(found.pieces["first_monday"])
    labels = [f"{first + timedelta(weeks=i):%-d %b}" for i in range(len(drawn[0].values))]
    return line_chart(
        "How often one person of each group did it a week, on average", labels, drawn,
        mark=found.pieces["release_week"], mark_name="release",
    )  # fmt: skip


def _money(told: Beside) -> dict[str, Any] | None:
    """A table: groups of accounts side by side, a row for each part of what they pay."""
    groups = [(name, row) for name, row in told.money.items() if row["accounts"]]
    if not groups:
        return None
    return {
        "heads": [(*MONEY[name], row) for name, row in groups],
        "rows": [
            (label, NEW if key == "new" else "", [_cell(row, key) for _, row in groups])
            for key, label in LINES
            if key != "new" or any(row["new"] for _, row in groups)
        ],
        "changes": [_cell(row, "change") for _, row in groups] if any(row["shares"] for _, row in groups) else None,
        "whys": [(MONEY[name][0], row["why"]) for name, row in groups if row["why"]],
        "more": _more(told.more),
    }


def _cell(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {"cents": row.get(key), "share": (row["shares"] or {}).get(key)}


def _more(more: dict[str, float] | None) -> dict[str, Any] | None:
    if not more:
        return None
    told: dict[str, Any] = {k: f"{v * 100:+.0f}".replace("-", "−") for k, v in more.items()}
    told["value"] = f"{abs(more['value']) * 100:.0f}"
    return told | {"word": "less" if more["value"] < 0 else "more", "open": more["low"] <= 0 <= more["high"]}
