"""The rail around every console page: the six steps of the loop, and what waits in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from wellheard.decide.models import Bet
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Workspace
from wellheard.tell.queries.debt import owed as read_owed
from wellheard.understand.models import Problem, Theme


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    about: str
    url: str
    current: bool
    count: int = 0
    count_about: str = ""
    due: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    workspace: Workspace
    role: str
    steps: list[Step]
    may_contribute: bool = False


def _steps(workspace: Workspace, current: str) -> list[Step]:
    voices = Voice.objects.filter(workspace=workspace, triage=Triage.NEW).count()
    themes = Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED).count()
    problems = Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None).count()
    bets = Bet.objects.filter(workspace=workspace, state__in=[Bet.State.DRAFT, Bet.State.STARTED]).count()
    owed = read_owed(workspace).people
    shipped = Bet.objects.filter(workspace=workspace, state=Bet.State.SHIPPED).count()
    rows = [
        ("pulse", "Pulse", "the loop today", 0, "", False),
        ("people", "People", "who uses, who pays", 0, "", False),
        ("listen", "Listen", "new voices", voices, "to sort", False),
        (
            "understand",
            "Understand",
            "problems",
            themes or problems,
            "suggested themes" if themes else "problems",
            False,
        ),
        ("decide", "Decide", "bets", bets, "open bets", False),
        ("tell", "Tell", "replies owed", owed, "owed", owed > 0),
        ("measure", "Measure", "did it help?", shipped, "shipped bets", False),
    ]
    return [
        Step(name, about, reverse(key, args=[workspace.slug]), key == current, count, what, due)
        for key, name, about, count, what, due in rows
    ]


def page(
    request: HttpRequest, access: Access, template: str, step: str = "", status: int = 200, **context: Any
) -> HttpResponse:
    """Render a console page inside its frame, with times in the workspace's zone. `step` lights up in the rail."""
    workspace = access.workspace
    with timezone.override(ZoneInfo(workspace.time_zone)):
        frame = Frame(workspace, access.role.label, _steps(workspace, step), access.may_contribute)
        return render(
            request, template, {"frame": frame, "access": access, "workspace": workspace, **context}, status=status
        )
