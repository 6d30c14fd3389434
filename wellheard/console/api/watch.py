"""What watches over verdicts, over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from wellheard.measure.selfcheck.services import ask_for_check, standing

from .loop import _access

router = Router()


@router.get("/self-check", summary="Whether “likely” can be believed in this workspace")
def self_check(request: HttpRequest) -> dict[str, Any]:
    return standing(_access(request).workspace).as_dict()


@router.post("/self-check", response={202: dict[str, Any]}, summary="Have it checked now")
def check_now(request: HttpRequest) -> Any:
    access = _access(request)
    ask_for_check(access)
    return Status(202, standing(access.workspace).as_dict())
