"""Making and changing dashboards: each function one transaction and one journal entry, under the dashboard's lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from .. import asking
from ..errors import Unaskable
from ..models import Dashboard, Tile
from .answering import sentence
from .builtin import BuiltIn
from .queries import KEPT, may_change, tiles_of
from .words import AUDIENCES, FIXED, NOTE, SIZES, Spec, View, check_period, said

MOST_TILES, MOST_DASHBOARDS = 40, 500


def create(
    access: Access,
    name: str,
    description: str = "",
    audience: Iterable[str] = (),
    shared: bool = False,
    tiles: Iterable[Spec] = (),
) -> Dashboard:
    """Raises ValueError. What is made by a token or on the command line belongs to the team."""
    access.need(Role.CONTRIBUTOR)
    specs = [_checked(access, spec) for spec in tiles]
    values = _values(name, description, audience)
    with journal.record(access.actor, "dashboard.made") as entry:
        held = Dashboard.objects.filter(workspace=access.workspace)
        if held.count() >= MOST_DASHBOARDS:
            raise ValueError(f"There are {MOST_DASHBOARDS} dashboards already; delete one first.")
        position = (held.aggregate(m=Max("position"))["m"] or 0) + 1
        board = Dashboard.objects.create(
            workspace=access.workspace, made_by=access.member, shared=shared or access.member is None,
            position=position, **values,
        )  # fmt: skip
        for at, spec in enumerate(specs):
            _store(board, spec, at)
        entry.about(board, name=board.name, shared=board.shared)
    return board


def copy(access: Access, of: Dashboard | BuiltIn, name: str = "") -> Dashboard:
    """One's own copy; it is not shared until one says so."""
    tiles = of.tiles if isinstance(of, BuiltIn) else [spec_of(tile) for tile in tiles_of(of)]
    audience = [] if isinstance(of, BuiltIn) else of.audience
    return create(access, name or f"{of.name[:73]} (copy)", of.description, audience, tiles=tiles)


def change(
    access: Access, board: Dashboard, *, name: str, description: str, audience: Iterable[str], shared: bool
) -> None:
    """Raises ValueError. Only whoever made a dashboard takes it away from the team."""
    values = _values(name, description, audience) | {"shared": shared}
    with journal.record(access.actor, "dashboard.changed") as entry:
        held = _held(access, board)
        own = access.member is not None and held.made_by_id == access.member.pk
        if held.shared and not shared and not own:
            raise ValueError("Only whoever made it can take it away from the team.")
        changed = [key for key, value in values.items() if getattr(held, key) != value]
        if not changed:
            entry.nothing_changed()
            return
        Dashboard.objects.filter(pk=held.pk).update(**values)
        entry.about(held, changed=changed, before=held.name, after=values["name"])


def delete(access: Access, board: Dashboard) -> None:
    """It can be brought back for thirty days."""
    with journal.record(access.actor, "dashboard.deleted") as entry:
        held = _held(access, board)
        Dashboard.objects.filter(pk=held.pk).update(deleted_at=timezone.now())
        entry.about(held, name=held.name)


def restore(access: Access, board: Dashboard) -> None:
    with journal.record(access.actor, "dashboard.restored") as entry:
        held = _held(access, board)
        if held.deleted_at is None:
            entry.nothing_changed()
            return
        Dashboard.objects.filter(pk=held.pk).update(deleted_at=None)
        entry.about(held, name=held.name)


def forget_deleted() -> int:
    """Removes what was deleted more than thirty days ago."""
    return Dashboard.objects.filter(deleted_at__lt=timezone.now() - KEPT).delete()[0]


def open_first(access: Access, board: Dashboard | None) -> None:
    """The dashboard that opens first for this member; None for the list."""
    if access.member is None:
        raise ValueError("Only members have a first dashboard.")
    with journal.record(access.actor, "dashboard.chosen_first") as entry:
        held = list(access.member.first_dashboards.values_list("pk", flat=True))
        wanted = [board.pk] if board else []
        if held == wanted:
            entry.nothing_changed()
            return
        access.member.first_dashboards.set(wanted)
        entry.about(access.member, dashboard=wanted)


# tiles ------------------------------------------------------------------------------------------------------


def add_tile(access: Access, board: Dashboard, spec: Spec) -> Tile:
    """At the end. Raises ValueError when the question cannot be asked."""
    checked = _checked(access, spec)
    with journal.record(access.actor, "dashboard.tile_added") as entry:
        held = _held(access, board)
        tiles = tiles_of(held)
        if len(tiles) >= MOST_TILES:
            raise ValueError(f"A dashboard has at most {MOST_TILES} tiles.")
        tile = _store(held, checked, len(tiles))
        _number([*tiles, tile])
        entry.about(held, tile=tile.pk, title=str(tile), kind=tile.kind)
    return tile


def change_tile(access: Access, tile: Tile, spec: Spec) -> None:
    """Raises ValueError when the question cannot be asked."""
    checked = _checked(access, spec)
    values = {"title": checked.title, "kind": checked.kind, "words": checked.words, "period": checked.period,
              "size": checked.size, "note": checked.note}  # fmt: skip
    with journal.record(access.actor, "dashboard.tile_changed") as entry:
        held = _held(access, tile.dashboard)
        changed = [key for key, value in values.items() if getattr(tile, key) != value]
        if not changed:
            entry.nothing_changed()
            return
        Tile.objects.filter(pk=tile.pk).update(**values)
        entry.about(held, tile=tile.pk, title=checked.title, changed=changed)


