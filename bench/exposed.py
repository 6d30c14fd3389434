"""An experiment's table from the events: python bench/exposed.py FOLDER [EVENTS [PEOPLE]]

PEOPLE (1,000,000) saw one of two variants, twenty metrics of ten events with EVENTS (20,000,000) events in all, half of them
with a price. Compared with a bare scan of the same rows: as many columns read, nothing joined, one group a person. The store is
made once and kept in FOLDER. Nothing is random between runs.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from wellheard.measure.did import of
from wellheard.measure.experiment.gathering import Count, Wanted, gather
from wellheard.measure.experiment.report import Metric, Plan, judge_experiment
from wellheard.store import Store

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, BLOCK = 60, 1_000_000
_ROW = """INSERT INTO events SELECT 1, {name} AS name, toDate(time) AS day, toUInt32({person}) AS person, toUInt32(1 + person % 50000),
    toDateTime64('2026-03-02 00:00:00', 3, 'UTC') + toIntervalSecond({second}) AS time, '', cityHash64(n, {salt}), 1, time, 0, 'key1',
    '', '', '', '', 0, {properties}, '' FROM (SELECT number AS n FROM numbers({{from:UInt64}}, {{many:UInt64}}))"""
EXPOSURE = _ROW.format(
    name="'Flag Evaluated'", person="n + 1", second="cityHash64(n, 1) % 3456000", salt="7",
    properties="concat('{\"flag\":\"clock\",\"variant\":\"', if(cityHash64(n, 2) % 2 = 0, 'off', 'on'), '\"}')",
)  # fmt: skip
ACTS = _ROW.format(
    name="concat('Event ', toString(1 + cityHash64(n, 3) % 10))", person="1 + cityHash64(n, 4) % {people:UInt64}",
    second=f"cityHash64(n, 5) % {DAYS * 86400}", salt="8",
    properties="if(n % 2 = 0, concat('{\"price\":', toString(cityHash64(n, 6) % 100), '}'), '')",
)  # fmt: skip


def fill(store: Store, events: int, people: int) -> None:
    if store.reader.rows("SELECT count() FROM events", {})[0][0]:
        return
    for at in range(0, people, BLOCK):
        store.reader.engine.command(EXPOSURE, {"from": at, "many": min(BLOCK, people - at)})
    for at in range(0, events, BLOCK):
        store.reader.engine.command(ACTS, {"from": at, "many": min(BLOCK, events - at), "people": people})


SCAN = (
    "SELECT toUInt32(person) AS who, count() AS n, max(time) AS last, sum(length(properties)) AS size FROM events "
    "WHERE workspace = 1 AND name IN {names:Array(String)} GROUP BY who"
)


def main() -> None:
    folder = Path(sys.argv[1])
    events = int(float(sys.argv[2])) if len(sys.argv) > 2 else 20_000_000
    people = int(float(sys.argv[3])) if len(sys.argv) > 3 else 1_000_000
    wanted = [
        Wanted(f"{how}{k}", Count(of(f"Event {k}"), how, "price" if how == "sum" else ""))  # type: ignore[arg-type]
        for k in range(1, 11)
        for how in (("did", "count") if k > 5 else ("did", "sum"))
    ]
    store = Store.open(folder)
    try:
        fill(store, events, people)
        names = ["Flag Evaluated", *(f"Event {k}" for k in range(1, 11))]
        scans, takes = [], []
        for _ in range(3):
            began = time.perf_counter()
            store.reader.arrays(
                f"SELECT count(), sum(n), max(toUnixTimestamp(last)), sum(size) FROM ({SCAN})", {"names": names}, 4
            )
            scans.append(time.perf_counter() - began)
            began = time.perf_counter()
            table, exposed = gather(
                store,
                1,
                "clock",
                ["off", "on"],
                START,
                START + timedelta(days=DAYS),
                wanted,
                window_days=14,
                before_days=28,
            )
            takes.append(time.perf_counter() - began)
        began = time.perf_counter()
        metrics = tuple(
            Metric(w.key, w.key, "proportion" if w.what.how == "did" else "mean", role="secondary" if n else "primary")
            for n, w in enumerate(wanted)
        )
        report = judge_experiment(Plan(("off", "on"), (1, 1), metrics, "fixed", planned_total=1), table)
        judged = time.perf_counter() - began
        print(
            f"{sum(exposed.counts):,} exposed, {len(table.arm):,} with a full window, {len(wanted)} metrics, {events:,} events"
        )
        print(
            f"bare scan {min(scans):.2f} s, table {min(takes):.2f} s ({min(takes) / min(scans):.1f} times), judged in {judged:.2f} s"
        )
        print(report.headline)
    finally:
        store.close()


if __name__ == "__main__":
    main()
