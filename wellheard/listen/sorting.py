"""Which voices count as of a kind or a feeling: what a member said, and, where nobody did, what is suggested.

Suggestions are made a layer up, which says here how they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from django.db.models import Q

Field = Literal["kind", "sentiment"]
_suggested: list[Callable[[Field, str], Q]] = []


def suggests(how: Callable[[Field, str], Q]) -> Callable[[Field, str], Q]:
    if how not in _suggested:
        _suggested.append(how)
    return how


def being(field: Field, value: str) -> Q:
    """Voices said to be so by a member, or suggested to be so while no member said anything of it.
    Without a value: those of which neither says anything."""
    said = Q(**{field: value}) if value or not _suggested else Q(pk__in=[])
    for how in _suggested:
        said |= Q(**{field: ""}) & how(field, value)
    return said
