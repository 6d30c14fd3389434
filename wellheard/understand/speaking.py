"""The texts of these layers that the language audit reads: the portal's, problems, answers to ideas."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from wellheard.listen.models import Board, Idea, Look
from wellheard.listen.services.boards import change_board
from wellheard.listen.services.look import change_look
from wellheard.people.access import Access
from wellheard.people.models import Workspace

from .language.places import Place, texts
from .models import Problem
from .services.problems import rename_problem

# Of what was answered and cannot be changed, so many of the newest.
NEWEST = 200


def _look(access: Access, field: str, text: str) -> Any:
    values: dict[str, Any] = {field: text}
    return change_look(access, **values)


@texts("The portal")
def portal(workspace: Workspace) -> Iterable[Place]:
    look = Look.objects.filter(workspace=workspace).first()
    for field, label in (("welcome_title", "Greeting of the portal"), ("welcome", "Words under the greeting")):
        if look is not None:
            change = partial(lambda access, text, field: _look(access, field, text), field=field)
            yield Place(f"look:{look.pk}:{field}", label, getattr(look, field), "portal_look", None, change)
    for board in Board.objects.filter(workspace=workspace, archived_at=None).order_by("pk"):
        for field, label in (("name", "Name of a board"), ("description", f"What the board {board} is for")):
            change = partial(
                lambda access, text, board, field: change_board(access, board, **{field: text}),
                board=board,
                field=field,
            )
            yield Place(f"board:{board.pk}:{field}", label, getattr(board, field), "edit_board", board.pk, change)


@texts("Answers to ideas")
def answers(workspace: Workspace) -> Iterable[Place]:
    """Followers got these by mail: they stand as they were said, and a better one is a new answer."""
    for idea in Idea.objects.filter(workspace=workspace).exclude(answer="").order_by("-pk")[:NEWEST]:
        yield Place(f"idea:{idea.pk}:answer", f"Answer to “{idea.title}”", idea.answer, "team_idea", idea.pk)


@texts("Problems")
def problems(workspace: Workspace) -> Iterable[Place]:
    for problem in Problem.objects.filter(workspace=workspace, merged_into=None).order_by("pk"):
        yield Place(
            f"problem:{problem.pk}:name", "Name of a problem", problem.name, "problem", problem.pk,
            partial(lambda access, text, problem: rename_problem(access, problem, text, problem.summary), problem=problem),
        )  # fmt: skip
        yield Place(
            f"problem:{problem.pk}:summary", f"Summary of “{problem}”", problem.summary, "problem", problem.pk,
            partial(lambda access, text, problem: rename_problem(access, problem, problem.name, text), problem=problem),
        )  # fmt: skip
