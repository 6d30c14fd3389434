"""What a search costs at 100,000 voices: python bench/search.py [voices] (DATABASE_URL for PostgreSQL)

Each search is asked through the whole of Django as a member's browser asks it, in one process and one thread; a request
before warms what is kept in memory. Words follow Zipf's law over 30,000 words, so common, middling and rare ones differ
in hits by thousands. What is found by meaning takes part as in service.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.mkdtemp(prefix="wellheard-bench-search-")
os.environ["WELLHEARD_DATA"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "wellheard.settings"
os.environ["WELLHEARD_HOSTS"] = "testserver"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from wellheard.listen.models import Voice  # noqa: E402
from wellheard.people.access import by_command  # noqa: E402
from wellheard.people.models import Account, Person, Role, Workspace  # noqa: E402
from wellheard.people.services import workspaces  # noqa: E402
from wellheard.understand.queries.searching import find  # noqa: E402

SYLLABLES = "ba de fi go lu ma ne pi ro su ta ve wi zo ka le mo nu ri sa".split()


def word(n: int) -> str:
    """The word of rank n; the longer the rarer."""
    out = ""
    n += 20
    while n:
        out = SYLLABLES[n % 20] + out
        n //= 20
    return out


def fill(n: int) -> Workspace:
    chance = random.Random(1)
    place = workspaces.create_workspace("bench", "Bench").workspace
    now = timezone.now()
    vocabulary = [word(i) for i in range(30_000)]
    weights = list(itertools.accumulate(1 / (i + 3) for i in range(30_000)))
    begun = time.perf_counter()
    with transaction.atomic():
        accounts = Account.objects.bulk_create([Account(workspace=place, name=f"Account {i}") for i in range(500)])
        people = Person.objects.bulk_create([Person(workspace=place, name=f"Person {i}") for i in range(5000)])
    for start in range(0, n, 5000):
        rows = []
        for i in range(start, min(n, start + 5000)):
            said = chance.choices(vocabulary, cum_weights=weights, k=chance.randint(8, 40))
            rows.append(
                Voice(
                    workspace=place, text=" ".join(said), said_at=now - timedelta(minutes=n - i), author=people[i % 5000],
                    account=accounts[i % 500], account_cents=chance.choice([0, 4900, 29900]), channel=chance.choice(["portal", "sales", "support"]),
                )
            )  # fmt: skip
        with transaction.atomic():
            Voice.objects.bulk_create(rows, batch_size=1000)
    took = time.perf_counter() - begun
    print(f"{n:,} voices written and indexed in {took:.1f} s, {n / took:,.0f} a second ({connection.vendor})\n")
    return place


def main() -> None:
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else 100_000
    call_command("migrate", verbosity=0)
    place = fill(n)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    member = workspaces.add_member(by_command(place), "b@bench.example", Role.OWNER, "B")
    client = Client()
    client.force_login(member.user)
    chance = random.Random(2)
    common, middling, rare = range(0, 20), range(200, 400), range(5000, 20_000)

    def some(*ranges: range) -> str:
        return " ".join(word(chance.choice(r)) for r in ranges)

    kinds = {
        "a rare word": lambda: {"q": some(rare)},
        "a middling word": lambda: {"q": some(middling)},
        "one of the commonest words": lambda: {"q": some(common)},
        "a common and a rare word": lambda: {"q": some(common, rare)},
        "three middling words": lambda: {"q": some(middling, middling, middling)},
        "the beginning of a word": lambda: {"q": some(middling)[:4]},
        "a phrase": lambda: {"q": f'"{some(common, common)}"'},
        "a word, one account": lambda: {"q": some(middling), "account": f"Account {chance.randrange(500)}"},
        "a word, customers who pay, in sales": lambda: {"q": some(middling), "channel": "sales", "money": "299"},
        "a common word, newest first": lambda: {"q": some(common), "order": "newest"},
        "nothing": lambda: {"q": "xyzzy"},
    }
    client.get("/w/bench/search", {"q": "warm"})
    print("| search | hits | cpu p50 ms | cpu p95 | wall p50 | wall p95 |\n|---|---|---|---|---|---|")
    every: list[tuple[float, float]] = []
    for name, make in kinds.items():
        walls, cpus, hits = [], [], []
        for _ in range(25):
            given = make()
            a, c = time.perf_counter(), time.process_time()
            reply = client.get("/w/bench/search", given)
            walls.append(1000 * (time.perf_counter() - a))
            cpus.append(1000 * (time.process_time() - c))
            assert reply.status_code == 200, reply.content
            hits.append(find(place, given["q"]).counts["voices"] if len(hits) < 3 else hits[-1])
        every += zip(cpus, walls, strict=True)
        print(f"| {name} | {statistics.median(hits):,.0f} | {line(cpus)} | {line(walls)} |")
    print(f"| all together | | {line([c for c, _ in every])} | {line([w for _, w in every])} |")


def line(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} | {statistics.quantiles(times, n=20)[-1]:.0f}"


if __name__ == "__main__":
    try:
        main()
    finally:
        connection.close()
        shutil.rmtree(FOLDER, ignore_errors=True)
