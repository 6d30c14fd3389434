"""Telling ten thousand people: python bench/tell.py [--people 10000]

A server as anybody starts it, on a folder of its own, with a mail server of the bench beside it (another process). A
release is published over the API; its notices go out in the background. Meanwhile bets, voices and the
portal's changelog are asked for all the time. Mail goes at the usual pace (WELLHEARD_MAIL_PER_MINUTE, 1000). Told are: how
long publishing took, how fast mail went, CPU and memory of the server, what pages took before and meanwhile, and whether
each mailbox holds exactly one letter.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.commands.shell import Shell, free_port

MAILBOX = """
import asyncio, json, sys
from collections import Counter
from aiosmtpd.controller import Controller
seen, ends = Counter(), []
class Box:
    async def handle_DATA(self, server, session, envelope):
        seen[envelope.rcpt_tos[0]] += 1
        return "250 taken"
Controller(Box(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("up", flush=True)
for line in sys.stdin:
    print(json.dumps({"people": len(seen), "letters": sum(seen.values()), "most": max(seen.values(), default=0)}), flush=True)
"""
FILL = """
import sys
import django
django.setup()
from django.utils import timezone
from wellheard.people.access import by_command
from wellheard.people.models import Person, Workspace
from wellheard.listen.models import Voice
from wellheard.understand.models import Evidence, Problem
w = Workspace.objects.get(slug="bench")
n = int(sys.argv[1])
now = timezone.now()
Person.objects.bulk_create([Person(workspace=w, external_id=f"p{i}", name=f"Person {i}", email=f"p{i}@shop.example") for i in range(n)], batch_size=1000)
people = list(Person.objects.filter(workspace=w).order_by("pk"))
Voice.objects.bulk_create([Voice(workspace=w, text=f"The export of report {i} is slow and I wait for it every morning.", author=p, said_at=now, triage="kept") for i, p in enumerate(people)], batch_size=1000)
problem = Problem.objects.create(workspace=w, name="Exports are slow")
Evidence.objects.bulk_create([Evidence(problem=problem, voice=v) for v in Voice.objects.filter(workspace=w)], batch_size=1000)
print(problem.pk)
"""


def _asked(port: int, method: str, path: str, body: object = None, token: str = "") -> tuple[int, bytes, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.monotonic()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, said, 1000 * (time.monotonic() - begun)


def _cpu(pids: list[int]) -> float:
    """Seconds of processor time so far, of all of them."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def _memory(pids: list[int]) -> float:
    """MB now, of all of them."""
    lines = [x for pid in pids for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS")]
    return sum(int(line.split()[1]) for line in lines) / 1024


class Looker:
    """Asks pages one after another, all the time, and remembers what each took."""

    def __init__(self, port: int, token: str, pages: list[str]) -> None:
        self.took: dict[str, list[float]] = {p: [] for p in pages}
        self._port, self._token, self._stop = port, token, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Looker:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            for page, took in self.took.items():
                status, _, ms = _asked(self._port, "GET", page, token=self._token if page.startswith("/api") else "")
                assert status == 200, (page, status)
                took.append(ms)
            time.sleep(0.05)


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--people", type=int, default=10_000)
    people = asked.parse_args().people
    folder = Path(tempfile.mkdtemp(prefix="wellheard-tell-"))
    smtp = free_port()
    mailbox = subprocess.Popen(
        [sys.executable, "-c", MAILBOX, str(smtp)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert mailbox.stdin is not None
    assert mailbox.stdout is not None
    mailbox.stdout.readline()
    shell = Shell(folder, EMAIL_URL=f"smtp://127.0.0.1:{smtp}")
    try:
        _run(shell, people, mailbox)
    finally:
        mailbox.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _letters(mailbox: subprocess.Popen[str]) -> dict[str, int]:
    assert mailbox.stdin is not None
    assert mailbox.stdout is not None
    mailbox.stdin.write("?\n")
    mailbox.stdin.flush()
    found: dict[str, int] = json.loads(mailbox.stdout.readline())
    return found


def _run(shell: Shell, people: int, mailbox: subprocess.Popen[str]) -> None:
    token = shell.json("workspace", "create", "bench", "--name", "Bench")["api_token"]
    shell.json("member", "add", "olga@bench.example", "--workspace", "bench", "--role", "owner")
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(people)], env={**shell.environment, "DJANGO_SETTINGS_MODULE": "wellheard.settings"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    problem = int(filled.stdout.split()[-1])
    with shell.serving() as server:
        port, pids = shell.port, [server.process.pid, *server.children]
        call = lambda path, body: json.loads(_asked(port, "POST", f"/api/{path}", body, token)[1])  # noqa: E731
        terms = {
            "name": "Exports stream",
            "problems": [problem],
            "metric": "Exported",
            "expected_percent": 20,
            "smallest_percent": 10,
        }
        bet = call("bets", terms)["id"]
        call(f"bets/{bet}/start", {})
        release = call("releases", {"title": "Exports stream", "body": "They are **fast** now.", "bets": [bet]})["id"]
        pages = ["/api/bets", "/api/voices?limit=50", "/p/bench/changelog"]
        for page in pages:
            _asked(port, "GET", page, token=token)
        with Looker(port, token, pages) as idle:
            time.sleep(15)
        memory, cpu, begun = _memory(pids), _cpu(pids), time.monotonic()
        with Looker(port, token, pages) as busy:
            status, said, publishing = _asked(port, "POST", f"/api/releases/{release}/publish", {}, token)
            assert status == 200, said
            most, found = memory, {"letters": 0}
            while found["letters"] < people and time.monotonic() - begun < 3600:
                time.sleep(1)
                found, most = _letters(mailbox), max(most, _memory(pids))
        took = time.monotonic() - begun
        print(
            f"{people:,} notices: publishing answered after {publishing / 1000:.1f} s with {json.loads(said)['owed']:,} owed"
        )
        print(f"sent in {took:.0f} s ({people / took:.0f} a second), processor {_cpu(pids) - cpu:.0f} s")
        print(f"memory {memory:.0f} MB before, {most:.0f} MB at most meanwhile")
        print(f"letters {found['letters']:,} to {found['people']:,} mailboxes, {found['most']} at most in one")
        print(f"{'page':<24}{'idle: median, p95':>22}{'meanwhile':>20}{'times':>8}")
        for page in pages:
            a, b = idle.took[page], busy.took[page]
            one, two = statistics.median(a), statistics.median(b)
            print(
                f"{page:<24}{one:>10.0f}{_percentile(a, 0.95):>8.0f} ms {two:>10.0f}{_percentile(b, 0.95):>6.0f} ms {two / one:>7.1f}"
            )


if __name__ == "__main__":
    main()
