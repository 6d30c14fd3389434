"""People who do what goes with a problem and never spoke of it are told when something ships for it: as news, once, apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.console.test_api import Api
from tests.engine import Events
from tests.measure.test_celebrate_with_them import know
from tests.portal.test_use_the_widget import signed
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.services import Terms, create_bet
from wellheard.listen.services.voices import capture
from wellheard.measure import patterns, suffering
from wellheard.people.access import Access
from wellheard.people.models import Person, Role
from wellheard.people.services import workspaces
from wellheard.store import Store
from wellheard.tell.models import Contact, Letter, Notice, OptOut, Release
from wellheard.tell.services import addresses, releases
from wellheard.understand.services.problems import create_problem


@pytest.fixture
def release(access: Access, town: Town, event_store: Store) -> Release:
    """Ann asked; Otto, Nora and Tim cancel exports as she does, and never said a word."""
    events = Events(event_store, access.workspace.pk)
    day = f"{timezone.now():%Y-%m-%d} 00:00"
    events.send(*(events.track(who, "Cancelled export", day) for who in ("ann", "otto", "nora", "tim")))
    know(access)
    problem = create_problem(access, "Exports are slow", voices=[capture(access, "Exports are slow", who=town.ann).pk])
    patterns.tie(access, problem, *patterns.did_it("Cancelled export", 30))
    bet = create_bet(access, [problem], Terms("Fast exports", "Exported", Decimal(20), Decimal(10)))
    made = releases.draft_release(access, "Exports in seconds", "", [bet])
    releases.publish_release(access, made)
    return made


def test_they_are_told_once_as_news_and_apart_from_those_who_asked(
    access: Access, town: Town, release: Release
) -> None:
    found = suffering.silent(release)
    assert found.people == [town.otto, town.nora, town.tim]
    background.run_all()
    mail.outbox.clear()
    assert suffering.tell_silent(access, release) == 3
    background.run_all()
    assert sorted(m.to[0] for m in mail.outbox) == [
        "Nora Both <nora@shop.example>", "Otto Owner <otto@shop.example>", "Tim Tea <tim@shop.example>",
    ]  # fmt: skip
    assert all("Exports in seconds" in m.subject and "You said" not in m.body for m in mail.outbox)
    assert set(Contact.objects.filter(person=town.otto).values_list("purpose", flat=True)) == {"news"}
    assert list(Notice.objects.values_list("person", flat=True)) == [town.ann.pk], "who asked is counted apart"
    assert suffering.tell_silent(access, release) == 0
    again = suffering.silent(release)
    assert (again.people, again.told) == ([], 3)
    assert Entry.objects.filter(verb="release.told_silent").count() == 1


def test_T32_who_wants_no_news_or_has_no_address_is_left_alone_and_counted(
    access: Access, town: Town, release: Release
) -> None:
    addresses.opt_out(town.otto, "my page", "news")
    Person.objects.filter(pk=town.tim.pk).update(email=None)
    found = suffering.silent(release)
    assert (found.people, found.no_news, found.no_address, found.total) == ([town.nora], 1, 1, 3)
    assert OptOut.objects.filter(person=town.otto, purpose="news").exists()


def test_nobody_is_told_of_what_is_not_there(access: Access, town: Town, release: Release) -> None:
    draft = releases.draft_release(access, "Later", "", list(release.bets.all()))
    with pytest.raises(ValueError, match="Publish it first"):
        suffering.tell_silent(access, draft)
    with pytest.raises(ValueError, match="not known"):
        suffering.tell_silent(access, release, words="You did {event}")
    with pytest.raises(ValueError, match="Write a subject"):
        suffering.tell_silent(access, release, words=" ")
    assert Letter.objects.count() == 0
    with pytest.raises(PermissionDenied):
        suffering.tell_silent(Access(access.workspace, access.actor, Role.CONTRIBUTOR), release)


def test_page_and_api(access: Access, town: Town, release: Release, as_owner: Client, as_viewer: Client) -> None:
    where = f"/w/acme/tell/releases/{release.pk}/silent"
    shown = as_viewer.get(where).content.decode()
    assert "Otto Owner" in shown
    assert "Tell them, as news" not in shown
    assert as_viewer.post(where).status_code == 403
    assert as_owner.post(where, {"subject": "", "words": "x"}).status_code == 422
    api = Api(workspaces.make_token(access, "t", Role.EDITOR)[1])
    assert api.get(f"releases/{release.pk}/silent")[1]["people"] == [town.otto.pk, town.nora.pk, town.tim.pk]
    assert as_owner.post(where, {"subject": "New", "words": "Look: {thing}"}).status_code == 302
    assert api.post(f"releases/{release.pk}/silent", {})[1] == {"told": 0}


def test_the_person_reads_it_on_their_page(access: Access, town: Town, release: Release) -> None:
    suffering.tell_silent(access, release)
    page = Client().get(f"/me/{town.otto.page_key}").content.decode()
    assert "What we wrote to you" in page
    assert "New in Acme Reports: Exports in seconds" in page
    Client().post(f"/me/{town.otto.page_key}/seen")
    assert Letter.objects.get(person=town.otto).seen_at is not None
    assert Letter.objects.get(person=town.nora).seen_at is None


def test_the_person_reads_it_in_the_widget(access: Access, town: Town, release: Release) -> None:
    suffering.tell_silent(access, release)
    who = {"token": signed(town.workspace, sub="otto")}
    told = Client().post("/widget/acme/inbox", who).json()
    assert [t["title"] for t in told["told"]] == ["New in Acme Reports: Exports in seconds"]
    assert told["unseen"] == 1
    Client().post("/widget/acme/inbox", {**who, "seen": "yes"})
    assert Client().post("/widget/acme/inbox", who).json()["unseen"] == 0
