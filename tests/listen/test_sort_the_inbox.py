"""The inbox: newest first, kept or set aside, through both lenses, page after page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.listen.models import Triage, Voice
from wellheard.listen.queries.voices import PAGE, Ask, inbox
from wellheard.people.models import Workspace
from wellheard.understand.models import Evidence, Problem

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(workspace: Workspace, text: str, **more: object) -> Voice:
    return Voice.objects.create(**{"workspace": workspace, "text": text, "said_at": WHEN, **more})


def texts(workspace: Workspace, **ask: str) -> list[str]:
    return [v.text for v in inbox(workspace, Ask(**ask)).voices]


def test_voices_are_kept_and_set_aside_and_brought_back(as_owner: Client, workspace: Workspace) -> None:
    first, second = said(workspace, "first"), said(workspace, "second")
    address = "/w/acme/listen/triage"
    assert as_owner.post(address, {"voice": [first.pk, second.pk], "state": "kept"})["Location"] == "/w/acme/listen/"
    assert texts(workspace) == []
    assert texts(workspace, triage="kept") == ["second", "first"]
    as_owner.post(address, {"voice": first.pk, "state": "aside"})
    as_owner.post(address, {"voice": second.pk, "state": "new"})
    assert inbox(workspace, Ask()).counts == {"new": 1, "kept": 0, "aside": 1}
    assert b"Tick at least one" in as_owner.post(address, {"state": "kept"}, follow=True).content


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_T17_after_a_press_one_stays_on_this_site(as_owner: Client, workspace: Workspace, where: str) -> None:
    voice = said(workspace, "x")
    reply = as_owner.post("/w/acme/listen/triage", {"voice": voice.pk, "state": "kept", "next": where})
    assert reply["Location"] == "/w/acme/listen/"


def test_both_lenses_and_the_filters_show_their_own(workspace: Workspace, town: Town) -> None:
    said(workspace, "user", author=town.ann, channel="support", kind="bug")
    said(workspace, "buyer", author=town.otto, channel="sales")
    said(workspace, "both", author=town.nora)
    said(workspace, "nobody")
    assert set(texts(workspace, lens="users")) == {"user", "both"}
    assert set(texts(workspace, lens="customers")) == {"buyer", "both"}
    assert texts(workspace, channel="sales") == ["buyer"]
    assert texts(workspace, kind="bug") == ["user"]
    assert len(texts(workspace, channel="nonsense", kind="nonsense", lens="nonsense")) == 4


def test_somebody_with_two_accounts_is_shown_once(workspace: Workspace, town: Town) -> None:
    town.ann.relations.create(workspace=workspace, account=town.fjord, uses=True)
    said(workspace, "once", author=town.ann)
    assert texts(workspace, lens="users") == ["once"]


@pytest.mark.parametrize(
    ("words", "found"), [("dark MODE", 1), ("mode dark", 1), ("100%", 1), ("_", 0), ("dar_", 0), ("nope", 0)]
)
def test_words_are_found_and_wildcards_mean_themselves(workspace: Workspace, words: str, found: int) -> None:
    said(workspace, "Please add dark mode")
    said(workspace, "It is 100% broken")
    assert len(texts(workspace, q=words)) == found


def test_every_voice_is_shown_on_exactly_one_page(workspace: Workspace) -> None:
    Voice.objects.bulk_create(
        [Voice(workspace=workspace, text=str(n), said_at=WHEN + timedelta(seconds=n // 7)) for n in range(PAGE * 2 + 5)]
    )
    seen: list[str] = []
    mark = ""
    for _ in range(3):
        found = inbox(workspace, Ask(), mark)
        seen += [v.text for v in found.voices]
        mark = found.next
    assert mark == ""
    assert len(seen) == len(set(seen)) == PAGE * 2 + 5


@pytest.mark.parametrize("mark", ["", "x", "1_", "_1", "nan_1", "1e300_1", "inf_5", "1.5_²", f"1.5_{'9' * 30}"])
def test_a_broken_page_mark_starts_at_the_top(as_owner: Client, workspace: Workspace, mark: str) -> None:
    said(workspace, "x")
    assert as_owner.get("/w/acme/listen/", {"after": mark}).status_code == 200


def test_a_voice_is_placed_sorted_and_taken_off(as_owner: Client, workspace: Workspace) -> None:
    voice, problem = said(workspace, "It is slow"), Problem.objects.create(workspace=workspace, name="Slow")
    place = f"/w/acme/listen/voices/{voice.pk}/place"
    as_owner.post(place, {"problem": problem.pk})
    assert Evidence.objects.get().problem == problem
    voice.refresh_from_db()
    assert voice.triage == Triage.KEPT, "what is placed needs no sorting"
    as_owner.post(place, {"problem": problem.pk})
    assert Evidence.objects.count() == 1
    as_owner.post(place, {"remove": problem.pk})
    assert not Evidence.objects.exists()
    as_owner.post(place, {"name": "Waiting hurts", "problem": ""})
    assert Evidence.objects.get().problem.name == "Waiting hurts"
    as_owner.post(f"/w/acme/listen/voices/{voice.pk}/sort", {"kind": "bug"})
    as_owner.post(f"/w/acme/listen/voices/{voice.pk}/sort", {"kind": "nonsense"})
    voice.refresh_from_db()
    assert voice.kind == "bug"


def test_an_empty_inbox_says_what_will_be_here(as_owner: Client) -> None:
    page = as_owner.get("/w/acme/listen/").content.decode()
    assert "/w/acme/listen/capture" in page
    assert "/w/acme/listen/imports" in page
