"""How many rows a second an import takes in: python bench/import.py [rows] [events] [voices]

Each part makes a file, brings it in, brings it in again, and prints one line.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def events(folder: Path, rows: int) -> list[tuple[Any, ...]]:
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


def voices(folder: Path, rows: int) -> list[tuple[Any, ...]]:
    """A CSV of voices with authors and accounts, by the command line: the first time, and all of it again."""
    luck, path = random.Random(2), folder / "voices.csv"
    words = (
        "export slow please add dark mode login error invoice search filter mobile crash love it team report".split()
    )
    with path.open("w") as file:
        file.write("id,text,author,email,account,created_at,channel,stars\n")
        for n in range(rows):
            who, text = luck.randrange(50_000), " ".join(luck.choices(words, k=luck.randrange(4, 40)))
            day = f"2025-{1 + n % 12:02}-{1 + n % 28:02} 10:00"
            file.write(f"{n},{text},u{who},u{who}@shop.example,a{who % 2000},{day},support,{n % 5}\n")
    environment = {**os.environ, "WELLHEARD_DATA": str(folder / "data")}

    def command(*given: str) -> tuple[float, int, float]:
        """Seconds, peak MiB and processor seconds of a process of its own."""
        began = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", "wellheard", *given], env=environment, cwd=folder, stdout=-3)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, given
        return time.perf_counter() - began, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime

    command("workspace", "create", "bench")
    call = ("import", "voices", str(path), "--workspace", "bench")
    return [(name, rows, *command(*call)) for name in ("voices, new", "voices, again")]


PARTS: list[Callable[[Path, int], list[tuple[Any, ...]]]] = [events, voices]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    wanted = sys.argv[2:] or [part.__name__ for part in PARTS]
    print(f"{'':20}{'rows':>12}{'seconds':>10}{'rows/s':>12}{'peak MiB':>10}{'cpu s':>8}")
    for part in (p for p in PARTS if p.__name__ in wanted):
        with tempfile.TemporaryDirectory(prefix="wellheard-bench-") as folder:
            for name, count, seconds, *its_own in part(Path(folder), rows):
                peak = its_own[0] if its_own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                cpu = f"{its_own[1]:8.1f}" if len(its_own) > 1 else ""
                print(f"{name:20}{count:12,}{seconds:10.1f}{count / seconds:12,.0f}{peak:10,}{cpu}")


if __name__ == "__main__":
    main()
