"""What the language audit finds in a workspace's texts, and what of it is waived."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from wellheard.people.models import Workspace

from ..language import Finding, check
from ..language.places import Place, places
from ..models import Waiver


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in its place. `key` names it on the page; `before`, `words`, `after` are its sentence in three parts."""

    heading: str
    place: Place
    finding: Finding
    waiver: Waiver | None

    @property
    def key(self) -> str:
        return f"{self.place.key}:{self.finding.start}:{self.finding.end}"

    @property
    def before(self) -> str:
        return self.finding.sentence[: self.finding.start - self.finding.at]

    @property
    def after(self) -> str:
        return self.finding.sentence[self.finding.end - self.finding.at :]

    def as_dict(self) -> dict[str, object]:
        return {
            "place": self.place.key,
            "label": self.place.label,
            "editable": self.place.editable,
            **self.finding.as_dict(),
            "waived": self.waiver.reason if self.waiver else None,
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """`texts` were read; `open` findings first in the order of places, then `waived` ones."""

    texts: int
    open: list[Found]
    waived: list[Found]


def digest(finding: Finding) -> str:
    return hashlib.sha256(" ".join(finding.sentence.split()).encode()).hexdigest()


def audit(workspace: Workspace, rule: str = "") -> Audit:
    held = {(w.place, w.rule, w.words, w.digest): w for w in Waiver.objects.filter(workspace=workspace)}
    found: list[Found] = []
    read = places(workspace)
    for heading, place in read:
        for f in check(place.text):
            if not rule or f.rule == rule:
                found.append(Found(heading, place, f, held.get((place.key, f.rule, f.words[:200], digest(f)))))
    return Audit(len(read), [f for f in found if f.waiver is None], [f for f in found if f.waiver is not None])
