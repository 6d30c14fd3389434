"""What stands beside a verdict as every surface tells it: page, API and command line. Nothing goes out but through here, so
that what must not be shown is shown nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .floors import FLOOR
from .models import Outcome

GROUPS = {
    "asked": ("Asked for this", "before the release, and active in the four weeks before it"),
    "told": ("Told of it", "a notice of the release went to them, and they are not among those who asked"),
    "silent": ("Silent sufferers", "do now what a pattern of the problem says, and did not ask for it"),
    "others": ("Everybody else", "who did it at least once in these weeks, or asked for something"),
}  # fmt: skip
MONEY = {
    "askers": ("Asked for this", "accounts of those who asked"),
    "mirror": ("Asked for something else", "accounts of the mirror without those on the left"),
    "first": ("Had it first", "accounts of the first half"),
    "later": ("Waited", "accounts of the other half without those on the left"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows as stored by `described.groups_of` and `described.money_of`, without whom they are over. `more` is by how much more
    the revenue of the first group of accounts changed than the second's, of what each paid at release."""

    groups: dict[str, dict[str, Any]]
    cannot: list[str]
    money: dict[str, dict[str, Any]]
    more: dict[str, float] | None
    drawn: bool
    floor: int = FLOOR

    def as_dict(self) -> dict[str, Any]:
        return {
            "floor": self.floor,
            "groups": [{"group": name, **row} for name, row in self.groups.items()],
            "cannot": self.cannot,
            "money": [{"group": name, **row} for name, row in self.money.items()],
            "money_more": self.more,
        }


def beside(found: Outcome) -> Beside:
    """Verdicts from before this was kept have empty parts."""
    held, money = found.pieces.get("groups", {}), found.pieces.get("money", {})
    rows = held.get("rows", {})
    groups = {name: rows[name] for name in GROUPS if name in rows}
    told = money.get("groups", {})
    return Beside(
        groups, held.get("cannot", []), {n: told[n] for n in MONEY if n in told}, money.get("more"), "staged" in found.pieces
    )  # fmt: skip
