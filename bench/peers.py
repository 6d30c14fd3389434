"""The same questions put to what one could install instead: python bench/peers.py [--events 5e6]

pandas, DuckDB with hand-written SQL, and retentioneering, in a throw-away environment made with uv; none of them is
a dependency of ours. Same events, same answers (asserted), medians of wall and processor time. retentioneering knows
no window, so it is asked for an endless funnel, and no retention.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import crowd

FIRST = date.fromisoformat(crowd.FIRST)
LAST = FIRST + timedelta(days=crowd.DAYS - 1)
WEEK_MS = 7 * 86_400_000

# Runs inside the throw-away environment, so it imports nothing of ours.
CHILD = """
import json, resource, statistics, sys, time
folder, peer, steps, window = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
import numpy as np
import pandas as pd

names = np.load(f"{folder}/names.npy")
events = pd.DataFrame({
    "person": np.load(f"{folder}/person.npy"), "name": pd.Categorical.from_codes(np.load(f"{folder}/name.npy"), names),
    "ms": np.load(f"{folder}/ms.npy"), "day": np.load(f"{folder}/day.npy"),
})

def used():
    told = resource.getrusage(resource.RUSAGE_SELF)
    return told.ru_utime + told.ru_stime

def timed(call, times=3):
    walls, cpus = [], []
    for _ in range(times):
        began, before = time.perf_counter(), used()
        answer = call()
        walls.append(1000 * (time.perf_counter() - began))
        cpus.append(1000 * (used() - before))
    return [statistics.median(walls), statistics.median(cpus), answer]

def active_pandas():
    week = (events["day"] + 3) // 7
    return [int(n) for n in events["person"].groupby(week).nunique()]

