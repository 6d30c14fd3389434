"""A million events through the front door, and what they then cost: python bench/million.py [--events N] [--keep FOLDER]

Two thirds page views, one third events of the team's own with three properties; 42,000 visitors over 180 days. They
are sent as an SDK sends them to a server started as anybody starts it; then disk, memory and the time of questions
over HTTP are looked at, and how soon a page of answers can be used in a browser that has never been there.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.commands.shell import Server, Shell

VISITORS, DAYS, BATCH, CONNECTIONS = 42_000, 180, 500, 4
END = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PATHS = [f"/{part}/{n}" for part in ("docs", "reports", "projects", "settings") for n in range(60)]
NAMES = ["Signed up", "Project created", "Report opened", "Report exported", "Member invited", "Plan chosen"]


def messages(events: int) -> Any:
    """Visits of some pages and deeds, in the order of visits, not of time: late events are the rule in life."""
    draw = random.Random(42)
    made = 0
    while made < events:
        visitor = int(VISITORS * draw.random() ** 1.7)
        at = END - timedelta(seconds=draw.random() * DAYS * 86_400)
        context = {"sessionId": str(int(at.timestamp())), "groupId": f"acme{visitor % 3000}"}
        for _ in range(1 + int(draw.expovariate(0.25))):
            at += timedelta(seconds=draw.expovariate(1 / 40))
            made += 1
            said: dict[str, Any] = {
                "messageId": f"{draw.getrandbits(96):024x}", "anonymousId": f"v{visitor}",
                "timestamp": at.isoformat(timespec="milliseconds"), "context": context,
            }  # fmt: skip
            if draw.random() < 2 / 3:
                path = PATHS[int(len(PATHS) * draw.random() ** 2)]
                page = {"url": f"https://app.example{path}", "path": path, "title": path.title(), "referrer": ""}
                yield said | {"type": "page", "name": path.title(), "properties": page}
            else:
                name = NAMES[int(len(NAMES) * draw.random() ** 2)]
                properties = {
                    "plan": draw.choice(("free", "pro")),
                    "items": draw.randrange(50),
                    "kind": draw.choice("abcd"),
                }
                yield said | {"type": "track", "event": name, "properties": properties}
            if made == events:
                return


def send(shell: Shell, key: str, events: int) -> float:
    """→ seconds; every batch is acknowledged."""
    headers = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    source, lock = messages(events), threading.Lock()

    def work() -> None:
        link = http.client.HTTPConnection("127.0.0.1", shell.port, timeout=60)
        while True:
            with lock:
                batch = list(itertools.islice(source, BATCH))
            if not batch:
                return
            body = json.dumps({"batch": batch})
            while True:
                link.request("POST", "/v1/batch", body, headers)
                answer = link.getresponse()
                answer.read()
                if answer.status == 200:
                    break
                assert answer.status in (429, 503), answer.status
                time.sleep(float(answer.headers.get("Retry-After") or 1))

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def used(folder: Path) -> float:
    """Megabytes on disk."""
    return (
        int(subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0])
        / 1024
    )


def memory(server: Server) -> float:
    """Megabytes of all processes of the server."""
    pages = 0
    for pid in server.family():
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def ask(shell: Shell, token: str, kind: str, **words: str) -> tuple[float, float, Any]:
    """→ median and worst milliseconds of 15 questions, and the answer."""
    link = http.client.HTTPConnection("127.0.0.1", shell.port, timeout=60)
    times, found = [], None
    for _ in range(15):
        began = time.perf_counter()
        link.request("GET", f"/api/ask/{kind}?{urlencode(words)}", headers={"Authorization": f"Bearer {token}"})
        answer = link.getresponse()
        body = answer.read()
        times.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200, body[:500]
        found = json.loads(body)
    times.sort()
    return times[len(times) // 2], times[-1], found


SCRIPTS = """performance.getEntriesByType('resource').filter(e => e.initiatorType == 'script')
    .reduce((sum, e) => sum + e.encodedBodySize, 0)"""


def page(shell: Shell, address: str) -> tuple[float, float, float]:
    """→ milliseconds until the page can be used and kilobytes of script on the wire, cold; then milliseconds again."""
    from playwright.sync_api import sync_playwright

    told = shell.json("member", "link", "olga@acme.example")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        entered = browser.new_context()
        first = entered.new_page()
        first.goto(told["sign_in"])
        if first.locator("form button").count() and "/w/" not in first.url:
            first.locator("form button").first.click()
            first.wait_for_load_state()
        cold = browser.new_context(storage_state=entered.storage_state())
        tab = cold.new_page()
        script = 0.0
        times = []
        for _ in range(2):
            began = time.perf_counter()
            found = tab.goto(f"{shell.url}{address}", wait_until="networkidle" if not times else "load")
            assert getattr(found, "status", 0) == 200, f"{address} cannot be looked at"
            timing = tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
            times.append(timing or 1000 * (time.perf_counter() - began))
            assert tab.url.endswith(address), f"{address} leads to {tab.url}"
            script = script or tab.evaluate(SCRIPTS)
        browser.close()
        return times[0], script / 1024, times[1]


QUESTIONS: list[tuple[str, str, dict[str, str], float]] = [
    ("totals", "count", {}, 50),
    ("series by day", "active", {"every": "day"}, 50),
    ("series by week", "active", {"every": "week"}, 50),
    ("adoption", "adoption", {"event": "Report opened"}, 50),
    ("4-step funnel", "funnel", {"steps": "Signed up,Project created,Report opened,Report exported"}, 100),
    ("retention by week", "retention", {"every": "week"}, 100),
    ("paths", "paths", {"event": "Signed up"}, 100),
]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=float, default=1e6)
    options.add_argument("--keep", type=Path)
    options.add_argument("--page", default="/w/acme/measure/ask")
    options.add_argument("--settle", type=float, default=150, help="seconds until merged parts are gone")
    asked = options.parse_args()
    events = int(asked.events)
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="wellheard-bench-"))
    shell = Shell(folder, WELLHEARD_CLOCK_SECONDS="60")
    keys = shell.init()
    with shell.serving() as server:
        quiet = memory(server)
        took = send(shell, keys["write_key"], events)
        most = memory(server)
        first, last = (END - timedelta(days=DAYS)).date(), END.date()
        period = {"from": str(first), "to": str(last)}
        caught = time.perf_counter()
        while (counted := ask(shell, keys["api_token"], "count", **period)[2]["count"]) < events:
            assert time.perf_counter() < caught + 120, f"{counted:,} of {events:,} events counted after two minutes"
            time.sleep(0.5)
        print(f"{events:,} events sent in {took:.0f} s; memory {quiet:.0f} → {most:.0f} MB")
        print(f"on disk: {used(shell.data):.0f} MB", end="", flush=True)
        time.sleep(asked.settle)
        print(f", {used(shell.data):.0f} MB after {asked.settle:.0f} s")
        print(f"{'question over 180 days':24}{'median ms':>10}{'worst':>8}{'goal':>6}")
        for title, kind, words, goal in QUESTIONS:
            try:
                median, worst, _ = ask(shell, keys["api_token"], kind, **period, **words)
                print(f"{title:24}{median:10.1f}{worst:8.1f}{goal:6.0f}")
            except AssertionError as problem:
                print(f"{title:24}{str(problem)[:120]:>10}")
        try:
            cold, script, again = page(shell, asked.page)
            print(f"{asked.page} in a new browser: {cold:.0f} ms, {script:.0f} kB of script; again {again:.0f} ms")
        except ImportError:
            print("no browser to look with")
        print(f"memory at the end {memory(server):.0f} MB")
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
