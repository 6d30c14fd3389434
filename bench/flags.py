"""1,000 flags for one person, pure and over HTTP: how long an answer takes.

    python bench/flags.py [--flags 1000] [--rounds 2000]

Flags are of every kind: a third nothing but a switch, a third a share, the rest rules on traits and splits. Over HTTP the
whole way is measured against a server as anybody starts it, by one client at a time: socket, request, key, who it is
about, answer, tag. Every other one is a person of ours with traits and an account, each asked about for the first time.
On a machine that does other work too, `chrt -r 1` in front keeps that out of what is measured.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles
from typing import Any


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--flags", type=int, default=1000)
    asked.add_argument("--rounds", type=int, default=2000)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="wellheard-bench-") as folder:
        os.environ |= {"WELLHEARD_DATA": folder, "DJANGO_SETTINGS_MODULE": "wellheard.settings", "FLAGS_RATE": "0"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(options.flags, options.rounds)


def definition(n: int) -> tuple[str, dict[str, Any]]:
    if n % 3 == 0:
        return "boolean", {"rules": [{"serve": "on"}] if n % 2 else []}
    if n % 3 == 1:
        return "boolean", {"rules": [{"share": n % 100, "serve": "on"}]}
    colours = [{"key": k, "value": k, "weight": w} for k, w in (("red", 20), ("blue", 80))]
    plan = {"what": "trait", "trait": "plan", "values": ["pro", "team"]}
    return "string", {"variants": colours, "rules": [{"when": [plan], "serve": "red"}, {}]}


def run(count: int, rounds: int) -> None:
    from wellheard.measure.flags import snapshot
    from wellheard.measure.flags.conditions import Subject
    from wellheard.measure.flags.definition import decode
    from wellheard.measure.flags.evaluate import evaluate_all
    from wellheard.measure.models import Flag
    from wellheard.people.models import Account, Member, Person, Relation, Role, User, Workspace, WriteKey

    workspace = Workspace.objects.create(slug="bench", name="Bench")
    owner = User.objects.create(email="bench@bench.example")
    Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    WriteKey.objects.create(workspace=workspace, key="wk_bench")
    rows = []
    for n in range(count):
        kind, raw = definition(n)
        rows.append(Flag(workspace=workspace, key=f"flag-{n}", kind=kind, definition=decode(kind, raw).plain()))  # type: ignore[arg-type]
    Flag.objects.bulk_create(rows)
    known = [
        Person(workspace=workspace, external_id=f"user-{n}", name=f"User {n}", traits={"city": "Oslo", "seats": n})
        for n in range(0, rounds, 2)
    ]
    Person.objects.bulk_create(known)
    firms = [Account(workspace=workspace, external_id=f"firm-{n}", name=f"Firm {n}", plan="pro") for n in range(50)]
    Account.objects.bulk_create(firms)
    Relation.objects.bulk_create(
        Relation(workspace=workspace, person=who, account=firms[n % 50], uses=True) for n, who in enumerate(known)
    )
    begun = time.perf_counter()
    held = snapshot.of(workspace.pk)
    print(f"{count:,} flags read and made ready: {1000 * (time.perf_counter() - begun):.0f} ms")

    def pure(n: int) -> None:
        evaluate_all(held.flags, Subject(f"user-{n}", {"plan": "pro" if n % 2 else "free"}))

    told("pure", [spent(pure, n) for n in range(rounds)])

    with serving() as port:
        over_http(http.client.HTTPConnection("127.0.0.1", port), rounds)


def over_http(client: http.client.HTTPConnection, rounds: int) -> None:
    tags: dict[int, str] = {}

    def bulk(n: int) -> None:
        body = json.dumps({"context": {"targetingKey": f"user-{n}", "plan": "pro" if n % 2 else "free"}})
        headers = {
            "Authorization": "Bearer wk_bench",
            "Content-Type": "application/json",
            "If-None-Match": tags.get(n, ""),
        }
        client.request("POST", "/ofrep/v1/evaluate/flags", body, headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status in (200, 304), answer.status
        tags[n] = answer.headers["ETag"]

    def single(n: int) -> None:
        client.request(
            "POST",
            "/ofrep/v1/evaluate/flags/flag-1",
            '{"context":{"targetingKey":"user-1"}}',
            {"Authorization": "Bearer wk_bench"},
        )
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    def met(n: int) -> None:
        """Dealt by a flag for the first time today: that is stored as an event of theirs."""
        body = json.dumps({"context": {"targetingKey": f"user-{n}"}})
        client.request("POST", "/ofrep/v1/evaluate/flags/flag-2", body, {"Authorization": "Bearer wk_bench"})
        answer = client.getresponse()
        said = json.loads(answer.read())
        assert (answer.status, said["reason"]) == (200, "SPLIT"), said

    def empty(n: int) -> None:
        client.request("OPTIONS", "/ofrep/v1/evaluate/flags", headers={"Origin": "https://app.example"})
        answer = client.getresponse()
        answer.read()
        assert answer.status == 204, answer.status

    for n in range(50):
        bulk(-n)
        empty(n)
    # In turns, so that whatever else the machine does falls on all of them alike.
    ways = {
        "an empty request": empty,
        "every flag": bulk,
        "every flag, unchanged (304)": bulk,
        "one flag": single,
        "one flag, and that they met it is stored": met,
    }
    times: dict[str, list[float]] = {}
    for n in range(rounds):
        for way, ask in ways.items():
            whom = "" if way != "every flag" else ", somebody known" if n % 2 == 0 else ", a stranger"
            times.setdefault(way + whom, []).append(spent(ask, n))
    base = quantiles(times["an empty request"], n=100)
    for way, spans in times.items():
        told(f"over HTTP, {way}", spans, base)


@contextmanager
def serving() -> Iterator[int]:
    """A server as anybody starts it, on the folder of this bench. → its port"""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-m", "wellheard", "serve", "--port", str(port)], stdout=subprocess.DEVNULL
    ) as server:
        try:
            for _ in range(600):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port
        finally:
            server.terminate()


def spent(fn: Any, n: int) -> float:
    begun = time.perf_counter()
    fn(n)
    return 1000 * (time.perf_counter() - begun)


def told(what: str, times: list[float], base: list[float] | None = None) -> None:
    cut = quantiles(times, n=100)
    beside = f" ({cut[49] / base[49]:.1f} and {cut[98] / base[98]:.1f} times an empty one)" if base else ""
    print(f"{what}: median {cut[49]:.2f} ms, p95 {cut[94]:.2f} ms, p99 {cut[98]:.2f} ms{beside}")


if __name__ == "__main__":
    main()
