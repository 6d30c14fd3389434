"""How many events a second are acknowledged over HTTP: python bench/intake.py [seconds]

Starts a server with the intake in front of a trivial application, sends batches of 100 and single events on
16 connections, and tells how much of the time went into waiting for the disk. Acknowledged means synced.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

CONNECTIONS = 16
HEADERS = {"Authorization": "Basic " + base64.b64encode(b"wk:").decode(), "Content-Type": "application/json"}


def application():  # type: ignore[no-untyped-def]
    """What the server runs."""
    from wellheard import store
    from wellheard.listen.intake import Intake

    opened = store.Store.open(os.environ["BENCH_DATA"])
    store.use(opened)

    def behind(environ, start_response):  # type: ignore[no-untyped-def]
        if environ["PATH_INFO"] == "/flush":
            opened.flush(120)
        spool = opened.spool
        told = {"seconds": spool.sync_seconds, "count": spool.sync_count, "cpu": time.process_time()}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return Intake(behind, lambda key: (1, "UTC", "web") if key == "wk" else None, store.get)


if "BENCH_DATA" in os.environ:
    app = application()


def message(number: int) -> dict[str, object]:
    return {
        "type": "track", "event": f"Event {number % 12}", "userId": f"u{number % 5000}", "anonymousId": None,
        "messageId": uuid.uuid4().hex, "timestamp": "2026-11-22T00:30:52.045+00:00", "integrations": {},
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "properties": {"plan": "pro", "items": number % 9, "page": "/reports"},
    }  # fmt: skip


def ask(port: int, path: str) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", path)
    found: dict[str, float] = json.loads(connection.getresponse().read())
    return found


def load(port: int, path: str, size: int, seconds: float) -> dict[str, float]:
    """`size` events a request for some seconds; bodies are made beforehand, so that the client costs little."""
    bodies = []
    for _ in range(400):
        batch = [message(n) for n in range(size)]
        body = json.dumps({"batch": batch, "sentAt": "2026-11-22T00:30:52.5Z"} if size > 1 else batch[0])
        bodies.append(body)
    marker = '"messageId": "'
    done, lost, slow = [0] * CONNECTIONS, [0] * CONNECTIONS, [[] for _ in range(CONNECTIONS)]  # type: ignore[var-annotated]
    end = time.perf_counter() + seconds

    def work(lane: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        turn = lane
        while time.perf_counter() < end:
            body = bodies[turn % len(bodies)].replace(marker, f"{marker}{lane}-{turn}-")
            began = time.perf_counter()
            connection.request("POST", path, body, HEADERS)
            answer = connection.getresponse()
            answer.read()
            slow[lane].append(time.perf_counter() - began)
            if answer.status == 200:
                done[lane] += size
            else:
                lost[lane] += size
            turn += CONNECTIONS

    before, began = ask(port, "/"), time.perf_counter()
    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, after = time.perf_counter() - began, ask(port, "/")
    began = time.perf_counter()
    ask(port, "/flush")
    times = sorted(t for lane in slow for t in lane)
    return {
        "events/s": sum(done) / took,
        "requests/s": sum(done) / size / took,
        "p50 ms": times[len(times) // 2] * 1000,
        "p99 ms": times[len(times) * 99 // 100] * 1000,
        "syncs/s": (after["count"] - before["count"]) / took,
        "% in fsync": 100 * (after["seconds"] - before["seconds"]) / took,
        "server cpu %": 100 * (after["cpu"] - before["cpu"]) / took,
        "refused": sum(lost),
        "catch-up s": time.perf_counter() - began,
    }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    folder = tempfile.mkdtemp(prefix="wellheard-bench-")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "16",
               "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "error",
               "intake:app"]  # fmt: skip
    here = Path(__file__).parent
    server = subprocess.Popen(
        command, cwd=here, env=os.environ | {"BENCH_DATA": folder, "PYTHONPATH": str(here.parent)}
    )
    try:
        for _ in range(100):
            try:
                ask(port, "/")
                break
            except OSError:
                time.sleep(0.1)
        results = {
            "batches of 100": load(port, "/v1/batch", 100, seconds),
            "one event a request": load(port, "/v1/track", 1, seconds),
        }
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    columns = list(next(iter(results.values())))
    print(f"{CONNECTIONS} connections, {seconds:.0f} s each, {os.cpu_count()} cores shared with the client")
    print(f"{'':22}" + "".join(f"{name:>14}" for name in columns))
    for name, row in results.items():
        print(f"{name:22}" + "".join(f"{row[column]:14,.1f}" for column in columns))


if __name__ == "__main__" and "BENCH_DATA" not in os.environ:
    main()
