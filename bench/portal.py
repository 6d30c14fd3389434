"""What a page of the portal costs at 10,000 ideas and 100,000 votes: python bench/portal.py [ideas] [votes]

Each page is asked through the whole of Django (middleware, database, template) in one process and one thread. Beside the
board stands the least a Django view can do: the same template filled from a list in memory, without any database.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.mkdtemp(prefix="wellheard-bench-portal-")
os.environ["WELLHEARD_DATA"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "wellheard.settings"
os.environ["WELLHEARD_HOSTS"] = "testserver"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from wellheard import urls  # noqa: E402
from wellheard.core import ratelimit  # noqa: E402
from wellheard.listen.counting import recount_ideas  # noqa: E402
from wellheard.listen.models import Comment, Follow, Idea, Tag, Voice, Vote  # noqa: E402
from wellheard.listen.queries import boards as rights  # noqa: E402
from wellheard.listen.queries import ideas as reads  # noqa: E402
from wellheard.listen.queries.boards import Guest  # noqa: E402
from wellheard.listen.services.boards import default_board  # noqa: E402
from wellheard.people.models import Person, Workspace  # noqa: E402
from wellheard.people.services.workspaces import create_workspace  # noqa: E402
from wellheard.portal import doors  # noqa: E402

WORDS = "export report invoice phone slow colour login team filter chart mail search import button price sync date tag".split()
STATUSES = ["open"] * 14 + ["considering", "planned", "started", "shipped", "shipped", "declined"]


def fill(ideas: int, votes: int) -> Workspace:
    chance = random.Random(1)
    place = create_workspace("bench", "Bench").workspace
    now = timezone.now()
    board = default_board(place)
    with transaction.atomic():
        people = Person.objects.bulk_create(
            [Person(workspace=place, name=f"P {n}", email=f"p{n}@x.example" if n % 3 else None) for n in range(20_000)],
            batch_size=2000,
        )
        texts = [" ".join(chance.choices(WORDS, k=12)) + f" {n}" for n in range(ideas)]
        at = [now - timedelta(days=chance.random() * 700) for _ in range(ideas)]
        voices = Voice.objects.bulk_create(
            [
                Voice(
                    workspace=place, text=f"{t[:60]}\n\n{t}", channel="portal", said_at=a, author=chance.choice(people)
                )
                for t, a in zip(texts, at, strict=True)
            ],
            batch_size=1000,
        )
        held = Idea.objects.bulk_create(
            [
                Idea(workspace=place, board=board, voice=v, title=t[:60], posted_at=a, status=chance.choice(STATUSES))
                for v, t, a in zip(voices, texts, at, strict=True)
            ],
            batch_size=1000,
        )
        pairs: set[tuple[int, int]] = set()
        while len(pairs) < votes:
            pairs.add((min(int(chance.paretovariate(0.6)) - 1, ideas * 100) % ideas, chance.randrange(len(people))))
        rows = sorted(pairs)
        Vote.objects.bulk_create(
            [Vote(idea=held[i], person=people[p], at=now - timedelta(days=chance.random() * 300)) for i, p in rows],
            batch_size=2000,
        )
        Follow.objects.bulk_create([Follow(idea=held[i], person=people[p]) for i, p in rows[:20_000]], batch_size=2000)
        tags = Tag.objects.bulk_create([Tag(workspace=place, name=f"tag {n}") for n in range(12)])
        through = Idea.tags.through
        through.objects.bulk_create(
            [through(idea_id=i.pk, tag_id=chance.choice(tags).pk) for i in held[::3]], batch_size=2000
        )
        Comment.objects.bulk_create(
            [Comment(workspace=place, idea=chance.choice(held[:500]), author=chance.choice(people), text="So do **we**.")
             for _ in range(5000)],
            batch_size=2000,
        )  # fmt: skip
        recount_ideas([i.pk for i in held])
    with connection.cursor() as c:
        c.execute("ANALYZE")
    return place


def measure(name: str, ask: Callable[[int], object], times: int) -> tuple[str, float, float, int]:
    """Median processor ms, pages a second of wall time, and how many queries one takes."""
    for n in range(3):
        ask(-1 - n)
    with CaptureQueriesContext(connection) as seen:
        ask(-9)
    spent, began = [], time.perf_counter()
    for n in range(times):
        one = time.process_time()
        ask(n)
        spent.append((time.process_time() - one) * 1000)
    return name, statistics.median(spent), times / (time.perf_counter() - began), len(seen)


def main() -> None:
    ideas = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000
    votes = int(float(sys.argv[2])) if len(sys.argv) > 2 else 100_000
    times = 60
    call_command("migrate", verbosity=0)
    place = fill(ideas, votes)
    who = Guest(place)
    boards = rights.visible(who)
    found = reads.board(who, boards, reads.Ask(), 1, boards[0])
    listed = {
        "found": found, "ask": reads.Ask(), "statuses": [], "tab": "ideas", "boards": boards, "one": boards[0],
        "home": "/p/bench/", "postable": boards, "indexable": True,
    }  # fmt: skip

    def bare(request: HttpRequest) -> HttpResponse:
        request.look = doors.Look(workspace=place)  # type: ignore[attr-defined]
        return doors.shown(request, who, "portal/board.html", **listed)

    urls.urlpatterns.append(path("bare", bare))
    top = found.rows[0].idea.pk
    person = Person.objects.filter(email__isnull=False).first()
    assert person is not None
    client, known = Client(), Client()
    for key, morsel in doors.remember(HttpResponse(), place, person).cookies.items():
        known.cookies[key] = morsel.value
    numbers = list(Idea.objects.order_by("pk").values_list("pk", flat=True)[:1000])

    def get(where: str, browser: Client = client) -> Callable[[int], object]:
        def ask(_: int) -> object:
            reply = browser.get(where)
            assert reply.status_code == 200, (where, reply.status_code)
            return reply

        return ask

    def press(n: int) -> object:
        ratelimit.forget()
        reply = known.post(f"/p/bench/ideas/{numbers[n]}/vote")
        assert reply.status_code == 302
        return reply

    rows = [
        measure("the same HTML from a list", get("/bare"), times),
        measure("board, most votes", get("/p/bench/"), times),
        measure("board, somebody known", get("/p/bench/", known), times),
        measure("board, trending", get("/p/bench/?order=trending"), times),
        measure("board, newest", get("/p/bench/?order=new"), times),
        measure("board, page 100", get("/p/bench/?page=100"), times),
        measure("board, last page", get("/p/bench/?page=999999"), times),
        measure("board, one status", get("/p/bench/?status=planned"), times),
        measure("board, one tag", get("/p/bench/?tag=tag+3"), times),
        measure("board, searched", get("/p/bench/?q=export+phone"), times),
        measure("roadmap", get("/p/bench/roadmap"), times),
        measure("idea with most votes", get(f"/p/bench/ideas/{top}"), times),
        measure("vote", press, times),
    ]
    least = rows[0][1]
    print(f"{ideas:,} ideas, {Vote.objects.count():,} votes, {connection.vendor}")
    print(f"{'page':<28} {'cpu ms':>8} {'times':>6} {'a second':>9} {'queries':>8}")
    for name, ms, rate, queries in rows:
        print(f"{name:<28} {ms:8.1f} {ms / least:6.2f} {rate:9.0f} {queries:8}")
    worst = max(ms for name, ms, _, _ in rows if name.startswith("board"))
    print(f"dearest board: {worst:.1f} ms, goal 50")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
