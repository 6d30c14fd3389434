"""What a library sends by itself counts under its own name and makes nobody active."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from tests.engine import Events
from wellheard.store import Envelope, Row, message_hash
from wellheard.store.rows import QUIET

PERIOD = (date(2026, 1, 1), date(2026, 12, 31))
LAYOUT = Path(__file__).parent / "layout1.sql"  # the tables as the first version made them
TIME = 1772445600000  # 2026-03-02 10:00


def say(events: Events, *said: tuple[str, str, int]) -> None:
    rows = [
        Row(0, message_hash("s", f"{events.workspace} {n} {user} {name}"), TIME, user=user, name=name, flags=flags)
        for n, (user, name, flags) in enumerate(said)
    ]
    events.store.append(Envelope(events.workspace, "UTC", "s", TIME, rows))
    events.store.flush()


def behind(events: Events, name: str | None) -> list[int]:
    return events.reader.people_behind(events.workspace, name, *PERIOD).tolist()


def test_they_count_for_their_own_name_only(events: Events) -> None:
    say(events, ("ann", "Opened", 0), ("ann", "Left", QUIET), ("bob", "Left", QUIET | 1), ("cid", "Opened", 1))
    assert behind(events, None) == [events.number("ann"), events.number("cid")]
    assert behind(events, "Left") == [events.number("ann"), events.number("bob")]
    assert [(n.name, n.count, n.people) for n in events.reader.event_names(events.workspace)] == [
        ("Left", 2, 2), ("Opened", 2, 2),
    ]  # fmt: skip
    counted = events.reader.weekly_counts(events.workspace, None, date(2026, 3, 2), 1)
    assert (counted.persons.tolist(), counted.counts.tolist()) == (behind(events, None), [[1], [1]])
    left = events.reader.weekly_counts(events.workspace, ["Left"], date(2026, 3, 2), 1)
    assert left.counts.tolist() == [[1], [1]]


def test_erasing_somebody_else_does_not_make_them_active(events: Events) -> None:
    say(events, ("ann", "Opened", 0), ("bob", "Left", QUIET), ("cid", "Opened", 0))
    events.store.forget_person(events.workspace, [events.number("ann")])
    assert behind(events, None) == [events.number("cid")]
    assert behind(events, "Left") == [events.number("bob")]


OLD = """
import sys
from pathlib import Path
from wellheard.store import schema
from wellheard.store.engine import Engine
folder = Path(sys.argv[1])
engine = Engine(folder / "events")
engine.command("CREATE TABLE layout (version UInt32) ENGINE = MergeTree ORDER BY version")
for line in Path(sys.argv[2]).read_text().split(";;"):
    engine.command(line)
engine.command("INSERT INTO layout VALUES (1)")
add = "(workspace, name, day, person, account, time, message, batch, flags)"
engine.command("INSERT INTO events " + add + " VALUES "
    "(1, 'Opened', '2026-03-02', 1, 1, '2026-03-02 10:00:00', 11, 1, 0), "
    "(1, 'Left', '2026-03-02', 2, 1, '2026-03-02 10:00:00', 12, 1, 4), "
    "(1, 'Left', '2026-03-03', 1, 0, '2026-03-03 10:00:00', 13, 1, 5), "
    "(1, 'Opened', '2026-03-04', 3, 2, '2026-03-04 10:00:00', 14, 1, 1), "
    "(2, 'Left', '2026-03-04', 1, 0, '2026-03-04 10:00:00', 15, 1, 4)")
engine.command("INSERT INTO merges VALUES (1, 1, 3, 1, 1)")
engine.command("INSERT INTO ids VALUES (2, 1, 'old', 1, 1, 1)")
engine.close()
"""

NEW = """
import json, sys
from datetime import date
from wellheard.store import Envelope, Row, Store, schema
store = Store.open(sys.argv[1], keep_free_mb=1)
def told():
    period = (date(2026, 1, 1), date(2026, 12, 31))
    found = {f"{w} {name}": store.reader.people_behind(w, name, *period).tolist()
        for w in (1, 2) for name in (None, "Opened", "Left")}
    days = "SELECT toString(day) FROM rollup WHERE workspace = 1 AND name = '' GROUP BY day ORDER BY day"
    found["days"] = [day for (day,) in store.reader.rows(days, {})]
    found["accounts"] = store.reader.accounts_behind(1, None, *period).tolist()
    return found
before = told()
rows = [Row(0, 20 + n, 1772445600000, user=user, name=name, flags=flags)
    for n, (user, name, flags) in enumerate([("zoe", "Left", 4), ("yan", "Opened", 0)])]
store.append(Envelope(2, "UTC", "s", 1772445600000, rows))
store.flush()
version = store.reader.rows("SELECT max(version) FROM layout", {})[0][0]
codec = "SELECT compression_codec FROM system.columns WHERE table = 'events' AND name = 'properties'"
version = version == schema.VERSION and "ZSTD" in store.reader.rows(codec, {})[0][0]
kind = "SELECT type FROM system.columns WHERE table = 'events' AND name = 'path'"
version = version and store.reader.rows(kind, {})[0][0] == "LowCardinality(String)"
print(json.dumps({"before": before, "after": told(), "version": version}))
store.close()
"""


def test_a_folder_of_the_first_layout_is_upgraded(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", OLD, str(tmp_path), str(LAYOUT)], check=True, timeout=60)
    for again in range(2):  # the second time finds nothing to do
        done = subprocess.run(
            [sys.executable, "-c", NEW, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
        )
        told = json.loads(done.stdout)
        wanted = {
            "1 None": [1], "1 Opened": [1], "1 Left": [1, 2], "2 None": [], "2 Opened": [], "2 Left": [1],
            "days": ["2026-03-02", "2026-03-04"], "accounts": [1, 2],
        }  # fmt: skip
        new = {"2 None": [3], "2 Opened": [3], "2 Left": [1, 2]}
        assert told["before"] == (wanted if not again else wanted | new)
        assert told["after"] == wanted | new
        assert told["version"]
