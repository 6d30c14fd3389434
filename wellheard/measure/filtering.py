"""The ledger narrowed: by team, goal, verdict, day of shipping, and by the kind of people who asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wellheard.people.models import Workspace

from .beside import beside
from .queries import Line, ledger

DUE = "due"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to keep; empty keeps all. `verdict` is a word of the ledger or "due"; days are inclusive; `kind` is "plan:NAME" or
    "segment:NUMBER"."""

    team: str = ""
    goal: str = ""
    verdict: str = ""
    since: date | None = None
    until: date | None = None
    kind: str = ""

    def __bool__(self) -> bool:
        return any((self.team, self.goal, self.verdict, self.since, self.until, self.kind))

    def keeps(self, line: Line) -> bool:
        bet = line.bet
        word = line.outcome.word if line.outcome else DUE
        return (
            (not self.team or bet.team == self.team) and (not self.goal or bet.goal == self.goal)
            and (not self.verdict or word == self.verdict)
            and (self.since is None or (bet.shipped_on is not None and bet.shipped_on >= self.since))
            and (self.until is None or (bet.shipped_on is not None and bet.shipped_on <= self.until))
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, in this ledger."""

    teams: list[str]
    goals: list[str]
    verdicts: list[str]
    kinds: list[tuple[str, str]]

    def __bool__(self) -> bool:
        return any((self.teams, self.goals, self.kinds, len(self.verdicts) > 1))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`kinds` has, where a kind was chosen, those of that kind who asked, by bet: only bets of which that may be told are kept.
    `dropped` is how many bets fit otherwise and are not told of."""

    lines: list[Line]
    choices: Choices
    all: int
    kind: str = ""
    kinds: dict[int, dict[str, Any]] = field(default_factory=dict)
    dropped: int = 0

    def as_dict(self) -> dict[str, Any]:
        """`kind` and `not_told` only where a kind was chosen."""
        rows = [line.as_dict() | {"id": line.bet.pk} for line in self.lines]
        if not self.kind:
            return {"outcomes": rows}
        told = [row | {"kind": self.kinds[row["id"]]} for row in rows]
        return {"outcomes": told, "not_told": self.dropped}


def narrowed(workspace: Workspace, chosen: Chosen) -> Narrowed:
    """The rows of each kind stand with the verdict since it was measured, held against all others (`floors`): choosing takes
    from them and adds none, so no two choices can be set against each other."""
    lines = ledger(workspace)
    told = {line.bet.pk: beside(line.outcome).kinds for line in lines if line.outcome}
    kinds = {key: str(row["name"]) for rows in told.values() for key, row in rows.items()}
    choices = Choices(
        _known(line.bet.team for line in lines), _known(line.bet.goal for line in lines),
        _known(line.outcome.word if line.outcome else DUE for line in lines), sorted(kinds.items(), key=lambda k: k[1].casefold()),
    )  # fmt: skip
    kept = [line for line in lines if chosen.keeps(line)]
    if not chosen.kind:
        return Narrowed(kept, choices, len(lines))
    rows = {bet: held[chosen.kind] for bet, held in told.items() if chosen.kind in held}
    shown = [line for line in kept if line.bet.pk in rows]
    return Narrowed(shown, choices, len(lines), chosen.kind, rows, len(kept) - len(shown))


def _known(words: Iterable[str]) -> list[str]:
    return sorted({w for w in words if w}, key=str.casefold)
