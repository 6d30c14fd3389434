"""Search: by words and meaning, narrowed, marked safely, for members only, the same on both databases."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.core import search
from wellheard.listen.models import Board, CheckIn, Idea, Note, Talk, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.people.services import workspaces
from wellheard.people.services.segments import make_of
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.searching import Filters, Found, find

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(workspace: Workspace, text: str, **more: object) -> Voice:
    return Voice.objects.create(**{"workspace": workspace, "text": text, "said_at": WHEN, **more})


def texts(found: Found) -> list[str]:
    return [h.thing.text for h in found.hits if h.what == "voices"]


def words(workspace: Workspace, query: str) -> set[str]:
    return {v.text for v in search.matching(Voice.objects.filter(workspace=workspace), "text", query)}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("export", {"The EXPORT is slow", "Exports to Excel, please"}),
        ("slow export", {"The EXPORT is slow"}),
        ("cafe", {"Ein Café für uns"}),
        ("CAFÉ", {"Ein Café für uns"}),
        ('"export is"', {"The EXPORT is slow"}),
        ('"is export"', set()),
        ("export -slow", {"Exports to Excel, please"}),
        ('export -"to excel"', {"The EXPORT is slow"}),
        ("xpor", set()),
        ("中文", {"我们需要中文支持"}),
        ("e-mail", {"Send an e-mail"}),
        ('"exp"', set()),
        ("-export", set()),
        ("", set()),
        ("   ", set()),
        ('"', set()),
        ("AND OR NOT NEAR(", set()),
        ("text:slow", set()),
        ("*", set()),
        ("' OR 1=1 --", set()),
    ],
)
def test_words_are_found_as_people_type_them(workspace: Workspace, query: str, found: set[str]) -> None:
    for text in (
        "The EXPORT is slow",
        "Exports to Excel, please",
        "Ein Café für uns",
        "我们需要中文支持",
        "Send an e-mail",
    ):
        said(workspace, text)
    assert words(workspace, query) == found


@pytest.mark.django_db
@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_T11_nothing_typed_breaks_the_search(query: str) -> None:
    list(search.matching(Voice.objects.all(), "text", query))
    wanted = search.read(query)
    if wanted:
        search.scores(Voice, wanted, [1, 2])


@given(st.text(max_size=400), st.text(max_size=30), st.sampled_from([0, 40, 240]))
@settings(max_examples=200, deadline=None)
def test_marking_leaves_the_text_as_it_is(text: str, query: str, around: int) -> None:
    pieces = search.marked(text, search.read(query), around)
    whole = "".join(p.text for p in pieces).removeprefix("… ").removesuffix(" …")
    assert whole in text
    if not around:
        assert whole == text


def test_the_index_follows_edits_and_deletions_and_is_mended(workspace: Workspace) -> None:
    voice = said(workspace, "old words")
    Voice.objects.filter(pk=voice.pk).update(text="new words")
    assert words(workspace, "old") == set()
    assert words(workspace, "new") == {"new words"}
    if connection.vendor == "sqlite":  # as a migration that makes the table anew leaves it
        from django.apps import apps

        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER listen_voice_words_in")
        said(workspace, "later words")
        assert words(workspace, "later") == set()
        search.keep(apps.get_app_config("listen"))
        assert words(workspace, "later") == {"later words"}
    voice.delete()
    assert words(workspace, "new") == set()


def test_words_that_were_deleted_are_out_of_the_index_after_its_daily_round(workspace: Workspace) -> None:
    said(workspace, "xylophonist").delete()
    said(workspace, "something else")
    search.tidy()
    assert words(workspace, "something") == {"something else"}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM listen_voice_words_data WHERE instr(block, CAST('xylophon' AS BLOB))")
            assert cursor.fetchone() == (0,)


def test_every_kind_of_thing_is_found_and_counted(access: Access, town: Town) -> None:
    w = access.workspace
    voice = said(w, "Zebra stripes hurt", author=town.ann)
    idea = Idea.objects.create(workspace=w, board=Board.objects.get(workspace=w), voice=voice, title="Fewer zebras")
    Note.objects.create(workspace=w, idea=idea, by_name="Olga", text="zebra: ask legal")
    problem = Problem.objects.create(workspace=w, name="Eyes hurt", summary="of zebra patterns")
    check_in = CheckIn.objects.create(workspace=w, account=town.lind, every_days=30, due=date(2026, 4, 1))
    Talk.objects.create(
        check_in=check_in, what="held", was_due=date(2026, 3, 1), next_due=date(2026, 4, 1), note="no zebra"
    )
    found = find(w, "zebra")
    assert found.counts == {"voices": 1, "ideas": 1, "problems": 1, "notes": 2}
    assert {(h.what, h.thing.pk) for h in found.hits} >= {
        ("voices", voice.pk),
        ("ideas", idea.pk),
        ("problems", problem.pk),
    }
    assert [h.what for h in find(w, "zebra", what="notes").hits] == ["notes", "notes"]
    assert found.hits[0].what == "problems"
    with pytest.raises(ValueError, match="nothing to search"):
        find(w, "zebra", what="people")


def test_meaning_brings_what_words_do_not_and_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from wellheard.understand.queries import searching
    from wellheard.understand.queries.similar import Similar

    a, b, c = said(workspace, "The invoice is wrong"), said(workspace, "Our bill shows too much"), said(workspace, "x")
    near = [Similar(b.pk, None, b.text, 0.8), Similar(a.pk, None, a.text, 0.7), Similar(c.pk, None, c.text, 0.1)]
    monkeypatch.setattr(searching.alike, "similar", lambda *_, **__: near)
    found = find(workspace, "invoice")
    assert {h.thing.pk: h.why for h in found.hits} == {a.pk: ("words", "meaning"), b.pk: ("meaning",)}
    assert found.hits[0].thing.pk == a.pk
    assert texts(find(workspace, '"invoice"')) == [a.text]


def test_the_filters_narrow_each_for_itself(access: Access, town: Town) -> None:
    w = access.workspace
    said(w, "zebra one", author=town.ann, account=town.lind, channel="sales", account_cents=4900, kind="bug")
    said(w, "zebra two", author=town.otto, account=town.lind, sentiment="negative", deal_cents=900_000)
    said(w, "zebra three", author=town.nora, account=town.fjord, said_at=datetime(2026, 1, 5, tzinfo=UTC))
    segment = make_of(access, "Otto's", "people", [town.otto.pk])

    def got(**filters: object) -> set[str]:
        return {t.split()[1] for t in texts(find(w, "zebra", Filters(**filters)))}  # type: ignore[arg-type]

    assert got() == {"one", "two", "three"}
    assert got(lens="users") == {"one", "three"}
    assert got(lens="customers") == {"two", "three"}
    assert got(account=town.lind.pk) == {"one", "two"}
    assert got(segment=segment.pk) == {"two"}
    assert got(channel="sales") == got(kind="bug") == {"one"}
    assert got(sentiment="negative") == {"two"}
    assert got(since=date(2026, 2, 1)) == {"one", "two"}
    assert got(until=date(2026, 2, 1)) == {"three"}
    assert got(least_cents=500_000) == {"two"}
    assert got(least_cents=4900) == {"one", "two"}


def test_ideas_problems_and_notes_pass_when_a_voice_behind_them_does(access: Access, town: Town) -> None:
    w = access.workspace
    voice = said(w, "x", author=town.ann, account=town.lind)
    idea = Idea.objects.create(workspace=w, board=Board.objects.get(workspace=w), voice=voice, title="zebra")
    Note.objects.create(workspace=w, idea=idea, by_name="O", text="zebra")
    Evidence.objects.create(problem=Problem.objects.create(workspace=w, name="zebra"), voice=voice)
    Problem.objects.create(workspace=w, name="zebra without voices")
    assert find(w, "zebra", Filters(account=town.lind.pk)).counts == {
        "voices": 0,
        "ideas": 1,
        "problems": 1,
        "notes": 1,
    }
    assert find(w, "zebra", Filters(account=town.fjord.pk)).total == 0


def test_pages_hold_each_hit_once_newest_first_if_asked(workspace: Workspace) -> None:
    rows = [
        Voice(workspace=workspace, text=f"zebra {n}", said_at=datetime(2026, 1, 1 + n % 28, tzinfo=UTC))
        for n in range(45)
    ]
    Voice.objects.bulk_create(rows)
    for newest in (False, True):
        pages = [find(workspace, "zebra", page=n, newest=newest) for n in (1, 2, 3)]
        assert [len(p.hits) for p in pages] == [20, 20, 5]
        assert len({h.thing.pk for p in pages for h in p.hits}) == 45
    days = [h.at for p in pages for h in p.hits]
    assert days == sorted(days, reverse=True)
    assert find(workspace, "zebra", page=99).page == 3


def test_T03_what_is_shown_is_escaped_and_marked(as_owner: Client, workspace: Workspace) -> None:
    said(workspace, "<script>alert(1)</script> zebra <b>bold</b>")
    page = as_owner.get("/w/acme/search", {"q": "zebra <script>"}).content.decode()
    assert "<mark>zebra</mark>" in page
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "&lt;<mark>script</mark>&gt;" in page


def test_the_page_helps_when_it_is_empty_finds_nothing_or_cannot(as_viewer: Client, workspace: Workspace) -> None:
    assert b"Find what somebody said" in as_viewer.get("/w/acme/search").content
    assert b"Nothing found" in as_viewer.get("/w/acme/search", {"q": "nope"}).content
    reply = as_viewer.get("/w/acme/search", {"q": "x", "from": "yesterday"})
    assert reply.status_code == 422
    assert b"is no day" in reply.content
    for odd in (
        {"q": "\x00"},
        {"q": "x", "page": "9" * 20},
        {"q": "x", "account": "nobody"},
        {"q": "x", "money": "-1"},
        {"q": "x", "lens": "y"},
    ):
        assert as_viewer.get("/w/acme/search", odd).status_code in (200, 400, 422)


def test_T07_another_workspace_is_never_found(workspace: Workspace, as_owner: Client) -> None:
    other = workspaces.create_workspace("rival", "Rival").workspace
    said(other, "zebra secret")
    assert find(workspace, "zebra").total == 0
    assert b"secret" not in as_owner.get("/w/acme/search", {"q": "zebra"}).content


def test_T08_notes_of_the_team_stay_off_the_portal(client: Client, access: Access) -> None:
    w = access.workspace
    idea = Idea.objects.create(workspace=w, board=Board.objects.get(workspace=w), voice=said(w, "plain"), title="Plain")
    Note.objects.create(workspace=w, idea=idea, by_name="O", text="zebra")
    page = client.get("/p/acme/", {"q": "zebra"}).content.decode()
    assert "Plain" not in page
    assert "Plain" in client.get("/p/acme/", {"q": "pláin"}).content.decode()


def test_api_and_command_answer_alike(access: Access, workspace: Workspace) -> None:
    said(workspace, "A zebra crossing")
    _, token = workspaces.make_token(access, "reader", Role.VIEWER)
    reply = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/search", {"q": "zebr"})
    body = reply.json()
    assert body["counts"]["voices"] == 1
    hit = body["results"][0]
    start, end = hit["marks"][0]
    assert hit["snippet"][start:end] == "zebra"
    code, out, _ = run(["search", "zebr", "--workspace", "acme", "--json"])
    assert code == 0
    assert json.loads(out)["results"][0]["id"] == hit["id"]
    assert run(["search", "zebr", "--workspace", "acme", "--from", "never"])[0] == 1
