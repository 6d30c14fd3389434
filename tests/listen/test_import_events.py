"""Events come from files: each row once, however often the file is brought in."""

from __future__ import annotations

import csv
import gzip
import json
import os
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Events
from wellheard.core.rows import Unreadable
from wellheard.listen.sources.events import RECORD, Repeats, Result, import_events

HEADER = "id,person,account,event,timestamp,session,plan\n"


def bring(events: Events, path: Path, **more: Any) -> Result:
    return import_events(path, events.store, events.workspace, events.zone, **more)


def write(path: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz"])
def test_a_table_of_events(events: Events, tmp_path: Path, name: str) -> None:
    events.zone = "Europe/Berlin"
    path = write(
        tmp_path / name, HEADER + "1,ann,acme,Seen,2026-03-02 00:30:00,s1,pro\n2,bob,,Seen,2026-03-02T00:30:00Z,,\n"
    )
    assert bring(events, path).as_dict() == {"read": 2, "stored": 2, "repeated": 0, "refused": 0, "refused_file": ""}
    assert bring(events, path) == Result(read=2, repeated=2)
    ann = events.reader.person_events(events.workspace, [events.number("ann")])[0]
    assert (ann.time, ann.session, ann.properties) == (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "s1", {"plan": "pro"})
    assert ann.account == events.reader.numbers(events.workspace, "account", ["acme"])["acme"]
    days = events.reader.event_names(events.workspace)[0]
    assert (days.first, days.last) == (date(2026, 3, 2), date(2026, 3, 2))


def test_columns_by_other_names(events: Events, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "who;what;when\nann;Seen;2026-03-02\n")
    assert bring(events, path, mapping={"person": "who", "event": "what", "timestamp": "when"}).stored == 1


def test_equal_rows_without_ids_all_count_and_only_once(events: Events, tmp_path: Path) -> None:
    row = "ann,Seen,2026-03-02 10:00:00\n"
    path = write(tmp_path / "e.csv", "person,event,timestamp\n" + row * 3)
    assert bring(events, path).stored == 3
    assert bring(events, path) == Result(read=3, repeated=3)
    longer = write(tmp_path / "longer.csv", "person,event,timestamp\nbob,Seen,2026-03-02\n" + row * 4)
    assert bring(events, longer) == Result(read=5, stored=2, repeated=3)


def test_segment_messages_line_by_line(events: Events, tmp_path: Path) -> None:
    messages = [
        {"type": "track", "userId": "ann", "event": "Seen", "timestamp": "2026-03-02T10:00:00Z", "messageId": "a"},
        {"type": "identify", "userId": "ann", "traits": {"plan": "pro"}, "timestamp": "2026-03-02T10:00:00Z"},
        {"type": "track", "userId": "ann", "timestamp": "2026-03-02T10:00:00Z"},
        {"type": "track", "userId": "ann", "event": "Seen"},
    ]
    lines = "\n".join(json.dumps(message) for message in messages) + "\nnot json\n[]\n\n"
    path = write(tmp_path / "e.jsonl.gz", lines)
    first = bring(events, path)
    assert (first.read, first.stored, first.refused) == (6, 2, 4)
    assert bring(events, path).repeated == 2
    with open(first.refused_file, newline="") as file:
        assert [(int(row["line"]), row["reason"][:24]) for row in csv.DictReader(file)][:4] == [
            (3, "track without an event n"), (4, "no usable timestamp: Non"), (5, "Not JSON: Expecting valu"),
            (6, "Each record must be an o"),
        ]  # fmt: skip


def test_refused_rows_are_kept_with_line_and_reason(events: Events, tmp_path: Path) -> None:
    rows = [
        b"1,ann,,Seen,2026-03-02,,", b"2,,,Seen,2026-03-02,,", b"3,ann,,,2026-03-02,,", b"4,ann,,Seen,31.31.2026,,",
        b"5,ann,,Seen,1850-01-01,,", b"6,ann,,Seen,9999-01-01,,", b"7,ann,,Seen", b"8,a\x00n,,Seen,2026-03-02,,",
        b"9,\xe4nn,,Seen,2026-03-02,,", b"10,guest,,Seen,2026-03-02,,", b"11,bob,,Seen,2026-03-02,,",
    ]  # fmt: skip
    path = write(tmp_path / "e.csv", b"\xef\xbb\xbf" + HEADER.encode() + b"\n".join(rows) + b"\n")
    target = tmp_path / "out" / "refused.csv"
    found = bring(events, path, refused_file=target)
    assert (found.read, found.stored, found.refused, found.refused_file) == (11, 2, 9, str(target))
    with target.open(newline="") as file:
        lines = {int(row["line"]): row["reason"] for row in csv.DictReader(file)}
    assert list(lines) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "person" in lines[3]
    assert "event" in lines[4]
    assert "UTF-8" in lines[10]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"person": "nope"}, "no column 'nope'"),
        ({"colour": "plan"}, "no field 'colour'"),
        ({}, "No column holds the person"),
    ],
)
def test_a_mapping_that_does_not_fit_stores_nothing(
    events: Events, tmp_path: Path, mapping: dict[str, str], said: str
) -> None:
    path = write(tmp_path / "e.csv", "x,event,timestamp,plan\nann,Seen,2026-03-02,pro\n")
    with pytest.raises(Unreadable, match=said):
        bring(events, path, mapping=mapping)
    assert events.reader.event_names(events.workspace) == []


