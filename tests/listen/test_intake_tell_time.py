"""Clocks are wrong, zones are missing, epochs come as numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellheard.listen.intake.body import from_dict
from wellheard.listen.intake.messages import Reading, Refused
from wellheard.listen.intake.times import EARLIEST, milliseconds, settle
from wellheard.store.rows import CORRECTED, REPLACED

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)


def iso(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


def read(sent: object = None, **message: object) -> tuple[int, int]:
    said = {"type": "track", "userId": "ann", "event": "Seen"} | message
    row = Reading("web", MS, sent).row(from_dict(said))
    return (MS - row.time) // 1000, row.flags


HOUR = 3600
SAID: dict[str, tuple[dict[str, object], tuple[int, int]]] = {
    "nothing said": ({}, (0, 0)),
    "three days late, right clock": ({"timestamp": iso(days=3), "sent": iso()}, (3 * 86400, 0)),
    "clock an hour slow": ({"timestamp": iso(hours=1, seconds=60), "sent": iso(hours=1)}, (60, CORRECTED)),
    "clock an hour fast": ({"timestamp": iso(hours=-1), "sent": iso(hours=-1)}, (0, CORRECTED)),
    "clock ten years fast": ({"timestamp": iso(days=-3650), "sent": iso(days=-3650)}, (0, CORRECTED)),
    "own sentAt first": ({"timestamp": iso(hours=2), "sentAt": iso(hours=1), "sent": iso()}, (HOUR, CORRECTED)),
    "jitter": ({"timestamp": iso(seconds=10), "sent": iso(seconds=2)}, (10, 0)),
    "sentAt garbage": ({"timestamp": iso(hours=1), "sent": "soon"}, (HOUR, 0)),
    "sent before it happened": ({"timestamp": iso(minutes=10), "sent": iso(hours=1)}, (0, REPLACED)),
    "future without sentAt": ({"timestamp": iso(hours=-1)}, (0, REPLACED)),
    "four minutes ahead": ({"timestamp": iso(minutes=-4)}, (-240, 0)),
    "originalTimestamp": ({"originalTimestamp": iso(hours=1)}, (HOUR, 0)),
    "1850": ({"timestamp": "1850-01-01T00:00:00Z"}, (0, REPLACED)),
    "9999": ({"timestamp": "9999-12-31T23:59:59Z"}, (0, REPLACED)),
    "0001": ({"timestamp": "0001-01-01T00:00:00+14:00"}, (0, REPLACED)),
    "2026-13-45": ({"timestamp": "2026-13-45"}, (0, REPLACED)),
    "object": ({"timestamp": {"a": 1}}, (0, REPLACED)),
    "true": ({"timestamp": True}, (0, REPLACED)),
    "no zone is UTC": ({"timestamp": "2026-11-22T11:00:00"}, (HOUR, 0)),
    "+0530": ({"timestamp": "2026-11-22T16:30:00+0530"}, (HOUR, 0)),
    "epoch seconds": ({"timestamp": MS // 1000 - HOUR}, (HOUR, 0)),
    "epoch milliseconds": ({"timestamp": MS - HOUR * 1000}, (HOUR, 0)),
    "epoch as text": ({"timestamp": str(MS - HOUR * 1000)}, (HOUR, 0)),
}


@pytest.mark.parametrize("case", SAID)
def test_when_it_happened(case: str) -> None:
    said, wanted = SAID[case]
    assert read(**said) == wanted


@given(st.integers() | st.none(), st.integers() | st.none(), st.integers(MS - 10**9, MS + 10**9))
def test_a_time_is_always_one_we_can_store(time: int | None, sent: int | None, received: int) -> None:
    settled, _ = settle(time, sent, received)
    assert EARLIEST <= settled <= received + 300_000


@given(st.text() | st.floats() | st.integers() | st.booleans() | st.none())
def test_anything_can_be_said_about_time(value: object) -> None:
    found = milliseconds(value)
    assert found is None or isinstance(found, int)


def test_files_are_taken_at_their_word() -> None:
    reading = Reading("import", MS, live=False)
    said = {"type": "track", "userId": "ann", "event": "Seen"}
    said |= {"timestamp": "2019-05-01T10:00:00Z", "sentAt": "2019-06-01T10:00:00Z"}
    assert reading.row(from_dict(said)).time == milliseconds("2019-05-01T10:00:00Z")
    for when in ("1850-01-01", "9999-01-01", "soon", None, "2027-11-22"):
        with pytest.raises(Refused, match="timestamp"):
            reading.row(from_dict(said | {"timestamp": when}))
