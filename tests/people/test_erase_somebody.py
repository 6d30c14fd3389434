"""An owner erases somebody: nothing of them is left anywhere, others lose nothing, and counts stay the recount."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import Http404
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.engine import Events
from wellheard.__main__ import run
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import Comment, Idea, Picture, SignInCode, Vote
from wellheard.listen.services import comments, ideas, pictures
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.people.services import merges
from wellheard.people.services.mirror import link_numbers
from wellheard.store import Store
from wellheard.tell.models import Erasure
from wellheard.tell.services import erasing, replies

MARK = "Zebulon"


def left_of(mark: str) -> list[str]:
    """Every cell of every table that holds the word."""
    found = []
    for model in apps.get_models():
        for row in model._base_manager.values():
            found += [f"{model._meta.label}.{k}: {v}" for k, v in row.items() if mark.lower() in str(v).lower()]
    return found


def post(town: Town, person: Person, title: str) -> Idea:
    return ideas.post(
        town.workspace,
        person,
        title,
        f"{title} says {MARK if person.name.startswith(MARK) else 'x'}",
    )


def zeb(town: Town, key: str = "zeb") -> Person:
    return Person.objects.create(
        workspace=town.workspace, external_id=f"{MARK}-{key}", email=f"{MARK}.{key}@mail.example".lower(), name=f"{MARK} {key}", traits={"note": MARK},
    )  # fmt: skip


def counts(town: Town) -> dict[int, tuple[int, int, int]]:
    rows = Idea.objects.filter(workspace=town.workspace)
    return {i.pk: (i.votes_count, i.verified_count, i.comments_count) for i in rows}


def recounted(town: Town) -> dict[int, tuple[int, int, int]]:
    recount_ideas(Idea.objects.filter(workspace=town.workspace).values_list("pk", flat=True))
    return counts(town)


def test_T26_no_cell_of_any_table_holds_them_any_more(town: Town, access: Access) -> None:
    first, second = zeb(town), zeb(town, "twin")
    mine, theirs = post(town, first, "A quiet wish"), post(town, town.ann, "Something of Ann")
    lone = post(town, second, "Nobody else wants it")
    ideas.vote(theirs, first)
    ideas.vote(theirs, second)
    ideas.vote(mine, town.otto)
    comment = comments.comment(theirs, f"{MARK} was here", person=first)
    comments.comment(theirs, "An answer to it", person=town.otto, parent=comment)
    comments.comment(mine, "I want it too", person=town.otto)
    replies.answer(access, mine.voice, f"Dear {MARK}, soon.")
    path = pictures.keep(b"\x89PNG\r\n\x1a\n", "png")
    Picture.objects.create(workspace=town.workspace, voice=lone.voice, name=path.name, kind="png", size=8)
    SignInCode.objects.create(
        workspace=town.workspace, email=first.email, digest="x", browser="y", expires_at=timezone.now()
    )
    merges.merge(access, first, second)
    mine.voice.refresh_from_db()
    Idea.objects.filter(pk=mine.pk).update(title="A quiet wish")
    type(mine.voice).objects.filter(pk=mine.voice_id).update(text="A quiet wish, said plainly")
    Comment.objects.filter(author=first).exclude(pk=comment.pk).delete()
    before = erasing.outlook(first)
    assert (before.stays, before.votes) == (1, 3)

    made = erasing.erase(access, first)
    assert left_of(MARK) == []
    assert (made.kept, made.done_at is not None) == (1, True)
    kept = Idea.objects.get(pk=mine.pk)
    assert (kept.voice.author, kept.votes_count) == (None, 1), "whoever voted for it keeps it"
    assert not Idea.objects.filter(pk=lone.pk).exists()
    assert Comment.objects.get(pk=comment.pk).deleted_at is not None, "the answer keeps its place"
    assert counts(town) == recounted(town)


def test_T26_what_they_did_is_gone_and_others_did_what_they_did(town: Town, access: Access, event_store: Store) -> None:
    events = Events(event_store, town.workspace.pk)
    person = zeb(town)
    outer = str(person.external_id)
    events.send(events.track(outer, "Opened", "2026-03-02 10:00"), events.track("ann", "Opened", "2026-03-02 10:00"))
    link_numbers(town.workspace, events.reader)
    person.refresh_from_db()
    assert person.number
    made = erasing.erase(access, person)
    assert made.done_at is None
    assert erasing.finish() == 1
    assert erasing.finish() == 0, "again changes nothing"
    assert events.reader.numbers(town.workspace.pk, "person", [outer, "ann"]).keys() == {"ann"}
    assert (Erasure.objects.get().numbers, Erasure.objects.get().done_at is not None) == ([], True)
    events.send(events.track(outer, "Opened", "2026-03-02 10:00"))
    assert outer not in events.reader.numbers(town.workspace.pk, "person", [outer]), "an old message brings nobody back"


@pytest.mark.django_db(transaction=True)
def test_T21_voting_merging_and_erasing_at_once_keep_every_count_a_recount(town: Town, access: Access) -> None:
    crowd = [zeb(town, f"n{n}") for n in range(6)]
    posts = [post(town, town.ann, f"Idea {n}") for n in range(3)]
    for person in crowd:
        ideas.vote(posts[0], person)

    def do(step: int) -> Any:
        try:
            person = crowd[step % len(crowd)]
            if step % 5 == 4:
                return erasing.erase(access, Person.objects.get(pk=person.pk))
            idea = Idea.objects.get(pk=posts[step % 3].pk)
            return ideas.unvote(idea, person) if step % 7 == 3 else ideas.vote(idea, person)
        except (Person.DoesNotExist, Http404, ValueError):
            return None  # they were gone first
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(do, range(60)))
    assert counts(town) == recounted(town)
    held = set(Person.objects.filter(workspace=town.workspace).values_list("pk", flat=True))
    assert set(Vote.objects.filter(idea__in=posts).values_list("person", flat=True)) <= held


def test_an_owner_erases_on_the_page_when_sure(town: Town, as_owner: Client, as_viewer: Client) -> None:
    person = zeb(town)
    where = f"/w/acme/people/{person.pk}/erase"
    assert as_viewer.get(where).status_code == 403
    assert "Type" in as_owner.get(where).content.decode()
    refused = as_owner.post(where, {"number": "1"})
    assert (refused.status_code, "Nothing was erased" in refused.content.decode()) == (422, True)
    assert as_owner.post(where, {"number": str(person.pk)}).status_code == 302
    assert left_of(MARK) == []
    assert as_owner.get(where).status_code == 404


def test_by_command_and_over_the_api(town: Town, made: Any, event_store: Store) -> None:
    first, second = zeb(town), zeb(town, "other")
    code, out, _ = run(["people", "erase", str(first.email), "--workspace", "acme"])
    assert (code, "Nothing was erased" in out) == (0, True)
    assert Person.objects.filter(pk=first.pk).exists()
    assert (
        json.loads(run(["people", "erase", str(first.email), "--yes", "--workspace", "acme", "--json"])[1])["erased"]
        == first.pk
    )
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    assert client.delete(f"/api/people/{second.pk}").json()["erased"] == second.pk
    assert client.delete(f"/api/people/{second.pk}").status_code == 404
    assert left_of(MARK) == []
    assert run(["people", "erase", "nobody@mail.example", "--yes", "--workspace", "acme"])[0] == 1
