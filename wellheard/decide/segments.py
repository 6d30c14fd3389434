"""A segment that says what concerns a stakeholder is in use."""

from __future__ import annotations

from wellheard.people.models import Segment
from wellheard.people.segments import registry

from .models import Stakeholder


@registry.used_by
def stakeholders_of(segment: Segment) -> list[str]:
    return [f"stakeholder “{s}”" for s in Stakeholder.objects.filter(segments=segment, gone_at=None).order_by("name")]
