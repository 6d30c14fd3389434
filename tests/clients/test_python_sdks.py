"""Unchanged Python libraries besides Segment's newest, which test_python_sdk.py takes through crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from posthog import Posthog
from rudderstack.analytics.client import Client as Rudder

from tests.clients.live import Live, needs

NAME = "Report Opened"
UV = Path(sys.executable).parent / "uv"

OLD_SEGMENT = """
import sys
from segment.analytics.client import Client
from segment.analytics.version import VERSION
host, key, name, gzip = sys.argv[1:]
assert VERSION.startswith("2.2."), VERSION
errors = []
client = Client(key, host=host, gzip=gzip == "gzip", max_retries=2, on_error=lambda e, items: errors.append(e))
client.identify("py-1", {"email": "py-1@shop.example", "name": "Pia Python"})
client.group("py-1", "acme", {"name": "Acme Inc"})
for n in range(240):
    client.track(f"py-{n % 4}", name, {"n": n})
client.flush()
client.join()
assert not errors, errors
"""


@pytest.mark.parametrize("packed", ["plain", "gzip"])
def test_segments_old_library(live: Live, tmp_path: Path, packed: str) -> None:
    needs(UV.exists(), "uv is not installed beside Python")
    old = tmp_path / "old"
    fetched = subprocess.run(
        [UV, "pip", "install", "-q", "--python", sys.executable, "--target", old, "segment-analytics-python==2.2.3"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    needs(fetched.returncode == 0, "segment-analytics-python 2.2 could not be fetched: " + fetched.stderr[-300:])
    said = [live.url, live.keys["write_key"], NAME, packed]
    done = subprocess.run(
        [sys.executable, "-c", OLD_SEGMENT, *said], capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(old)}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    live.settled(NAME, (240, 4, 1))
    assert live.person("py-1")["name"] == "Pia Python"


def test_rudderstack(live: Live) -> None:
    errors: list[Any] = []
    client = Rudder(live.keys["write_key"], host=live.url, max_retries=2, on_error=lambda e, items: errors.append(e))
    client.identify("py-1", {"email": "py-1@shop.example", "name": "Rita Rudder"})
    client.group("py-1", "acme", {"name": "Acme Inc"})
    for n in range(240):
        client.track(f"py-{n % 4}", NAME, {"n": n})
    client.flush()
    client.join()
    assert not errors
    live.settled(NAME, (240, 4, 1))
    assert live.person("py-1")["name"] == "Rita Rudder"


@pytest.mark.parametrize("options", [{}, {"gzip": True}, {"capture_mode": "v1"}], ids=["plain", "gzip", "v1"])
def test_posthog(live: Live, options: dict[str, Any]) -> None:
    errors: list[Any] = []
    client = Posthog(
        live.keys["write_key"], host=live.url, flush_interval=0.1, max_retries=1,
        on_error=lambda e, items: errors.append(e), **options,
    )  # fmt: skip
    client.set(distinct_id="py-1", properties={"email": "py-1@shop.example", "name": "Petra Post"})
    client.group_identify("company", "acme", {"name": "Acme Inc"})
    client.alias("before-1", "py-1")
    client.capture(NAME, distinct_id="before-1", properties={"before": True}, groups={"company": "acme"})
    for n in range(239):
        client.capture(NAME, distinct_id=f"py-{n % 4}", properties={"n": n}, groups={"company": "acme"})
    assert client.get_all_flags("py-1") == {}
    client.shutdown()
    assert not errors
    live.settled(NAME, (240, 4, 1))
    assert live.person("py-1")["name"] == "Petra Post"


def test_a_key_nobody_has_is_told_once(live: Live) -> None:
    errors: list[Any] = []
    client = Posthog("phc_nobody", host=live.url, on_error=lambda e, items: errors.append(e), flush_interval=0.1)
    client.capture(NAME, distinct_id="py-1")
    client.shutdown()
    assert len(errors) == 1
    assert "401" in str(errors[0])
