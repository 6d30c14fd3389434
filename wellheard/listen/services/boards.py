"""Making and changing boards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from wellheard.core import clean, journal
from wellheard.core.journal import Actor
from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Account, Role, Segment, Workspace

from ..models import Board

MOST = 100


@journal.on("workspace.created")
def first_board(entry: Entry) -> None:
    default_board(Workspace.objects.get(pk=entry.workspace_id))


def default_board(workspace: Workspace) -> Board:
    """The first board that is not archived; made when a workspace has none."""
    found = Board.objects.filter(workspace=workspace, archived_at=None).order_by("position", "pk").first()
    if found is None:
        with journal.record(Actor(workspace.pk, "system", None, "Wellheard"), "board.made") as entry:
            found = Board.objects.create(workspace=workspace, name="Ideas", slug=_free(workspace, "ideas"))
            entry.about(found, name=found.name)
    return found


def _free(workspace: Workspace, wanted: str) -> str:
    base = slugify(wanted)[:50] or "board"
    taken = set(Board.objects.filter(workspace=workspace, slug__startswith=base).values_list("slug", flat=True))
    return next(s for s in (base, *(f"{base}-{n}" for n in range(2, MOST + 3))) if s not in taken)


def make_board(access: Access, name: str, slug: str = "", **values: Any) -> Board:
    """A new board at the end of the list. Raises ValueError for what no board can be."""
    access.need(Role.EDITOR)
    held = Board.objects.filter(workspace=access.workspace)
    with journal.record(access.actor, "board.made") as entry:
        if held.count() >= MOST:
            raise ValueError(f"A workspace has {MOST} boards at most.")
        board = Board(workspace=access.workspace, position=(held.aggregate(m=Max("position"))["m"] or 0) + 1)
        _set(access, board, {"name": name, "slug": slug or _free(access.workspace, name), **values})
        entry.about(board, name=board.name, sight=board.sight)
    return board


def change_board(access: Access, board: Board, **values: Any) -> Board:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "board.changed") as entry:
        before = {
            k: getattr(board, k) for k in ("name", "slug", "sight", "posting", "anonymous", "moderated", "counted")
        }
        _set(access, board, values)
        entry.about(board, **{k: [v, getattr(board, k)] for k, v in before.items() if getattr(board, k) != v})
    return board


def _set(access: Access, board: Board, values: dict[str, Any]) -> None:
    """Take over what is given; every value is checked before any is stored."""
    segments, accounts = values.pop("segments", None), values.pop("accounts", None)
    if "name" in values:
        board.name = clean.text(values["name"], 80, "The name")
        if not board.name:
            raise ValueError("Give the board a name.")
    if "slug" in values:
        slug = slugify(clean.text(values["slug"], 60, "The address"))
        if not slug:
            raise ValueError("The address of a board needs letters or digits.")
        if Board.objects.filter(workspace=access.workspace, slug=slug).exclude(pk=board.pk).exists():
            raise ValueError(f"Another board has the address {slug}.")
        board.slug = slug
    if "description" in values:
        board.description = clean.text(values["description"], 400, "The description")
    for field, choices in (("sight", Board.Sight), ("posting", Board.Posting), ("counted", Board.Counted)):
        if field in values:
            if values[field] not in choices.values:
                raise ValueError(f"{field} is one of {', '.join(choices.values)}.")
            setattr(board, field, values[field])
    for field in ("anonymous", "moderated"):
        if field in values:
            setattr(board, field, bool(values[field]))
    if "position" in values:
        board.position = max(0, min(999, int(values["position"])))
    if "archived" in values:
        board.archived_at = (board.archived_at or timezone.now()) if values["archived"] else None
    board.save()
    if segments is not None:
        board.segments.set(_ours(access, segments))
    if accounts is not None:
        board.accounts.set(_ours(access, accounts))


def _ours(access: Access, things: Iterable[Any]) -> list[Any]:
    found: list[Segment | Account] = list(things)
    if any(t.workspace_id != access.workspace.pk for t in found):
        raise ValueError("Segments and accounts must be of this workspace.")
    for one in found:
        if isinstance(one, Segment) and one.live:
            raise ValueError(
                f"“{one}” is a live segment: events that anybody can send could let somebody in. "
                "Keep it as a list first (on its page), and choose the list."
            )
    return found
