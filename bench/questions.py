"""What questions cost, beside the bare engine: python bench/questions.py [--events 20e6] [--more 100e6] [--keep] [--rollup]

S is one full scan of the engine that sums two number columns. Questions read from the rollup are told in S; questions
that read events are told beside the best query one would write by hand, on the same connection, in turns. Wall and
processor time, medians. With --more the rollup questions are asked of a larger store too: they should cost the same.
Then a short question is asked again and again while a long one runs.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import crowd

from wellheard.measure import active, adoption, funnel, paths, retention
from wellheard.measure.question import Active, Adoption, Funnel, Paths, Period, Retention
from wellheard.store import Store
from wellheard.store.reader import Reader

FIRST = date.fromisoformat(crowd.FIRST)
PERIOD = Period(FIRST, FIRST + timedelta(days=crowd.DAYS - 1))
W = crowd.WORKSPACE
STEPS = crowd.STEPS
SCAN = "SELECT sum(duration), sum(account) FROM events"

HERE = f"workspace = {W} AND day BETWEEN '{PERIOD.first}' AND '{PERIOD.last}'"
FUNNEL = (
    "SELECT level, count() FROM (SELECT person, windowFunnel(604800000)(toUInt64(toUnixTimestamp64Milli(time)), "
    + ", ".join(f"name = '{step}'" for step in STEPS)
    + f") AS level FROM events WHERE {HERE} AND name IN {STEPS} GROUP BY person) GROUP BY level"
)
PATHS = f"""
SELECT next[1], next[2], next[3], count() FROM (
    SELECT arrayCompact(arrayMap(x -> x.2, arraySlice(line, at, 50))) AS steps, arraySlice(steps, 2, 3) AS next FROM (
        SELECT arraySort(groupArray((time, step))) AS line, arrayFirstIndex(x -> x.2 = 'Event 12', line) AS at FROM (
            SELECT person, time, if(name = 'Page', path, name) AS step FROM events WHERE {HERE} AND person IN (
                SELECT DISTINCT person FROM events WHERE {HERE} AND name = 'Event 12')
        ) GROUP BY person
    )
) GROUP BY 1, 2, 3 ORDER BY count() DESC LIMIT 100"""


class Asked(NamedTuple):
    """`bare` None: told in S; else beside this query. `goal` is the ratio not to exceed."""

    name: str
    ours: Callable[[Reader], object]
    bare: str | None
    goal: float


ROLLUP = [
    Asked("active per day", lambda r: active.active(r, W, Active("day", PERIOD)), None, 0.5),
    Asked("active per week", lambda r: active.active(r, W, Active("week", PERIOD)), None, 0.5),
    Asked("active per month", lambda r: active.active(r, W, Active("month", PERIOD)), None, 0.5),
    Asked("adoption, 180 days", lambda r: adoption.adoption(r, W, Adoption("Event 12", PERIOD)), None, 0.5),
    Asked("stickiness per month", lambda r: active.stickiness(r, W, Active("month", PERIOD)), None, 0.5),
    Asked("retention, 26 weeks", lambda r: retention.retention(r, W, Retention("week", PERIOD)), None, 0.5),
    Asked(
        "retention of one event", lambda r: retention.retention(r, W, Retention("week", PERIOD, "Event 1")), None, 0.5
    ),
]
EVENTS = [
    Asked("4-step funnel, 7 days", lambda r: funnel.funnel(r, W, Funnel(STEPS, PERIOD)), FUNNEL, 1.2),
    Asked("paths from an event", lambda r: paths.paths(r, W, Paths("Event 12", PERIOD, pages=True)), PATHS, 1.5),
]
SHORT = ROLLUP[1]
LONG = """SELECT max(n), max(p), sum(d), sum(k) FROM (
    SELECT person, count() AS n, max(path) AS p, sum(duration) AS d, uniqExact(name) AS k FROM events GROUP BY person)"""


class Cost(NamedTuple):
    wall: float
    cpu: float


def cost(call: Callable[[], object]) -> Cost:
    """Milliseconds. The engine runs inside this process, so its threads are in the processor time."""

    def used() -> float:
        told = resource.getrusage(resource.RUSAGE_SELF)
        return told.ru_utime + told.ru_stime

    began, before = time.perf_counter(), used()
    call()
    return Cost(1000 * (time.perf_counter() - began), 1000 * (used() - before))


def medians(calls: list[Callable[[], object]], times: int) -> list[Cost]:
    """In turns, so that a slow moment of the machine meets all alike."""
    found: list[list[Cost]] = [[] for _ in calls]
    for turn in range(times + 1):
        for at, call in enumerate(calls):
            paid = cost(call)
            if turn:  # the first warms up
                found[at].append(paid)
    return [Cost(*(statistics.median(part) for part in zip(*mine, strict=True))) for mine in found]


def held(reader: Reader, table: str) -> str:
    told = reader.rows(
        "SELECT count(), sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = {t:String}",
        {"t": table},
    )[0]
    return f"{table} {told[1]:,} rows in {told[0]} parts, {told[2] / 1e6:.0f} MB"


def costs(reader: Reader, times: int, rollup: bool = False) -> None:
    """Prints the table of one store; `rollup`: only the questions that read no events."""
    print("\n".join((held(reader, "events"), held(reader, "rollup"))))
    scan: Callable[[], object] = lambda: reader.rows(SCAN, {})  # noqa: E731
    scanned, *found = medians([scan, *(lambda a=a: a.ours(reader) for a in ROLLUP)], times)  # type: ignore[misc]
    print(f"{'':26}{'wall ms':>9}{'cpu ms':>9}{'beside':>9}{'cpu':>8}{'ratio':>7}{'cpu':>7}{'goal':>6}")
    print(f"{'S, one full scan':26}{scanned.wall:9.1f}{scanned.cpu:9.1f}")
    line = "{:26}{:9.1f}{:9.1f}{:9.1f}{:8.1f}{:7.2f}{:7.2f}{:6.1f}"
    for asked, paid in zip(ROLLUP, found, strict=True):
        print(line.format(asked.name, *paid, *scanned, paid.wall / scanned.wall, paid.cpu / scanned.cpu, asked.goal))
    for asked in () if rollup else EVENTS:
        ours, bare = medians([lambda: asked.ours(reader), lambda: reader.rows(asked.bare or "", {})], times)  # noqa: B023
        print(line.format(asked.name, *ours, *bare, ours.wall / bare.wall, ours.cpu / bare.cpu, asked.goal), flush=True)


def beside_long(reader: Reader, seconds: float) -> None:
    """A short question while a long one runs without pause."""
    alone = [cost(lambda: SHORT.ours(reader)).wall for _ in range(200)]
    stop, asked = threading.Event(), [0]

    def work() -> None:
        while not stop.is_set():
            reader.rows(LONG, {})
            asked[0] += 1

    longer = threading.Thread(target=work)
    longer.start()
    time.sleep(0.2)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        times.append(cost(lambda: SHORT.ours(reader)).wall)
        time.sleep(0.02)
    stop.set()
    longer.join()
    for name, mine in ((f"{SHORT.name}, alone", alone), (f"beside {asked[0]} long ones", times)):
        mine.sort()
        told = [mine[len(mine) * part // 100] for part in (50, 90, 99)]
        print(f"{name:26}" + "".join(f"{ms:9.1f}" for ms in told) + f"   p50, p90, p99 of {len(mine)}; goal 50")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=float, default=20e6)
    options.add_argument("--more", type=float, default=0)
    options.add_argument("--folder", type=Path, help="made when missing, with --keep for another run")
    options.add_argument("--keep", action="store_true")
    options.add_argument("--times", type=int, default=11)
    options.add_argument("--rollup", action="store_true", help="only what is read from the rollup")
    options.add_argument("--inner", action="store_true", help="one store: what the bench starts itself")
    given = options.parse_args()
    folder = given.folder or Path(f"/tmp/crowd{given.events / 1e6:.0f}")
    if not given.inner:  # one engine a process
        for events in filter(None, (given.events, given.more)):
            place = given.folder or Path(f"/tmp/crowd{events / 1e6:.0f}")
            words = [f"--events={events}", f"--folder={place}", f"--times={given.times}", "--inner"]
            words += ["--rollup"] * given.rollup
            subprocess.run([sys.executable, __file__, *words], check=True)
            if not given.keep:
                shutil.rmtree(place, ignore_errors=True)
        return
    store = Store.open(folder, memory_mb=1500)  # as a server does
    try:
        took = crowd.fill(store, int(given.events))
        print(f"\n{given.events:,.0f} events, filled in {took:.0f} s")
        costs(store.reader, given.times, given.rollup)
        if not given.rollup:
            beside_long(store.reader, 20)
    finally:
        store.close()


if __name__ == "__main__":
    main()
