"""What is alike, themes, and how texts are compared, over the API."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router

from wellheard.listen.models import Voice
from wellheard.people.models import Role
from wellheard.understand.models import Meaning, Problem, Theme
from wellheard.understand.queries import similar as alike
from wellheard.understand.services import encoding, problems
from wellheard.understand.services.themes import find_themes, rename_theme

from .loop import Strict, _access

router = Router()


def _told(request: HttpRequest) -> dict[str, Any]:
    workspace = _access(request).workspace
    held = Meaning.objects.filter(workspace=workspace).first()
    found = encoding.progress(workspace)
    return {
        "chosen": held.method if held else "", "method": found.method, "model": found.model, "encoded": found.done,
        "voices": found.total, "may_ask_model": bool(held and held.uses_model),
    }  # fmt: skip


@router.get("/meaning", summary="How texts are compared, and how far encoding is")
def one(request: HttpRequest) -> dict[str, Any]:
    return _told(request)


class MeaningIn(Strict):
    method: str = Field("", description="english, languages or words; empty: by the languages written")
    may_ask_model: bool = False


@router.post("/meaning", summary="Choose how texts are compared")
def choose(request: HttpRequest, given: MeaningIn) -> dict[str, Any]:
    encoding.choose(_access(request), given.method, given.may_ask_model)
    return _told(request)


class TextIn(Strict):
    text: str = Field(max_length=20_000)
    limit: int = Field(5, ge=1, le=100)


@router.post("/similar", summary="Voices most like a text")
def similar(request: HttpRequest, given: TextIn) -> dict[str, Any]:
    workspace = _access(request).workspace
    return {"results": [r._asdict() for r in alike.similar(workspace, given.text, given.limit)]}


@router.post("/route", summary="The problem a text speaks of")
def route(request: HttpRequest, given: TextIn) -> dict[str, Any]:
    return alike.routes(_access(request).workspace, [given.text])[0]


@router.get("/themes", summary="Suggested themes")
def themes(request: HttpRequest, level: Literal[1, 2] = 1) -> dict[str, Any]:
    rows, ungrouped = alike.theme_rows(_access(request).workspace, level)
    return {"themes": rows, "ungrouped": ungrouped}


@router.post("/themes/find", summary="Look for themes anew")
def find(request: HttpRequest) -> dict[str, Any]:
    found = find_themes(_access(request))
    return {"themes": len(found), "voices": sum(t.size for t in found)}


class ConfirmIn(Strict):
    name: str = ""
    summary: str = ""
    into: int | None = Field(None, description="A known problem it joins")
    without: list[int] = Field(default_factory=list, description="Voices that speak of something else")


@router.post("/themes/{number}/confirm", summary="A suggested theme becomes a problem")
def confirm(request: HttpRequest, number: int, given: ConfirmIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    theme = access.get(Theme, number)
    into = access.get(Problem, given.into) if given.into is not None else None
    made = problems.confirm_theme(access, theme, given.name or theme.name, given.summary, into, given.without)
    return {"id": made.pk, "name": made.name}


@router.post("/themes/{number}/dismiss", summary="A suggested theme is no problem")
def dismiss(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    problems.dismiss_theme(access, access.get(Theme, number))
    return {"id": number, "state": "dismissed"}


class NameIn(Strict):
    name: str


@router.post("/themes/{number}/rename", summary="Give a suggested theme a name that stays")
def rename(request: HttpRequest, number: int, given: NameIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    theme = access.get(Theme, number)
    rename_theme(access, theme, given.name)
    return {"id": theme.pk, "name": theme.name}


class RefuseIn(Strict):
    voice: int


@router.post("/problems/{number}/refuse", summary="A voice does not speak of this problem")
def refuse(request: HttpRequest, number: int, given: RefuseIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    problems.refuse(access, access.get(Voice, given.voice), access.get(Problem, number))
    return {"problem": number, "voice": given.voice}
