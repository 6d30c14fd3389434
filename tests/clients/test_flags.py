"""PostHog's unchanged Python library asks for flags, and decides them by itself, alike."""

from __future__ import annotations

import json

import pytest
from posthog import Posthog

from tests.clients.live import Live

COLOURS = [{"key": "red", "value": "#f00", "weight": 50}, {"key": "blue", "value": "#00f", "weight": 50}]
PRO = [{"what": "trait", "trait": "plan", "values": ["pro"]}]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_posthogs_library_asks_and_decides_alike(live: Live) -> None:
    for key, kind, definition in (
        ("gate", "boolean", {"rules": [{"when": PRO, "share": 50, "serve": "on"}]}),
        ("colour", "string", {"variants": COLOURS, "rules": [{}], "off": "red"}),
    ):
        live.shell.json(
            "flag",
            "make",
            key,
            "--kind",
            kind,
            "--definition",
            json.dumps(definition),
            "--workspace",
            live.keys["slug"],
        )
    asking = Posthog(live.keys["write_key"], host=live.url)
    deciding = Posthog(live.keys["write_key"], host=live.url, personal_api_key=live.keys["api_token"])
    deciding.load_feature_flags()
    for n in range(10):
        said = {"plan": "pro" if n % 3 else "free"}
        remote = asking.get_all_flags(f"u{n}", person_properties=said)
        local = deciding.get_all_flags(f"u{n}", person_properties=said, only_evaluate_locally=True)
        assert remote == local
        assert set(remote or {}) == {"gate", "colour"}
    asking.shutdown()
    deciding.shutdown()
