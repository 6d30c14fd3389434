"""A member notes what somebody told them: the words stay that person's, the member only passed them on."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.listen.models import Voice
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Role
from wellheard.people.services import workspaces
from wellheard.tell.models import Notice, Release
from wellheard.understand.models import Evidence, Problem

ADDRESS = "/w/acme/listen/capture"


def test_two_fields_are_enough(as_owner: Client, town: Town) -> None:
    reply = as_owner.post(ADDRESS, {"who": "ann@shop.example", "text": "  Exports are slow  "})
    voice = Voice.objects.get()
    assert reply["Location"] == f"/w/acme/listen/voices/{voice.pk}"
    assert (voice.text, voice.author, voice.account) == ("Exports are slow", town.ann, town.lind)
    assert (voice.relayed_by, voice.recorded_by.user.name) == ("Olga Owner", "Olga Owner")  # type: ignore[union-attr]
    assert (voice.account_state, voice.account_cents) == ("active", 4900)
    assert Entry.objects.get(verb="voice.captured").thing_id == voice.pk
    page = as_owner.get(reply["Location"]).content.decode()
    assert "Exports are slow" in page
    assert "Ann Assistant" in page


@pytest.mark.parametrize("who", ["ann", "ANN ASSISTANT", "Ann@Shop.example"])
def test_a_person_is_found_by_id_name_or_address(access: Access, town: Town, who: str) -> None:
    assert capture(access, "hi", who=who).author == town.ann


def test_who_nobody_knows_yet_becomes_a_person_and_their_account_too(access: Access, town: Town) -> None:
    voice = capture(access, "hi", who="zoe@new.example", account="New Co")
    assert (str(voice.author), str(voice.account)) == ("zoe@new.example", "New Co")
    again = capture(access, "ho", who="zoe@new.example", account="NEW CO")
    assert (again.author, again.account) == (voice.author, voice.account)
    assert Person.objects.count() == 5
    assert Account.objects.count() == 4


def test_two_of_one_name_are_asked_about(as_owner: Client, town: Town) -> None:
    town.person("ann2", "Ann Assistant", town.free)
    reply = as_owner.post(ADDRESS, {"who": "Ann Assistant", "text": "Keep my words"})
    assert reply.status_code == 422
    assert "Several people are called" in reply.content.decode()
    assert "Keep my words" in reply.content.decode(), "what was typed is still there"
    assert not Voice.objects.exists()


def test_the_account_is_what_it_was_on_the_day_it_was_said(access: Access, town: Town) -> None:
    town.lind.revenue.update(until=date(2026, 3, 1))
    voice = capture(access, "we left", who="ann", said_at=datetime(2026, 3, 5, tzinfo=UTC))
    assert (voice.account_state, voice.account_cents) == ("churned", 0)
    before = capture(access, "we think of leaving", who="ann", said_at=datetime(2026, 2, 5, tzinfo=UTC))
    assert (before.account_state, before.account_cents) == ("active", 4900)


@pytest.mark.parametrize(
    "given",
    [{"text": ""}, {"text": "   "}, {"text": "x" * 50_001}, {"text": "x", "channel": "fax"}, {"text": "x", "kind": "odd"},
     {"text": "x", "who": "not@an@address"}, {"text": "x", "who": "n" * 201}, {"text": "x", "account": "a" * 201}],
)  # fmt: skip
def test_what_cannot_be_noted_is_refused_with_a_reason(as_owner: Client, given: dict[str, str]) -> None:
    reply = as_owner.post(ADDRESS, given)
    assert reply.status_code == 422
    assert b'role="alert"' in reply.content
    assert not Voice.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.parametrize("year", [1, 1850, 9999])
def test_a_day_that_cannot_be_is_refused_through_this_door_too(access: Access, year: int) -> None:
    with pytest.raises(ValueError, match="before 1970 or in the future"):
        capture(access, "x", said_at=datetime(year, 1, 1, tzinfo=UTC))


def test_a_viewer_notes_nothing(as_viewer: Client, viewer: Member) -> None:
    assert as_viewer.get(ADDRESS).status_code == 403
    assert as_viewer.post(ADDRESS, {"text": "x"}).status_code == 403
    weak = Access(viewer.workspace, None, Role.VIEWER, viewer)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        capture(weak, "x")


def test_what_people_write_is_shown_as_written(as_owner: Client) -> None:
    reply = as_owner.post(ADDRESS, {"text": '<script>alert(1)</script> & "it"', "who": "<b>Eve</b>"}, follow=True)
    page = reply.content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>Eve" not in page


def test_an_address_of_another_workspace_is_not_found_here(access: Access, town: Town) -> None:
    rival = workspaces.create_workspace("rival", "Rival").workspace
    Person.objects.create(workspace=rival, external_id="secret", email="only@rival.example", name="Rita Rival")
    voice = capture(access, "hi", who="only@rival.example")
    assert voice.author is not None
    assert (voice.author.workspace, voice.author.name) == (town.workspace, "")


def test_a_deal_that_hangs_on_it_is_kept_to_the_cent(as_owner: Client, town: Town) -> None:
    reply = as_owner.post(
        ADDRESS, {"text": "No SSO, no contract", "who": "otto", "deal_amount": "12,000.50", "deal_stage": "lost"}
    )
    voice = Voice.objects.get()
    assert (voice.deal_cents, voice.deal_currency, voice.deal_stage) == (1_200_050, "EUR", "lost")
    assert "€12,000.50" in as_owner.get(reply["Location"]).content.decode()
    as_owner.post(ADDRESS, {"text": "b", "deal_amount": "9 000", "deal_currency": "usd"})
    second = Voice.objects.latest("pk")
    assert (second.deal_cents, second.deal_currency, second.deal_stage) == (900_000, "USD", "open")
    for wrong in (
        {"deal_amount": "lots"},
        {"deal_amount": "-5"},
        {"deal_stage": "maybe"},
        {"deal_amount": "5", "deal_currency": "euros"},
        {"url": "javascript:alert(1)"},
    ):
        assert as_owner.post(ADDRESS, {"text": "c", **wrong}).status_code == 422, wrong
    assert Voice.objects.count() == 2


def test_the_dialog_gets_the_form_says_what_was_wrong_and_what_was_noted(as_owner: Client, town: Town) -> None:
    inside = {"HX-Request": "true"}
    form = as_owner.get(ADDRESS, headers=inside).content.decode()
    assert "<html" not in form
    assert "hx-post" in form
    wrong = as_owner.post(ADDRESS, {"text": "", "who": "ann"}, headers=inside)
    assert wrong.status_code == 200, "htmx draws only what succeeded"
    assert "Write what they said" in wrong.content.decode()
    assert 'value="ann"' in wrong.content.decode()
    noted = as_owner.post(ADDRESS, {"text": "Slow", "who": "ann"}, headers=inside).content.decode()
    assert "Ann Assistant" in noted
    assert f"/voices/{Voice.objects.get().pk}" in noted


def test_a_bookmark_only_fills_the_form(as_owner: Client) -> None:
    page = as_owner.get(
        ADDRESS, {"text": "<b>Selected</b> words", "url": "https://forum.example/1", "channel": "other"}
    ).content.decode()
    assert "&lt;b&gt;Selected&lt;/b&gt; words" in page
    assert 'value="https://forum.example/1"' in page
    assert "javascript:(()=&gt;{open(" in page
    assert not Voice.objects.exists()
    as_owner.post(ADDRESS, {"text": "Selected words", "url": "https://forum.example/1"})
    assert Voice.objects.get().url == "https://forum.example/1"


def test_people_and_accounts_are_completed_within_the_workspace(as_owner: Client, town: Town) -> None:
    rival = workspaces.create_workspace("rival", "Rival").workspace
    Person.objects.create(workspace=rival, email="anna@rival.example", name="Ann Rival")
    Account.objects.create(workspace=rival, name="Bäckerei Rival")
    found = as_owner.get(f"{ADDRESS}/who", {"who": "ann"}).content.decode()
    assert 'value="ann@shop.example"' in found
    assert "Ann Assistant, Bäckerei Lind" in found
    assert "rival" not in found
    assert 'value="Bäckerei Lind"' in as_owner.get(f"{ADDRESS}/who", {"account": "lin"}).content.decode()
    for empty in ({"who": "a"}, {"who": "%%"}, {"who": "__"}, {"account": ""}, {}):
        assert "option" not in as_owner.get(f"{ADDRESS}/who", empty).content.decode(), empty


def test_what_i_passed_on_shows_how_far_it_came(as_owner: Client, owner: Member, access: Access, town: Town) -> None:
    address = "/w/acme/listen/relayed"
    assert "Nothing yet" in as_owner.get(address).content.decode()
    for text in ("shipped thing", "only evidence", "just noted"):
        as_owner.post(ADDRESS, {"text": text, "who": "ann"})
    capture(access, "by the command line", who="ann")
    first, second, _ = Voice.objects.filter(recorded_by=owner).order_by("pk")
    done = Problem.objects.create(workspace=access.workspace, name="Slow export")
    Evidence.objects.create(problem=done, voice=first)
    Evidence.objects.create(problem=Problem.objects.create(workspace=access.workspace, name="Other"), voice=second)
    bet = Bet.objects.create(
        workspace=access.workspace,
        name="Stream it",
        metric="x",
        expected_percent=9,
        smallest_percent=5,
        state="shipped",
    )
    bet.problems.add(done)
    page = as_owner.get(address).content.decode()
    assert ">shipped<" in page
    assert ">evidence<" in page
    assert ">waiting to be sorted<" in page
    assert "Stream it" in page
    assert "by the command line" not in page
    release = Release.objects.create(workspace=access.workspace, title="R", shipped_on=date(2026, 3, 1))
    Notice.objects.create(
        workspace=access.workspace, release=release, person=town.ann, voice=first, problem=done, state="sent"
    )
    assert ">answered<" in as_owner.get(address).content.decode()


def test_the_command_notes_what_somebody_said(access: Access, town: Town) -> None:
    code, out, err = run(
        ["capture", "Too slow", "--who", "ann", "--deal", "500", "--stage", "won", "--workspace", "acme", "--json"]
    )
    assert code == 0, err
    voice = Voice.objects.get()
    assert (code, json.loads(out)) == (0, {"id": voice.pk, "author": "Ann Assistant"})
    assert (voice.relayed_by, voice.deal_cents, voice.deal_stage) == ("", 50_000, "won")
    code, _, err = run(["capture", "x", "--deal", "lots", "--workspace", "acme"])
    assert (code, "not an amount" in err) == (1, True)


def test_while_typing_one_sees_the_problem_and_what_others_said(access: Access, as_owner: Client) -> None:
    from wellheard.understand.services.problems import create_problem

    said = ["The export opens broken in Excel", "Excel export has broken columns", "Exports are broken in Excel again"]
    made = [Voice.objects.create(workspace=access.workspace, text=t, said_at=datetime.now(UTC)).pk for t in said]
    create_problem(access, "Exports open broken", voices=made)
    address = f"/w/{access.workspace.slug}/listen/capture/alike"
    page = as_owner.get(address, {"text": "my excel export is broken <b>"}).content.decode()
    assert "Sounds like" in page
    assert "Exports open broken" in page
    assert "Excel export has broken columns" in page
    assert as_owner.get(address, {"text": "my"}).content.decode().strip() == ""
    assert "Excel" not in as_owner.get(address, {"text": "opening hours on Sunday morning"}).content.decode()