def retention_pandas():
    week = ((events["day"] + 3) // 7).rename("week")
    seen = pd.DataFrame({"person": events["person"], "week": week}).drop_duplicates()
    seen["first"] = seen.groupby("person")["week"].transform("min")
    counted = seen.groupby(["first", "week"]).size()
    return [int(n) for n in counted]

def funnel_pandas():
    few = events[events["name"].isin(steps)]
    few = few.assign(step=few["name"].map({name: at for at, name in enumerate(steps)}).astype("int64"))
    few = few.sort_values(["person", "ms", "step"])
    start = few["ms"].where(few["step"] == 0)
    found = [int(few.loc[start.notna(), "person"].nunique())]
    for step in range(1, len(steps)):
        latest = start.groupby(few["person"]).cummax().groupby(few["person"]).ffill()
        start = latest.where((few["step"] == step) & (few["ms"] - latest <= window))
        found.append(int(few.loc[start.notna(), "person"].nunique()))
    return found

def duck():
    import duckdb
    con = duckdb.connect(f"{folder}/duck.db")
    con.execute("CREATE TABLE events AS SELECT person, name::VARCHAR AS name, ms, day FROM events "
        "ORDER BY name, day, person")
    over = "OVER (PARTITION BY person ORDER BY ms)"
    sql = f"SELECT person, name, ms, max(CASE WHEN name = '{steps[0]}' THEN ms END) {over} AS s0 FROM events " \\
        f"WHERE name IN {tuple(steps)}"
    for at, name in enumerate(steps[1:], 1):
        sql = f"SELECT *, max(CASE WHEN name = '{name}' AND ms - s{at - 1} <= {window} THEN s{at - 1} END) {over} " \\
            f"AS s{at} FROM ({sql})"
    counts = ", ".join(f"count(DISTINCT CASE WHEN s{at} IS NOT NULL THEN person END)" for at in range(len(steps)))
    def rows(sql):
        return con.execute(sql).fetchall()
    return {
        "active": lambda: [n for _, n in rows(
            "SELECT (day + 3) // 7 AS week, count(DISTINCT person) FROM events GROUP BY 1 ORDER BY 1")],
        "funnel": lambda: list(rows(f"SELECT {counts} FROM ({sql})")[0]),
        "retention": lambda: [n for *_, n in rows(
            "WITH seen AS (SELECT DISTINCT person, (day + 3) // 7 AS week FROM events), "
            "first AS (SELECT person, min(week) AS first FROM seen GROUP BY person) "
            "SELECT first, week, count(*) FROM seen JOIN first USING (person) GROUP BY 1, 2 ORDER BY 1, 2")],
    }

def rete():
    from retentioneering.eventstream import Eventstream
    raw = pd.DataFrame({"user_id": events["person"], "event": events["name"].astype(str),
        "timestamp": pd.to_datetime(events["ms"], unit="ms")})
    stream = Eventstream(raw)
    return {"endless funnel": lambda: [int(s["unique_paths"]) for s in stream.funnel_data(steps=steps)["steps"]]}

asked = {"pandas": lambda: {"active": active_pandas, "funnel": funnel_pandas, "retention": retention_pandas},
    "duckdb": duck, "retentioneering": rete}[peer]()
print(json.dumps({name: timed(call) for name, call in asked.items()}))
"""


def ours(folder: Path, events: int, out: Path) -> dict[str, list[Any]]:
    """Fills, answers and writes the events out for the others."""
    import numpy as np
    from questions import PERIOD, W, medians

    from wellheard.measure import active, funnel, retention
    from wellheard.measure.question import Active, Funnel, Retention
    from wellheard.store import Store

    store = Store.open(folder)
    try:
        crowd.fill(store, events)
        reader = store.reader
        asked = {
            "active": lambda: [p.people for p in active.active(reader, W, Active("week", PERIOD))],
            "funnel": lambda: [s.count for s in funnel.funnel(reader, W, Funnel(crowd.STEPS, PERIOD, WEEK_MS))],
            "endless funnel": lambda: [
                s.count for s in funnel.funnel(reader, W, Funnel(crowd.STEPS, PERIOD, 400 * 86_400_000))
            ],
            "retention": lambda: [
                n for c in retention.retention(reader, W, Retention("week", PERIOD)) for n in c.returned if n
            ],
        }
        paid = medians(list(asked.values()), 5)
        names = [str(n) for (n,) in reader.rows("SELECT DISTINCT name FROM events ORDER BY name", {})]
        np.save(out / "names.npy", np.array(names))
        columns = {"person": "person", "name": "toUInt8(indexOf({n:Array(String)}, name) - 1)",
                   "ms": "toUnixTimestamp64Milli(time)", "day": "toUInt16(day)"}  # fmt: skip
        kinds = {"person": "u4", "name": "i1", "ms": "i8", "day": "i4"}
        found = reader.arrays(f"SELECT {', '.join(columns.values())} FROM events", {"n": names}, columns=4)
        for column, values in zip(columns, found, strict=True):
            np.save(out / f"{column}.npy", values.astype(kinds[column]))
        return {name: [*cost, call()] for (name, call), cost in zip(asked.items(), paid, strict=True)}
    finally:
        store.close()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=float, default=5e6)
    options.add_argument("--python", default="3.11", help="of the environment")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="wellheard-peers-"))
    try:
        uv = [shutil.which("uv") or str(Path(sys.executable).with_name("uv"))]
        told = {"ours": ours(folder / "store", int(given.events), folder)}
        for peer, wanted in (
            ("pandas", ["pandas"]),
            ("duckdb", ["pandas", "duckdb"]),
            ("retentioneering", ["retentioneering"]),
        ):
            place = folder / f"venv-{peer}"
            subprocess.run([*uv, "venv", "-q", "--python", given.python, str(place)], check=True)
            python = str(place / "bin" / "python")
            made = subprocess.run([*uv, "pip", "install", "-q", "--python", python, *wanted], check=False)
            if made.returncode:
                print(f"{peer} cannot be installed here")
                continue
            words = [python, "-c", CHILD, str(folder), peer, json.dumps(crowd.STEPS), str(WEEK_MS)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{peer}: {done.stderr.strip().splitlines()[-1]}")
                continue
            told[peer] = json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{given.events:,.0f} events; median ms, and times ours")
    print(f"{'':15}{'':17}{'wall ms':>10}{'cpu ms':>10}{'wall':>8}{'cpu':>8}")
    for question, (wall, cpu, answer) in told["ours"].items():
        for peer, answers in told.items():
            if question in answers:
                theirs = answers[question]
                assert theirs[2] == answer, f"{question} by {peer}: {theirs[2]}, ours {answer}"
                print(f"{question:15}{peer:17}{theirs[0]:10.1f}{theirs[1]:10.1f}"
                      f"{theirs[0] / wall:8.1f}{theirs[1] / cpu:8.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
