"""Makes an event store of any size for the other benches: python bench/crowd.py FOLDER EVENTS

200,000 people of 5,000 accounts over 180 days, some far busier than others; thirty kinds of events, a few common and
most rare; a visit is a person's day; a third of the events carry three properties. Written through the engine in
blocks, so the rollup fills as it does in life. Nothing is random between runs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wellheard.store import Store

WORKSPACE = 1
PEOPLE, ACCOUNTS, DAYS = 200_000, 5_000, 180
FIRST = "2026-01-05"
STEPS = ("Event 1", "Event 3", "Event 6", "Event 12")
BLOCK = 1_000_000

_FILL = f"""
INSERT INTO events
SELECT {WORKSPACE}, concat('Event ', toString(least(30, toUInt32(1 / (0.033 + (cityHash64(n, 1) % 100000) / 103000.)))))
    AS name,
    toDate('{FIRST}') + cityHash64(n, 2) % {DAYS} AS day,
    toUInt32(1 + pow((cityHash64(n, 3) % 1000003) / 1000003., 2.5) * {PEOPLE}) AS person,
    toUInt32(1 + person % {ACCOUNTS}) AS account,
    toDateTime64(day, 3, 'UTC') + toIntervalMillisecond(cityHash64(n, 4) % 86400000) AS time,
    hex(cityHash64(person, day)) AS session, cityHash64(n, 5) AS message, 1 AS batch, time AS received,
    0 AS flags, 'key1' AS source,
    if(n % 3 = 0, '', concat('https://app.example', path)) AS url,
    if(n % 3 = 0, '', concat('/part/', toString(cityHash64(n, 6) % 40))) AS path, '' AS referrer, '' AS title,
    if(n % 3 = 0, 0, (cityHash64(n, 7) % 90000) / 1000.) AS duration,
    if(n % 3 = 0, concat('{{"plan":"', if(n % 2 = 0, 'free', 'pro'), '","items":', toString(cityHash64(n, 8) % 50),
       ',"kind":"', substring('abcd', 1 + cityHash64(n, 9) % 4, 1), '"}}'), '') AS properties,
    '' AS context
FROM (SELECT number AS n FROM numbers({{from:UInt64}}, {{many:UInt64}}))"""


def fill(store: Store, events: int) -> float:
    """Adds events until there are that many → seconds it took."""
    began = time.perf_counter()
    held = store.reader.rows("SELECT count() FROM events WHERE workspace = {w:UInt32}", {"w": WORKSPACE})[0][0]
    for at in range(int(held), events, BLOCK):
        store.reader.engine.command(_FILL, {"from": at, "many": min(BLOCK, events - at)})
    return time.perf_counter() - began


def main() -> None:
    folder, events = Path(sys.argv[1]), int(float(sys.argv[2]))
    store = Store.open(folder)
    try:
        print(f"{events:,} events in {folder}: {fill(store, events):.0f} s")
    finally:
        store.close()


if __name__ == "__main__":
    main()
