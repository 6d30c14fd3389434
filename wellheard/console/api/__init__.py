"""The API: what the pages do, for programs. OpenAPI at /api/openapi.json.

A token (Authorization: Bearer wh_…) belongs to one workspace and acts with one role, so no call names a
workspace and none can reach another's things.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from wellheard.people.access import Access, by_token
from wellheard.store import StoreError

from . import (
    bets,
    boards,
    celebrate,
    checkins,
    costs,
    debt,
    decisions,
    digest,
    empathy,
    experiments,
    flags,
    ideas,
    ledger,
    loop,
    meaning,
    money,
    outcomes,
    people,
    problems,
    questions,
    scores,
    search,
    segments,
    sources,
    staged,
    stakeholders,
    telling,
    trackers,
    watch,
    webhooks,
    widget,
)


class Token(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Access | None:
        return by_token(token)


class Api(NinjaAPI):
    """Says in JSON too that a method is not allowed."""

    def _get_urls(self) -> list[URLPattern | URLResolver]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = _told_in_json(pattern.callback)
        return patterns


def _told_in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reply = view(request, *args, **kwargs)
        if reply.status_code != 405:
            return reply
        message = f"Use {' or '.join(sorted(reply['Allow'].split(', ')))} here."
        return JsonResponse({"code": "wrong_method", "message": message}, status=405, headers={"Allow": reply["Allow"]})

    return wrapped


api = Api(title="Wellheard", version="1", auth=Token(), urls_namespace="api", docs_url=None)
api.add_router("", loop.router)
api.add_router("", decisions.router)
api.add_router("", empathy.router)
api.add_router("", stakeholders.router)
api.add_router("/ask", questions.router)
api.add_router("/dashboards", boards.router)
api.add_router("", segments.router)
api.add_router("", ideas.router)
api.add_router("", money.router)
api.add_router("", widget.router)
api.add_router("", meaning.router)
api.add_router("", people.router)
api.add_router("", problems.router)
api.add_router("", checkins.router)
api.add_router("", sources.router)
api.add_router("", staged.router)
api.add_router("", experiments.router)
api.add_router("", outcomes.router)
api.add_router("", ledger.router)
api.add_router("", watch.router)
api.add_router("", telling.router)
api.add_router("", debt.router)
api.add_router("", search.router)
api.add_router("", scores.router)
api.add_router("", webhooks.router)
api.add_router("", digest.router)
api.add_router("", bets.router)
api.add_router("", costs.router)
api.add_router("", celebrate.router)
api.add_router("", trackers.router)
api.add_router("", flags.router)


def _refuse(request: HttpRequest, status: int, code: str, message: str, **more: Any) -> HttpResponse:
    """Every error has the same shape: a code for programs, a message for people."""
    return api.create_response(request, {"code": code, "message": message, **more}, status=status)


@api.exception_handler(ValueError)
def unusable(request: HttpRequest, error: ValueError) -> HttpResponse:
    return _refuse(request, 422, "unusable", str(error))


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What does not fit the schema: an unknown field, a missing one, a word where a number belongs."""
    found = [
        (".".join(str(p) for p in e.get("loc", ())[1:] if p != "given"), e.get("msg", "").removeprefix("Value error, "))
        for e in error.errors
    ]
    message = "; ".join(f"{where}: {what}" if where else what for where, what in found)
    return _refuse(request, 422, "unusable", message, fields=[where for where, _ in found if where])


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _refuse(request, 401, "unknown_token", "Send a token of this workspace: Authorization: Bearer wh_…")


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _refuse(request, error.status_code, "refused", str(error))


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _refuse(request, 403, "forbidden", str(error))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _refuse(request, 404, "not_found", str(error))


@api.exception_handler(StoreError)
def no_events(request: HttpRequest, error: StoreError) -> HttpResponse:
    return _refuse(request, 503, "no_events", f"The event store does not answer: {error}.")


@api.exception_handler(OverflowError)
@api.exception_handler(DataError)
def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return _refuse(request, 422, "unusable", "A number is larger than any number here.")


@api.exception_handler(UnreadablePostError)
@api.exception_handler(RawPostDataException)
def no_body(request: HttpRequest, error: Exception) -> HttpResponse:
    return _refuse(request, 400, "no_json", "Send the body as application/json.")


rest = Router()


@rest.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "/{path:path}", auth=None, include_in_schema=False)
def nowhere(request: HttpRequest, path: str) -> HttpResponse:
    """Anything that is no endpoint says so in JSON, as everything here does."""
    return _refuse(request, 404, "not_found", f"There is no endpoint /api/{path[:80]}. The list: /api/openapi.json")


api.add_router("", rest)
