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

CANNOT_SEPARATE = (
    "people asking for this topic only, whose accounts were about to grow or shrink for other reasons",
    "spill-over from those who asked to colleagues and others",
    "a whole account asking",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows as stored by `described.groups_of` and `described.money_of`, without whom they are over. `kinds`
    are those who asked by plan and segment, `kept_back` how many such kinds are too few to be told of. `more` is by how much more
    the revenue of the first group of accounts changed than the second's, of what each paid at release."""

    groups: dict[str, dict[str, Any]]
    kinds: dict[str, dict[str, Any]]
    kept_back: int
    cannot: list[str]
    money: dict[str, dict[str, Any]]
    more: dict[str, float] | None
    drawn: bool
    floor: int = FLOOR

    def as_dict(self) -> dict[str, Any]:
        return {
            "floor": self.floor,
            "groups": [{"group": name, **row} for name, row in self.groups.items()],
            "kinds": [{"kind": name, **row} for name, row in self.kinds.items()],
            "kinds_kept_back": self.kept_back,
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
        groups, held.get("kinds", {}), held.get("kinds_kept_back", 0), held.get("cannot", []), {n: told[n] for n in MONEY if n in told}, money.get("more"), "staged" in found.pieces
    )  # fmt: skip


def estimates(found: Outcome) -> dict[str, dict[str, Any] | None]:
    """The numbers behind the word by name; of a release by lot the halves' differences."""
    if (halves := found.pieces.get("staged")) is not None:
        return {name: halves.get(name) for name in ("whole", "early", "late", "before")}
    return {name: found.pieces.get(name) for name in ("moved", "a", "b", "early", "late", "placebo")}


def whole(found: Outcome) -> dict[str, Any]:
    """One verdict with everything that is told of it."""
    return {
        "bet": found.bet.name, "id": found.bet_id, "metric": found.pieces.get("metric", found.bet.metric), "verdict": found.word,
        "level": found.level, "estimate": found.estimate, "low": found.low, "high": found.high, "asked": found.asked,
        "compared": found.compared, "reasons": found.pieces.get("reasons", []), "estimates": estimates(found),
        "series": found.pieces.get("series", {}), "first_monday": found.pieces.get("first_monday"),
        "release_week": found.pieces.get("release_week"), "beside": beside(found).as_dict(),
        "cannot_separate": [] if "staged" in found.pieces else list(CANNOT_SEPARATE),
        "measured_at": found.measured_at.isoformat(), "measured_to": found.measured_to.isoformat(),
    }  # fmt: skip
