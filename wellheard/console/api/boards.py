"""Dashboards over the API. A built-in one has a word for its number: health, adoption."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard import store
from wellheard.measure.dashboards import builtin, queries, services
from wellheard.measure.dashboards.answering import answers, sentence
from wellheard.measure.dashboards.builtin import BuiltIn
from wellheard.measure.dashboards.words import Spec, view_of
from wellheard.measure.errors import Unaskable
from wellheard.measure.models import Dashboard, Tile
from wellheard.people.access import Access

from .loop import Strict, _access

router = Router()


class TileIn(Strict):
    kind: str = Field(description="A question's name, such as active, or note")
    title: str = ""
    words: dict[str, str] = {}
    period: str = Field("90", description="A number of days up to today, week, month, quarter, year, or fixed")
    size: str = Field("half", description="third, half or full")
    note: str = ""

    def spec(self) -> Spec:
        return Spec(**self.dict())


class TilePatch(Strict):
    kind: str | None = None
    title: str | None = None
    words: dict[str, str] | None = None
    period: str | None = None
    size: str | None = None
    note: str | None = None


class DashboardIn(Strict):
    name: str
    description: str = ""
    audience: list[str] = []
    tiles: list[TileIn] = []


class DashboardPatch(Strict):
    name: str | None = None
    description: str | None = None
    audience: list[str] | None = None
    shared: bool | None = None


class Order(Strict):
    order: list[int]
    sizes: dict[int, str] = {}


def tile_data(tile: Tile | Spec) -> dict[str, Any]:
    if isinstance(tile, Spec):
        return {"id": None, **asdict(tile)}
    return {"id": tile.pk, **asdict(services.spec_of(tile))}


def board_data(board: Dashboard | BuiltIn, tiles: bool = True) -> dict[str, Any]:
    if isinstance(board, BuiltIn):
        found: dict[str, Any] = {"id": board.key, "name": board.name, "description": board.description,
                                 "audience": [], "shared": True, "built_in": True}  # fmt: skip
        return found | ({"tiles": [tile_data(t) for t in board.tiles]} if tiles else {})
    found = {"id": board.pk, "name": board.name, "description": board.description, "audience": board.audience,
             "shared": board.shared, "built_in": False}  # fmt: skip
    return found | ({"tiles": [tile_data(t) for t in queries.tiles_of(board)]} if tiles else {})


def find(access: Access, number: str) -> Dashboard | BuiltIn:
    """A stored dashboard by its number, or a built-in one by its word. Raises Http404."""
    if number in builtin.KEYS:
        found = builtin.built_in(store.get().reader, access.workspace.pk, number)
        if found is None:
            raise Http404("There is no such built-in dashboard.")
        return found
    return queries.fetch(access, number)


@router.get("", summary="Dashboards, the built-in ones last")
def list_dashboards(request: HttpRequest) -> dict[str, Any]:
    access = _access(request)
    mine: list[Dashboard | BuiltIn] = [line.board for line in queries.listed(access)]
    return {"dashboards": [board_data(b, False) for b in (*mine, *builtin.all_of_them(None, access.workspace.pk))]}


@router.post("", response={201: dict[str, Any]}, summary="Make a dashboard for the team")
def make_dashboard(request: HttpRequest, given: DashboardIn) -> Any:
    tiles = [tile.spec() for tile in given.tiles]
    made = services.create(_access(request), given.name, given.description, given.audience, True, tiles)
    return Status(201, board_data(made))


@router.get("/{number}", summary="One dashboard and its tiles")
def one_dashboard(request: HttpRequest, number: str) -> dict[str, Any]:
    return board_data(find(_access(request), number))


@router.patch("/{number}", summary="Rename, describe, share")
def change_dashboard(request: HttpRequest, number: int, given: DashboardPatch) -> dict[str, Any]:
    access = _access(request)
    board = queries.fetch(access, number)
    held = {"name": board.name, "description": board.description, "audience": board.audience, "shared": board.shared}
    services.change(access, board, **{**held, **given.dict(exclude_none=True)})
    return board_data(queries.fetch(access, number))


@router.delete("/{number}", summary="Delete a dashboard; for 30 days it can be brought back on the page")
def delete_dashboard(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    services.delete(access, queries.fetch(access, number))
    return {"deleted": number}


@router.put("/{number}/order", summary="Arrange the tiles")
def arrange_dashboard(request: HttpRequest, number: int, given: Order) -> dict[str, Any]:
    access = _access(request)
    board = queries.fetch(access, number)
    services.arrange(access, board, given.order, given.sizes)
    return board_data(board)


@router.post("/{number}/tiles", response={201: dict[str, Any]}, summary="Put a question or a note on a dashboard")
def add_tile(request: HttpRequest, number: int, given: TileIn) -> Any:
    access = _access(request)
    return Status(201, tile_data(services.add_tile(access, queries.fetch(access, number), given.spec())))


def _tile(access: Access, number: int, tile: int) -> Tile:
    found = queries.fetch_tile(access, tile)
    if found.dashboard_id != number:
        raise Http404(f"No tile with the number {tile} on this dashboard.")
    return found


@router.patch("/{number}/tiles/{tile}", summary="Change a tile")
def change_tile(request: HttpRequest, number: int, tile: int, given: TilePatch) -> dict[str, Any]:
    access = _access(request)
    found = _tile(access, number, tile)
    services.change_tile(access, found, Spec(**{**asdict(services.spec_of(found)), **given.dict(exclude_none=True)}))
    found.refresh_from_db()
    return tile_data(found)


@router.delete("/{number}/tiles/{tile}", summary="Take a tile off")
def remove_tile(request: HttpRequest, number: int, tile: int) -> dict[str, Any]:
    access = _access(request)
    services.remove_tile(access, _tile(access, number, tile))
    return {"deleted": tile}


class Looking(Strict):
    """What is asked of all tiles at once; left out, each tile keeps its own."""

    days: str = Field("", description="The last so many days")
    first: str = Field("", alias="from")
    last: str = Field("", alias="to")
    lens: str = ""
    segment: str = ""


@router.get("/{number}/answers", summary="What its questions are answered now")
def dashboard_answers(request: HttpRequest, number: str, looking: Query[Looking]) -> dict[str, Any]:
    access = _access(request)
    board = find(access, number)
    try:
        view = view_of(looking.dict(by_alias=True))
    except Unaskable as e:
        raise ValueError(sentence(e)) from None
    tiles = board.tiles if isinstance(board, BuiltIn) else queries.tiles_of(board)
    found = answers(store.get().reader, access.workspace, tiles, view)
    return {**board_data(board, False), "answers": [one.told() for one in found]}
