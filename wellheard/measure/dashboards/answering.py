"""A dashboard's tiles, asked. A tile that cannot be answered says why and leaves the others alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wellheard.people.models import Workspace
from wellheard.store.reader import Reader

from .. import asking
from ..errors import Unaskable
from ..kinds import Asked
from .words import NOTE, View, said


@dataclass(frozen=True, slots=True)
class Answered:
    """`words` are as they were asked. A note has neither an answer nor an error."""

    tile: Any
    words: dict[str, str]
    asked: Asked[Any, Any] | None = None
    error: str = ""

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = {"title": str(self.tile.title), "kind": self.tile.kind}
        if self.tile.kind == NOTE:
            return found | {"note": self.tile.note}
        found["words"] = self.words
        return found | ({"answer": self.asked.told()} if self.asked else {"error": self.error})


def sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def answer(reader: Reader, workspace: Workspace, tile: Any, view: View) -> Answered:
    """`tile` is a stored one or a Spec."""
    if tile.kind == NOTE:
        return Answered(tile, {})
    words: dict[str, str] = {}
    try:
        words = said(workspace, tile, view)
        return Answered(tile, words, asking.ask(reader, workspace, tile.kind, words))
    except Unaskable as e:
        return Answered(tile, words, error=sentence(e))


def answers(reader: Reader, workspace: Workspace, tiles: Iterable[Any], view: View) -> list[Answered]:
    return [answer(reader, workspace, tile, view) for tile in tiles]
