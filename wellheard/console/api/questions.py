"""Questions about behaviour over the API: one endpoint a kind, and one for who stands behind a point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from wellheard import store
from wellheard.measure import asking, listing
from wellheard.measure.kinds import KINDS, Kind, Word
from wellheard.people.access import Access

router = Router()


class Said(Schema):
    pass


def _schema(name: str, words: tuple[Word, ...]) -> type[Said]:
    fields: dict[str, Any] = {}
    for word in words:
        about = word.about + (f" One of: {', '.join(c or '(nothing)' for c in word.choices)}." if word.choices else "")
        default = ... if word.needed else word.default
        fields[f"word_{word.name}"] = (str, Field(default, alias=word.name, description=about, max_length=20_000))
    made: type[Said] = create_model(name, __base__=Said, **fields)
    return made


def _access(request: HttpRequest) -> Access:
    access = request.auth  # type: ignore[attr-defined]
    assert isinstance(access, Access)
    return access


def _words(request: HttpRequest, said: Said) -> dict[str, str]:
    """A word nobody knows is refused: an answer to another question than the one asked would mislead."""
    known = {field.alias for field in type(said).model_fields.values()}
    if unknown := sorted(set(request.GET) - known):
        raise ValueError(f"There is no word {unknown[0]!r:.60} here; there are {', '.join(sorted(map(str, known)))}.")
    return {key: value for key, value in said.model_dump(by_alias=True).items() if value != ""}


def _asks(kind: Kind[Any, Any]) -> Callable[..., dict[str, Any]]:
    schema = _schema(f"Ask{kind.name.title()}", (*kind.words, *asking.COMMON))

    def view(request: HttpRequest, said: Any) -> dict[str, Any]:
        return asking.ask(store.get().reader, _access(request).workspace, kind.name, _words(request, said)).told()

    view.__annotations__["said"] = schema
    view.__defaults__ = (Query(...),)
    return view


def _stands_behind(kind: Kind[Any, Any]) -> Callable[..., dict[str, Any]]:
    words = (*kind.words, *asking.COMMON, *kind.points, asking.PART, asking.BEFORE, Word("page_number", "50 a page."))
    names = {word.name: word for word in words}
    schema = _schema(f"Behind{kind.name.title()}", tuple(names.values()))

    def view(request: HttpRequest, said: Any) -> dict[str, Any]:
        words = _words(request, said)
        number = words.pop("page_number", "1")
        found = listing.behind(
            store.get().reader, _access(request).workspace, kind.name, words,
            int(number) if number.isdecimal() and len(number) < 9 else 1,
        )  # fmt: skip
        return found.told()

    view.__annotations__["said"] = schema
    view.__defaults__ = (Query(...),)
    return view


for _kind in KINDS.values():
    router.get(f"/{_kind.name}", summary=_kind.about, operation_id=f"ask_{_kind.name}")(_asks(_kind))
    if _kind.behind:
        router.get(
            f"/{_kind.name}/behind", summary=f"Who stands behind a point of {_kind.title.lower()}",
            operation_id=f"behind_{_kind.name}",
        )(_stands_behind(_kind))  # fmt: skip


@router.get("/events", summary="Event names and how many do them")
def events(request: HttpRequest) -> dict[str, Any]:
    return {"events": [asdict(e) for e in store.get().reader.event_names(_access(request).workspace.pk)]}


@router.get("/refused", summary="The last events that were refused on arrival, and why")
def refused(request: HttpRequest) -> dict[str, Any]:
    return asking.refused(store.get().reader, _access(request).workspace)
