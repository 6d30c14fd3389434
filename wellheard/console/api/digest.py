"""The digest over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from wellheard.measure.digest import days_before, gather
from wellheard.measure.models import Subscription

from .loop import _access

router = Router()


@router.get("/digest", summary="What happened in the loop: `every` day, week (default) or month, up to yesterday")
def digest(request: HttpRequest, every: str = "week") -> dict[str, Any]:
    access = _access(request)
    if every not in Subscription.Every.values:
        raise ValueError(f"There is no digest of every {every[:20]!r}. Use day, week or month.")
    return gather(access.workspace, *days_before(access.workspace, every)).as_dict()
