"""Where flags are asked for, in front of the application."""

from __future__ import annotations

from wellheard.listen.intake.doors import Door, register

from . import growthbook, ofrep, posthog

BEGINNINGS = ("/ofrep/", "/flags", "/decide", "/api/f", "/api/e", "/api/projects/", "/track")


@register
def door_of(path: str) -> Door | None:
    if not path.startswith(BEGINNINGS):
        return None
    return ofrep.door_of(path) or posthog.door_of(path) or growthbook.door_of(path)
