"""How many rows a second an import takes in: python bench/import.py [rows]

Each part makes a file, brings it in, brings it in again, and prints one line.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def events(folder: Path, rows: int) -> list[tuple[str, int, float]]:
    """A CSV of product events: the first time, and all of it again."""
    from wellheard.listen.sources.events import import_events
    from wellheard.store import Store

    luck, path = random.Random(1), folder / "events.csv"
    with path.open("w") as file:
        file.write("person,account,event,timestamp,session,plan,items\n")
        for n in range(rows):
            person = luck.randrange(20_000)
            day, second = luck.randrange(180), luck.randrange(86_400)
            month, day = 1 + day // 28, 1 + day % 28
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            who, when = f"u{person},a{person % 500}", f"2026-{month:02}-{day:02} {clock}"
            file.write(f"{who},Event {luck.randrange(12)},{when},s{n // 8},pro,{n % 9}\n")
    store = Store.open(folder / "data")
    results = []
    for name in ("events, new", "events, again"):
        began = time.perf_counter()
        found = import_events(path, store, 1, "Europe/Berlin", refused_file=folder / "refused.csv")
        results.append((name, rows, time.perf_counter() - began))
        assert found.stored + found.repeated == rows, found
    store.close()
    return results


PARTS: list[Callable[[Path, int], list[tuple[str, int, float]]]] = [events]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    print(f"{'':20}{'rows':>12}{'seconds':>10}{'rows/s':>12}{'peak MiB':>10}")
    for part in PARTS:
        with tempfile.TemporaryDirectory(prefix="wellheard-bench-") as folder:
            for name, count, seconds in part(Path(folder), rows):
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                print(f"{name:20}{count:12,}{seconds:10.1f}{count / seconds:12,.0f}{peak:10,}")


if __name__ == "__main__":
    main()
