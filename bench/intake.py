"""How many events a second are acknowledged over HTTP: python bench/intake.py [seconds]

Starts a server with the intake in front of a trivial application, sends batches of 100 and single events on
16 connections, and tells how much of the time went into waiting for the disk. Acknowledged means synced. Meanwhile
somebody reads a dashboard of six questions every second, and every half second an event of its own is sent and looked
for until an answer shows it. At the end every acknowledged event must have been stored once.
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
        path = environ["PATH_INFO"]
        if path == "/flush":
            opened.flush(120)
        if path == "/dashboard":
            dashboard(opened.reader)
        name = environ["QUERY_STRING"]
        if path == "/seen":
            asked = "SELECT count() FROM rollup WHERE workspace = 1 AND name = {name:String}"
        else:
            asked = "SELECT count() FROM events WHERE {name:String} = ''"
        spool = opened.spool
        told = {"seconds": spool.sync_seconds, "count": spool.sync_count, "cpu": time.process_time(),
                "stored": opened.reader.rows(asked, {"name": name})[0][0], "memory": memory()}  # fmt: skip
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return Intake(behind, lambda key: (1, "UTC", "web") if key == "wk" else None, store.get)


if "BENCH_DATA" in os.environ:
    app = application()


def memory() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def dashboard(reader) -> None:  # type: ignore[no-untyped-def]
    from datetime import date

    from wellheard.measure import active, adoption, funnel, retention
    from wellheard.measure.question import Active, Adoption, Funnel, Period, Retention

    period = Period(date(2026, 9, 1), date(2026, 11, 30))
    active.active(reader, 1, Active("day", period))
    active.active(reader, 1, Active("week", period, "Event 1"))
    active.stickiness(reader, 1, Active("month", period))
    adoption.adoption(reader, 1, Adoption("Event 3", period))
    retention.retention(reader, 1, Retention("week", period))
    funnel.funnel(reader, 1, Funnel(("Event 1", "Event 2", "Event 3"), period))


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


class Wire:
    """A connection that costs the client as little as can be: it shares the machine with the server."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in HEADERS.items())]
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode()

    def post(self, body: bytes) -> int:
        """→ the status."""
        self._socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._socket.recv(65536)
        head, _, rest = got.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += self._socket.recv(65536)
        return int(head[9:12])


def read_meanwhile(port: int, done: threading.Event, took: list[float]) -> None:
    while not done.wait(1):
        began = time.perf_counter()
        ask(port, "/dashboard")
        took.append(time.perf_counter() - began)


def probe(port: int, done: threading.Event, took: list[float]) -> None:
    wire = Wire(port, "/v1/track")
    while not done.wait(0.5):
        name = f"probe-{uuid.uuid4().hex}"
        assert wire.post(json.dumps(message(1) | {"event": name}).encode()) == 200
        began = time.perf_counter()
        while not ask(port, f"/seen?{name}")["stored"]:
            time.sleep(0.1)
        took.append(time.perf_counter() - began)


def load(port: int, path: str, size: int, seconds: float) -> dict[str, float]:
    """`size` events a request for some seconds; bodies are made beforehand, so that the client costs little."""
    bodies = []
    for _ in range(400):
        batch = [message(n) | {"messageId": uuid.uuid4().hex + "0123456789"} for n in range(size)]
        body = json.dumps({"batch": batch, "sentAt": "2026-11-22T00:30:52.5Z"} if size > 1 else batch[0])
        bodies.append(body.encode())
    done, lost, slow = [0] * CONNECTIONS, [0] * CONNECTIONS, [[] for _ in range(CONNECTIONS)]  # type: ignore[var-annotated]
    before = ask(port, "/")
    began = time.perf_counter()
    end = began + seconds

    def work(lane: int) -> None:
        wire = Wire(port, path)
        turn = lane
        while time.perf_counter() < end:
            body = bodies[turn % len(bodies)].replace(b"0123456789", b"%010d" % turn)  # other messages each time round
            began = time.perf_counter()
            status = wire.post(body)
            slow[lane].append(time.perf_counter() - began)
            if status == 200:
                done[lane] += size
            else:
                lost[lane] += size
            turn += CONNECTIONS

    over, read, seen = threading.Event(), [], []  # type: ignore[var-annotated]
    beside = [threading.Thread(target=read_meanwhile, args=(port, over, read)),
              threading.Thread(target=probe, args=(port, over, seen))]  # fmt: skip
    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(CONNECTIONS)]
    for thread in (*threads, *beside):
        thread.start()
    for thread in threads:
        thread.join()
    took, after = time.perf_counter() - began, ask(port, "/")
    over.set()
    began = time.perf_counter()
    ask(port, "/flush")
    caught = time.perf_counter() - began
    for thread in beside:
        thread.join()
    last = ask(port, "/flush")
    times = sorted(t for lane in slow for t in lane)
    stored = last["stored"] - before["stored"] - len(seen)
    assert stored == sum(done), f"{sum(done):,} acknowledged, {stored:,} stored"
    return {
        "events/s": sum(done) / took,
        "p50 ms": times[len(times) // 2] * 1000,
        "p99 ms": times[len(times) * 99 // 100] * 1000,
        "syncs/s": (after["count"] - before["count"]) / took,
        "% in fsync": 100 * (after["seconds"] - before["seconds"]) / took,
        "server cpu %": 100 * (after["cpu"] - before["cpu"]) / took,
        "refused": sum(lost),
        "catch-up s": caught,
        "seen after s": sorted(seen)[len(seen) // 2],
        "at most s": max(seen),
        "dashboard s": sorted(read)[len(read) // 2],
        "memory MB": last["memory"],
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
    print(f"{'':22}" + "".join(f"{name:>13}" for name in columns))
    for name, row in results.items():
        print(f"{name:22}" + "".join(f"{row[column]:13,.1f}" for column in columns))


if __name__ == "__main__" and "BENCH_DATA" not in os.environ:
    main()
