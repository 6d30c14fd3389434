"""What was acknowledged is stored once, whatever happens to the process."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine import Events
from wellheard.store import HeldElsewhere, NoEngine, SpoolFull, Store
from wellheard.store.spool import Spool, is_finished, read

CHILD = """
import sys, threading, time
from wellheard.store import Store, Envelope, Row, message_hash
folder, first = sys.argv[1], int(sys.argv[2])
store = Store.open(folder, keep_free_mb=1)
def work(lane):
    for n in range(100000):
        key = first + lane * 100000 + n
        at = 1772445600000 + key % 7 * 86400000
        message, user = message_hash("s", str(key)), "u%d" % (key % 50)
        row = Row(0, message, at, user=user, anonymous="d%d" % (key % 90), name="Seen")
        more = Row(0, message, at, user=user, name="Seen")
        store.append(Envelope(1, "UTC", "s", at, [row, more]))
        sys.stdout.write("%d\\n" % key)
        sys.stdout.flush()
for lane in range(4):
    threading.Thread(target=work, args=(lane,), daemon=True).start()
time.sleep(60)
"""

REPORT = """
import sys, json
from wellheard.store import Store
store = Store.open(sys.argv[1], keep_free_mb=1)
store.flush(60)
rows = store.reader.rows("SELECT toString(message), count() FROM events GROUP BY message", {})
names = store.reader.event_names(1)[0]
days = store.reader.rows("SELECT day, uniqExact(person) FROM events GROUP BY day ORDER BY day", {})
bits = "SELECT day, groupBitmapMerge(people) FROM rollup WHERE name = '' GROUP BY day ORDER BY day"
bits = store.reader.rows(bits, {})
ids = store.reader.rows("SELECT count(), uniqExact(id) FROM ids FINAL", {})
print(json.dumps({
    "rows": rows, "people": names.people, "days": [int(n) for _, n in days], "bits": [int(n) for _, n in bits],
    "ids": ids[0], "waiting": store.spool.waiting_bytes(),
}))
store.close()
"""


def test_kill_minus_nine_loses_and_doubles_nothing(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    seed = random.Random(7)
    for number in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(number * 1_000_000)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(seed.uniform(0.05, 1.6))
        os.kill(child.pid, signal.SIGKILL)
        lines = [first, *child.stdout.readlines()]
        child.wait()
        acknowledged |= {int(line) for line in lines if line.endswith("\n") and line.strip()}
    found = subprocess.run(
        [sys.executable, "-c", REPORT, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    told = json.loads(found.stdout)
    from wellheard.store import message_hash

    stored = {int(message): count for message, count in told["rows"]}
    assert len(acknowledged) > 100
    assert {message_hash("s", str(key)) for key in acknowledged} <= stored.keys(), "an acknowledged event was lost"
    assert set(stored.values()) == {1}, "an event was stored twice"
    assert told["bits"] == told["days"], "the rollup tells what the events tell"
    assert told["people"] == 50
    assert told["ids"][0] == told["ids"][1] == 140
    assert told["waiting"] == 0


def test_a_torn_tail_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, keep_free=0)
    spool.append([b"one", b"two"])
    path = spool.segments()[0]
    assert not is_finished(path)
    spool.close()
    assert is_finished(path)
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\x05\x00\x00\x00garb")
    assert [record for record, _ in read(path, 0)] == [b"one", b"two"]
    assert [end for _, end in read(path, 0)][-1] == whole


def test_threads_share_one_sync(tmp_path: Path) -> None:
    spool = Spool(tmp_path, keep_free=0)
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(20):
            spool.append([b"x" * 100])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spool.sync_count < 160
    assert sum(1 for path in spool.segments() for _ in read(path, 0)) == 160


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, keep_free=0)
    spool.append([b"one"])

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(SpoolFull, match="No space left"):
            spool.append([b"two"])
    spool.append([b"three"])
    assert [record for path in spool.segments() for record, _ in read(path, 0)] == [b"one", b"three"]
    with pytest.raises(SpoolFull, match="free"):
        Spool(tmp_path / "more", keep_free=1 << 60).append([b"x"])


def test_a_second_process_is_told_who_holds_the_folder(event_store: Store) -> None:
    folder = event_store.spool.folder.parent
    with pytest.raises(HeldElsewhere, match="a running server holds the data folder"):
        Store.open(folder)
    second = Store.open(folder, write=False)
    with pytest.raises(NoEngine):
        _ = second.reader
    second.close()


def test_another_process_can_append_and_wait(events: Events) -> None:
    code = """
import sys
from wellheard.store import Store
from wellheard.listen.sources.events import append_messages
store = Store.open(sys.argv[1], write=False, keep_free_mb=1)
append_messages(store, int(sys.argv[2]), "UTC", [{"type": "track", "userId": "ann", "event": "Seen",
    "timestamp": "2026-03-02T10:00:00Z", "messageId": str(n % 40)} for n in range(50)], tag="t")
store.flush(20)
print(store.counted("t"))
store.close()
"""
    folder = events.store.spool.folder.parent
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(events.workspace)],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout.strip() == "(40, 10, 0)"
    assert events.reader.event_names(events.workspace)[0].count == 40
