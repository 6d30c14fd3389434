"""What flags hold on to: a segment that one asks for cannot be deleted."""

from __future__ import annotations

from wellheard.measure.models_flags import Flag
from wellheard.people.models import Segment
from wellheard.people.segments import registry


@registry.used_by
def flags_of(segment: Segment) -> list[str]:
    """Flags with a rule about this segment, also archived ones: they can come back."""
    rows = Flag.objects.filter(workspace=segment.workspace_id).only("key", "definition")
    return sorted(f"flag “{row.key}”" for row in rows if segment.pk in _named(row))


def _named(flag: Flag) -> set[int]:
    rules = flag.definition.get("rules", [])
    return {w["segment"] for rule in rules for w in rule.get("when", []) if w.get("what") == "segment"}
