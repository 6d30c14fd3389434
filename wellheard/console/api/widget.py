"""The widget over the API, and answering one voice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard.listen.models import Voice, Widget
from wellheard.listen.services.widgets import set_widget, widget_of
from wellheard.people.models import Role
from wellheard.tell.services import replies

from .loop import Strict, _access

router = Router()


def _told(held: Widget) -> dict[str, Any]:
    return {"open": held.open, "sites": held.sites, "greeting": held.greeting, "pictures": held.pictures}


@router.get("/widget", summary="How the widget is set")
def one(request: HttpRequest) -> dict[str, Any]:
    return _told(widget_of(_access(request).workspace))


class WidgetIn(Strict):
    open: bool = True
    sites: list[str] = Field(default_factory=list, description="Hosts it may stand on; none: any")
    greeting: str = ""
    pictures: bool = True


@router.post("/widget", summary="Set the widget")
def change(request: HttpRequest, given: WidgetIn) -> dict[str, Any]:
    access = _access(request)
    held = set_widget(access, open_=given.open, sites=given.sites, greeting=given.greeting, pictures=given.pictures)
    return _told(held)


class AnswerIn(Strict):
    text: str


@router.post("/voices/{number}/answer", response={201: dict[str, Any]}, summary="Answer who said it")
def answer(request: HttpRequest, number: int, given: AnswerIn) -> Any:
    access = _access(request)
    access.need(Role.CONTRIBUTOR)
    made = replies.answer(access, access.get(Voice, number, "author"), given.text)
    return Status(201, {"id": made.pk, "person": made.person_id, "mail": made.mail})
