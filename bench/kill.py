"""Kill -9 at random moments under load: python bench/kill.py [--times 100]

A server started as anybody starts it, four connections sending without pause; after each kill it is started again on
the same folder. What got its 200 is remembered outside. At the end nothing acknowledged may be missing and nothing be
there twice, the rollup must tell what the events tell, and the ids must be as many as people.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.commands.shell import Shell

CONNECTIONS, PEOPLE = 4, 500
REPORT = """
import json, sys
from wellheard.store import Store
store = Store.open(sys.argv[1], keep_free_mb=1)
store.flush(300)
ask = lambda sql: store.reader.rows(sql, {})
print(json.dumps({
    "names": ask("SELECT JSONExtractString(properties, 'key'), count() FROM events GROUP BY 1"),
    "days": ask("SELECT toUInt16(day), name, uniqExact(person) FROM events GROUP BY 1, 2 ORDER BY 1, 2"),
    "bits": ask("SELECT toUInt16(day), name, groupBitmapMerge(people) FROM rollup WHERE name != '' "
        "GROUP BY 1, 2 ORDER BY 1, 2"),
    "ids": ask("SELECT uniqExact(id), uniqExact(number) FROM ids WHERE kind = 1")[0],
}))
store.close()
"""


class Sender:
    """Sends on one connection until told to stop; a refused or broken request is sent again, as SDKs do."""

    def __init__(self, shell: Shell, key: str, lane: int) -> None:
        self.shell, self.lane = shell, lane
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self.acknowledged: list[str] = []
        self.repeated = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        draw, turn = random.Random(self.lane), 0
        while not self._stop.is_set():
            keys = [f"{self.lane}-{turn}-{n}" for n in range(draw.choice((1, 10, 100)))]
            turn += 1
            body = json.dumps({"batch": [
                {"type": "track", "event": f"Event {draw.randrange(9)}", "userId": f"u{draw.randrange(PEOPLE)}",
                 "messageId": key, "timestamp": f"2026-10-{draw.randrange(1, 29):02d}T10:00:00Z",
                 "properties": {"key": key}} for key in keys
            ]})  # fmt: skip
            while not self._sent(body):
                self.repeated += 1
                if self._stop.wait(0.05):
                    return
            self.acknowledged += keys

    def _sent(self, body: str) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.shell.port, timeout=20)
        try:
            link.request("POST", "/v1/batch", body, self.headers)
            return link.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()


def run(folder: Path, times: int, seed: int = 0) -> dict[str, float]:
    """Raises AssertionError when something was lost or counted twice."""
    draw, began = random.Random(seed), time.monotonic()
    shell = Shell(folder, EVENTS_RATE="0")
    key = shell.init()["write_key"]
    senders = [Sender(shell, key, lane) for lane in range(CONNECTIONS)]
    try:
        for turn in range(times):
            with shell.serving():
                time.sleep(draw.uniform(0, 2.5))
            if sys.stdout.isatty():
                print(f"\r{turn + 1} of {times}", end="", flush=True)
        with shell.serving():
            time.sleep(1)
            for sender in senders:
                sender.stop()
    finally:  # a server that does not start is told at once
        for sender in senders:
            sender.stop()
    done = subprocess.run(
        [sys.executable, "-c", REPORT, str(shell.data)], capture_output=True, text=True, check=True, timeout=400
    )
    told = json.loads(done.stdout.splitlines()[-1])
    stored = Counter(dict(told["names"]))
    acknowledged = {key for sender in senders for key in sender.acknowledged}
    lost = [key for key in acknowledged if not stored[key]]
    twice = [key for key, count in stored.items() if count > 1]
    assert not lost, f"{len(lost)} acknowledged events are lost, such as {lost[:3]}"
    assert not twice, f"{len(twice)} events are stored twice, such as {twice[:3]}"
    assert told["days"] == told["bits"], "the rollup does not tell what the events tell"
    assert told["ids"][0] == told["ids"][1], f"people and numbers: {told['ids']}"
    return {
        "kills": times,
        "acknowledged": len(acknowledged),
        "stored": len(stored),
        "lost": len(lost),
        "twice": len(twice),
        "sent again": sum(sender.repeated for sender in senders),
        "seconds": time.monotonic() - began,
    }


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--times", type=int, default=100)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="wellheard-kill-"))
    try:
        told = run(folder, given.times, given.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\r" + "".join(f"{name:>14}" for name in told))
    print("".join(f"{count:14,.0f}" for count in told.values()))


if __name__ == "__main__":
    main()
