"""What a whole server holds at most: python bench/memory.py [--events 20e6] [--seconds 60]

A server is started on that many events; then, all at once: events are sent without pause, a dashboard's questions are read,
and long questions are asked. Told is the proportional memory of all its processes, the highest of five samples a second.
The goal is the configured memory and 200 MB.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import crowd
from intake import message

from tests.commands.shell import Server, Shell

CAP = 1500
DAYS = {"from": crowd.FIRST, "to": "2026-07-03"}
SHORT = [("active", {"every": "week"}), ("retention", {"every": "week"}), ("count", {}), ("stickiness", {})]
LONG = [
    ("funnel", {"steps": ",".join(crowd.STEPS), "more": "yes"}),
    ("paths", {"event": "Event 1", "window": "7d", "length": "5"}),
    ("funnel", {"steps": "Event 1,Event 1,Event 2", "window": "30d"}),
    ("adoption", {"event": "Event 1"}),
    ("pages", {}),
    ("count", {"breakdown": "event:kind"}),
]


def held(server: Server) -> float:
    """Megabytes; pages that processes share are counted once."""
    total = 0
    for pid in server.family():
        try:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
    return total / 1024


def fill(shell: Shell, events: int) -> None:
    """In a process of its own: a server must not be started by one that has held the engine."""
    code = (
        "import sys; sys.path[:0] = sys.argv[3:]\n"
        "import crowd; from wellheard.store import Store\n"
        "s = Store.open(sys.argv[1]); crowd.fill(s, int(sys.argv[2])); s.close()"
    )
    here = Path(__file__).resolve().parent
    subprocess.run([sys.executable, "-c", code, str(shell.data), str(events), str(here), str(here.parent)], check=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=float, default=20e6)
    options.add_argument("--seconds", type=float, default=60)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="wellheard-bench-"))
    shell = Shell(folder, EVENTS_MEMORY_MB=str(CAP))
    keys = shell.init()
    fill(shell, int(given.events))
    done: Counter[str] = Counter()
    stop = time.monotonic() + given.seconds
    with shell.serving() as server:
        rest = held(server)

        def ask(questions: list[tuple[str, dict[str, str]]], what: str, pause: float) -> None:
            link = http.client.HTTPConnection("127.0.0.1", shell.port, timeout=300)
            while time.monotonic() < stop:
                for kind, words in questions:
                    where = f"/api/ask/{kind}?{urlencode({**DAYS, **words})}"
                    link.request("GET", where, headers={"Authorization": f"Bearer {keys['api_token']}"})
                    answer = link.getresponse()
                    body = answer.read()
                    done[f"{what} {answer.status}"] += 1
                    if answer.status != 200:
                        done[body[:160].decode(errors="replace")] += 1
                    time.sleep(pause)

        def send(lane: int) -> None:
            headers = {"Authorization": "Basic " + base64.b64encode(f"{keys['write_key']}:".encode()).decode()}
            link, turn = http.client.HTTPConnection("127.0.0.1", shell.port, timeout=60), 0
            while time.monotonic() < stop:
                batch = [message(turn * 100 + n) | {"messageId": f"{lane}-{turn}-{n}"} for n in range(100)]
                link.request("POST", "/v1/batch", json.dumps({"batch": batch}), headers)
                answer = link.getresponse()
                answer.read()
                done[f"batches {answer.status}"] += 1
                turn += 1

        work = [
            *(threading.Thread(target=send, args=(lane,)) for lane in range(4)),
            threading.Thread(target=ask, args=(SHORT, "short questions", 0.2)),
            *(threading.Thread(target=ask, args=(LONG[at:] + LONG[:at], "long questions", 0)) for at in range(3)),
        ]
        for one in work:
            one.start()
        most, samples = 0.0, []
        while any(one.is_alive() for one in work):
            samples.append(held(server))
            most = max(most, samples[-1])
            time.sleep(0.2)
        time.sleep(10)
        after = held(server)
    shutil.rmtree(folder, ignore_errors=True)
    for what, n in sorted(done.items()):
        print(f"{n:8,} {what}")
    print(
        f"memory: {rest:.0f} MB at rest, at most {most:.0f} (goal {CAP + 200}), median {sorted(samples)[len(samples) // 2]:.0f},"
    )
    print(f"{after:.0f} ten seconds after")


if __name__ == "__main__":
    main()
