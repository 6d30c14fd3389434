"""Which share of those who are active use something."""

from __future__ import annotations

from dataclasses import dataclass

from wellheard.store.reader import Reader

from . import sql
from .question import Adoption


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; `share` is None when there is nobody to ask about."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Adopted:
    people: Share
    accounts: Share


def adoption(reader: Reader, workspace: int, question: Adoption) -> Adopted:
    found = {str(row[0]): row for row in reader.rows(*sql.adoption(reader, workspace, question))}
    who, everybody = found.get(question.event, ("", 0, 0)), found.get("", ("", 0, 0))
    return Adopted(Share(int(who[1]), int(everybody[1])), Share(int(who[2]), int(everybody[2])))