def test_a_rehearsal_stores_nothing(events: Events, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", HEADER + "1,ann,,Seen,2026-03-02,,\n2,,,Seen,2026-03-02,,\n")
    assert bring(events, path, dry_run=True).stored == 1
    assert events.reader.event_names(events.workspace) == []


def test_clocks_go_forward_and_back(events: Events, tmp_path: Path) -> None:
    events.zone = "Europe/Berlin"
    stamps = ["2026-03-29 01:59:59", "2026-03-29 03:00:00", "2026-10-25 01:59:59", "2026-10-25 03:00:00"]
    path = write(tmp_path / "e.csv", "person,event,timestamp\n" + "".join(f"ann,Seen,{stamp}\n" for stamp in stamps))
    bring(events, path)
    found = [row.time.strftime("%m-%d %H:%M:%S") for row in events.reader.person_events(events.workspace, [1])]
    assert found == ["10-25 02:00:00", "10-24 23:59:59", "03-29 01:00:00", "03-29 00:59:59"]


def test_long_files_need_no_more_memory(events: Events, tmp_path: Path) -> None:
    peaks = []
    for count in (4 * RECORD, 16 * RECORD):
        path = tmp_path / f"{count}.csv"
        rows = (f"u{n % 900},Seen,2026-03-0{n % 9 + 1} 10:00:00,{n}\n" for n in range(count))
        path.write_text("person,event,timestamp,n\n" + "".join(rows))
        tracemalloc.start()
        import_events(path, events.store, events.workspace, "UTC", dry_run=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (8 << 20)


def test_ids_for_rows_without_one() -> None:
    repeats, again = Repeats(), Repeats()
    rows = [b"a", b"b", b"a", b"a"]
    ids = [repeats.id_of(row) for row in rows]
    assert len(set(ids)) == 4
    assert ids == [again.id_of(row) for row in rows]


def test_a_real_shop(events: Events, tmp_path: Path) -> None:
    folder = os.environ.get("WELLHEARD_TRIAL_DATA", "")
    path = Path(folder) / "events" / "retentioneering5_ecom.csv.gz"
    if not folder or not path.exists():
        pytest.skip("set WELLHEARD_TRIAL_DATA to the folder with the trial data to run this")
    from wellheard.measure.funnel import funnel
    from wellheard.measure.question import Funnel, Period

    mapping = {"person": "user_id", "session": "session_id"}
    assert bring(events, path, mapping=mapping, refused_file=tmp_path / "r.csv") == Result(read=31_106, stored=31_106)
    assert bring(events, path, mapping=mapping, refused_file=tmp_path / "r.csv") == Result(read=31_106, repeated=31_106)
    assert len(events.reader.people_behind(events.workspace, None, date(2024, 1, 1), date(2024, 12, 31))) == 600
    for first, last, n, paid in (
        (date(2024, 1, 1), date(2024, 5, 18), 337, 0.840),
        (date(2024, 5, 19), date(2024, 6, 7), 130, 0.354),
        (date(2024, 6, 8), date(2024, 12, 31), 165, 0.855),
    ):
        question = Funnel(("payment_details", "purchase"), Period(first, last), unit="session", order="any")
        steps = funnel(events.reader, events.workspace, question)
        assert (steps[0].count, round(steps[1].of_first or 0, 3)) == (n, paid)
