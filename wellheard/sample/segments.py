"""Segments of the sample workspace, as a team would have made them."""

from __future__ import annotations

from typing import Any

from wellheard.people.access import Access
from wellheard.people.services.segments import make_segment

SEGMENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("Asked in the last 30 days", "people", {"match": "all", "of": [{"what": "said", "days": 30}]}),
    (
        "Active lately, never asked",
        "people",
        {"match": "all", "of": [{"what": "seen", "which": "last", "days": 14}, {"what": "said", "not": True}]},
    ),
    (
        "Pays and has gone quiet",
        "accounts",
        {"match": "all", "of": [{"what": "pays"}, {"what": "seen", "which": "last", "days": 14, "not": True}]},
    ),
    (
        "Heavy exporters",
        "people",
        {"match": "all", "of": [{"what": "did", "event": "Export Downloaded", "times": 10, "days": 30}]},
    ),
]


def add_segments(access: Access) -> None:
    for name, of, rule in SEGMENTS:
        make_segment(access, name, of, rule)
