"""What libraries ask before they send: settings, remote configuration, feature flags, and our own script."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

SCRIPT = Path(__file__).parents[2] / "static" / "wellheard" / "wellheard.js"


def segment_settings(key: str, environ: dict[str, Any]) -> dict[str, Any]:
    """What analytics-next needs to send here without further configuration."""
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", environ.get("wsgi.url_scheme", "http")).split(",")[0].strip()
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    segment = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme if scheme in ("http", "https") else "https"}
    return {"integrations": {"Segment.io": segment}, "metrics": {"sampleRate": 0}}


def source_config(key: str) -> dict[str, Any]:
    """RudderStack's browser library starts with no destinations of its own."""
    when = "2026-01-01T00:00:00.000Z"
    off = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    source = {
        "id": "wellheard", "name": "web", "writeKey": key, "enabled": True, "workspaceId": "wellheard",
        "config": {"statsCollection": off}, "destinations": [], "dataplanes": {}, "updatedAt": when,
    }  # fmt: skip
    return {"source": source, "updatedAt": when}


def posthog_config(key: str, flags: bool = False) -> dict[str, Any]:
    """Events, page views and autocapture; no recording, surveys or heat maps; flags where there are any to ask for."""
    return {
        "token": key, "supportedCompression": ["gzip", "gzip-js"], "hasFeatureFlags": flags, "sessionRecording": False,
        "surveys": False, "heatmaps": False, "capturePerformance": False, "autocaptureExceptions": False,
        "captureDeadClicks": False, "autocapture_opt_out": False, "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": True, "defaultIdentifiedOnly": True, "siteApps": [], "toolbarParams": {},
        "isAuthenticated": False, "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
    }  # fmt: skip


def posthog_config_script(key: str, flags: bool = False) -> bytes:
    """The same as a script. `<` is escaped, though the key is one of ours."""
    said = json.dumps({key: {"config": posthog_config(key, flags), "siteApps": []}}).replace("<", "\\u003c")
    return f"window._POSTHOG_REMOTE_CONFIG=Object.assign(window._POSTHOG_REMOTE_CONFIG||{{}},{said});\n".encode()


def no_flags(version: str, with_config: bool, key: str) -> dict[str, Any]:
    """No flags, in the shape each generation of the libraries reads."""
    said = posthog_config(key) if with_config else {}
    return said | {
        "flags": {}, "featureFlags": [] if version == "1" else {}, "featureFlagPayloads": {},
        "errorsWhileComputingFlags": False, "requestId": str(uuid4()), "evaluatedAt": time.time_ns() // 1_000_000,
    }  # fmt: skip


@lru_cache(maxsize=1)
def script() -> tuple[bytes, bytes, str]:
    """(our browser script, the same compressed, its ETag)"""
    plain = SCRIPT.read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
