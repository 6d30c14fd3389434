"""Reading what an address asks for. What makes no sense is as if it had not been said: a slip is no error page."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest


def page_number(request: HttpRequest) -> int:
    return whole(request, "page") or 1


def whole(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def one_of(request: HttpRequest, name: str, choices: tuple[str, ...]) -> str:
    """The value when it is one of the choices, else the first of them."""
    value = request.GET.get(name, "")
    return value if value in choices else choices[0]
