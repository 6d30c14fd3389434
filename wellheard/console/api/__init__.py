"""The API: what the pages do, for programs. OpenAPI at /api/openapi.json, a page to try it at /api/docs.

A token (Authorization: Bearer wh_…) belongs to one workspace and acts with one role, so no call names a
workspace and none can reach another's things.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import HttpBearer

from wellheard.people.access import Access, by_token

from . import loop, questions


class Token(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Access | None:
        return by_token(token)


api = NinjaAPI(title="Wellheard", version="1", auth=Token(), urls_namespace="api", docs_url=None)
api.add_router("", loop.router)
api.add_router("/ask", questions.router)


@api.exception_handler(ValueError)
def unusable(request: HttpRequest, error: ValueError) -> HttpResponse:
    return api.create_response(request, {"code": "unusable", "message": str(error)}, status=422)


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return api.create_response(request, {"code": "forbidden", "message": str(error)}, status=403)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"code": "not_found", "message": str(error)}, status=404)
