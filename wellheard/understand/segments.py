"""The condition "spoke of a problem", for segments: the author of a voice that is evidence for it."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet

from wellheard.listen.models import Voice
from wellheard.listen.segments import CHANNEL, DAYS, TIMES, Spoken
from wellheard.people.models import Workspace
from wellheard.people.segments.condition import Field
from wellheard.people.segments.facts import Facts, Mask, Of
from wellheard.people.segments.registry import register

from .models import Problem


def problems(workspace: Workspace) -> list[tuple[str, str]]:
    rows = Problem.objects.filter(workspace=workspace, merged_into=None).order_by("name").values_list("pk", "name")
    return [("", "any problem"), *((str(pk), name) for pk, name in rows)]


@register
class SpokeOf(Spoken, frozen=True, kw_only=True, tag="problem"):
    """Without a number: of any problem. A problem merged into another counts what went along with it."""

    problem: int | None = None

    title: ClassVar[str] = "Spoke of a problem"
    group: ClassVar[str] = "What they said"
    fields: ClassVar[tuple[Field, ...]] = (Field("problem", "Problem", "thing", problems), TIMES, DAYS, CHANNEL)

    def check(self, workspace: Workspace) -> None:
        super().check(workspace)
        if self.problem is not None and not Problem.objects.filter(workspace=workspace, pk=self.problem).exists():
            raise ValueError(f"there is no problem with the number {self.problem}.")

    def voices(self, facts: Facts) -> QuerySet[Voice]:
        rows = super().voices(facts)
        if self.problem is None:
            return rows.exclude(evidence=None)
        return rows.filter(evidence__problem=self.problem)

    def mask(self, facts: Facts, of: Of) -> Mask:
        return self.counted(facts, of)

    def words(self, workspace: Workspace) -> str:
        if self.problem is None:
            return f"spoke of a problem{self.how()}"
        name = Problem.objects.filter(workspace=workspace, pk=self.problem).values_list("name", flat=True).first()
        return f"spoke of “{name or f'problem {self.problem}, which is gone'}”{self.how()}"