def remove_tile(access: Access, tile: Tile) -> None:
    with journal.record(access.actor, "dashboard.tile_removed") as entry:
        held = _held(access, tile.dashboard)
        entry.about(held, tile=tile.pk, title=tile.title, kind=tile.kind, words=tile.words)
        Tile.objects.filter(pk=tile.pk).delete()
        _number(tiles_of(held))


def arrange(access: Access, board: Dashboard, order: Sequence[int], sizes: Mapping[int, str] | None = None) -> None:
    """Puts tiles in this order. Tiles not named (somebody added one meanwhile) stay at the end; numbers that are no
    tiles of this dashboard are passed over, for they were removed meanwhile. Raises ValueError for a size."""
    for size in (sizes or {}).values():
        if size not in SIZES:
            raise ValueError(f"A tile's size is one of {', '.join(SIZES)}, not {size[:20]!r}.")
    with journal.record(access.actor, "dashboard.arranged") as entry:
        held = _held(access, board)
        tiles = tiles_of(held)
        by_number = {tile.pk: tile for tile in tiles}
        named = [by_number[n] for n in dict.fromkeys(order) if n in by_number]
        rest = [tile for tile in tiles if tile not in named]
        resized = [tile for tile in tiles if (sizes or {}).get(tile.pk, tile.size) != tile.size]
        for tile in resized:
            tile.size = (sizes or {})[tile.pk]
            tile.save(update_fields=["size"])
        if not _number([*named, *rest]) and not resized:
            entry.nothing_changed()
            return
        entry.about(held, order=[tile.pk for tile in (*named, *rest)])


def move(access: Access, tile: Tile, how: str) -> None:
    """One step: earlier, later, larger or smaller. At an end nothing happens."""
    order = [t.pk for t in tiles_of(tile.dashboard)]
    at = order.index(tile.pk)
    sizes: dict[int, str] = {}
    if how in ("earlier", "later"):
        to = min(len(order) - 1, max(0, at + (1 if how == "later" else -1)))
        order.insert(to, order.pop(at))
    elif how in ("larger", "smaller"):
        size = SIZES.index(tile.size) + (1 if how == "larger" else -1)
        sizes = {tile.pk: SIZES[min(len(SIZES) - 1, max(0, size))]}
    else:
        raise ValueError("A tile moves earlier or later, or becomes larger or smaller.")
    arrange(access, tile.dashboard, order, sizes)


def spec_of(tile: Tile) -> Spec:
    return Spec(tile.title, tile.kind, dict(tile.words), tile.period, tile.size, tile.note)


# ------------------------------------------------------------------------------------------------------------


def _held(access: Access, board: Dashboard) -> Dashboard:
    """The dashboard, locked: two people who arrange it at once do so one after the other."""
    held = Dashboard.objects.select_for_update().get(pk=board.pk)
    if not may_change(access, held):
        raise PermissionDenied("Contributors change the dashboards they made; those of the team are for editors.")
    return held


def _values(name: str, description: str, audience: Iterable[str]) -> dict[str, Any]:
    cleaned = clean.text(name, 80, "The name")
    if not cleaned:
        raise ValueError("A dashboard needs a name.")
    wanted = set(audience)
    if strange := wanted - set(AUDIENCES):
        raise ValueError(f"{sorted(strange)[0][:40]!r} is none of {', '.join(AUDIENCES)}.")
    return {
        "name": cleaned,
        "description": clean.text(description, 400, "The description"),
        "audience": [a for a in AUDIENCES if a in wanted],
    }


def _checked(access: Access, spec: Spec) -> Spec:
    """What is stored of a tile: words that the question knows, and with which it can be asked today."""
    title = clean.text(spec.title, 80, "The title")
    if spec.size not in SIZES:
        raise ValueError(f"A tile's size is one of {', '.join(SIZES)}, not {spec.size[:20]!r}.")
    if spec.kind == NOTE:
        note = clean.text(spec.note, 5000, "The note")
        if not note:
            raise ValueError("Write something into the note.")
        return Spec(title, NOTE, {}, "90", spec.size, note)
    try:
        kind = asking.kind_of(spec.kind)
        known = {w.name: w for w in (*kind.words, *asking.COMMON)}
        if strange := set(spec.words) - set(known):
            raise ValueError(f"{kind.title} knows no {sorted(strange)[0][:40]!r}.")
        words = {k: text for k, v in spec.words.items() if (text := clean.text(v, 20_000, k))}
        period = check_period(spec.period, words)
        if period != FIXED:
            words = {k: v for k, v in words.items() if k not in ("from", "to")}
        made = Spec(title or kind.title, kind.name, words, period, spec.size, "")
        asking.question(access.workspace, kind.name, said(access.workspace, made, View()))
    except Unaskable as e:
        raise ValueError(sentence(e)) from None
    return made


def _store(board: Dashboard, spec: Spec, at: int) -> Tile:
    return Tile.objects.create(
        workspace_id=board.workspace_id, dashboard=board, title=spec.title, kind=spec.kind, words=spec.words,
        period=spec.period, note=spec.note, size=spec.size, position=at,
    )  # fmt: skip


def _number(tiles: Sequence[Tile]) -> bool:
    """Positions 0, 1, 2 … in this order; True when one changed."""
    moved = [(at, tile) for at, tile in enumerate(tiles) if tile.position != at]
    for at, tile in moved:
        tile.position = at
        tile.save(update_fields=["position"])
    return bool(moved)
