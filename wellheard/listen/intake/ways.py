"""Every address that takes events or tells a library how to send them. Each works with and without a slash at its end.

A way is (family, what): the family says how bodies are read and what success and failure look like.
"""

from __future__ import annotations

SEGMENT, POSTHOG = "segment", "posthog"
Way = tuple[str, str]

LETTERS = {"t": "track", "i": "identify", "p": "page", "g": "group", "a": "alias", "s": "screen"}
READS = frozenset(("settings", "source", "config", "config.js", "snippet"))  # asked with GET
SNIPPET = "/wellheard.js"

WAYS: dict[str, Way] = (
    dict.fromkeys(("/v1/batch", "/v1/import", "/v1/b", "/beacon/v1/batch"), (SEGMENT, "batch"))
    | {f"/v1/{letter}": (SEGMENT, kind) for letter, kind in LETTERS.items()}
    | {f"/v1/{kind}": (SEGMENT, kind) for kind in LETTERS.values()}
    | {f"/api/s/{kind}": (SEGMENT, kind) for kind in LETTERS.values()}
    | {f"/api/s/s2s/{kind}": (SEGMENT, kind) for kind in LETTERS.values()}
    | {"/v1/m": (SEGMENT, "metrics"), "/sourceConfig": (SEGMENT, "source"), SNIPPET: (SEGMENT, "snippet")}
    | dict.fromkeys(("/batch", "/e", "/i/v0/e", "/capture", "/track"), (POSTHOG, "events"))
    | {"/i/v1/analytics/events": (POSTHOG, "judged"), "/flags": (POSTHOG, "flags"), "/decide": (POSTHOG, "flags")}
)


def way_of(path: str) -> tuple[Way, str] | None:
    """(way, the key named in the path or "") for an address of ours."""
    path = path.rstrip("/")
    found = WAYS.get(path)
    if found is not None:
        return found, ""
    if path.startswith("/v1/projects/") and path.endswith("/settings"):
        return (SEGMENT, "settings"), path.split("/")[3]
    if path.startswith("/array/"):
        _, _, key, *rest = path.split("/")
        if rest in (["config"], ["config.js"]):
            return (POSTHOG, rest[0]), key
    return None
