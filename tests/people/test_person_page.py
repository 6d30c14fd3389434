"""One page, one timeline for a person and for an account: said, did, told and paid."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from tests.conftest import Town
from tests.engine import Events, at
from wellheard.listen.models import Voice
from wellheard.people.models import Person, Revenue, Workspace
from wellheard.people.services.mirror import link_numbers, mirror_everybody, pull
from wellheard.store import Store
from wellheard.tell.models import Notice, NoticeState, Release

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lived(town: Town, event_store: Store) -> Town:
    """Ann said, did and was told something."""
    Voice.objects.create(
        workspace=town.workspace, text="Exports <b>hang</b>", author=town.ann, account=town.lind, said_at=WHEN
    )
    events = Events(event_store, town.workspace.pk)
    events.send(*[events.track("ann", "Exported", "2026-03-02 10:00", account="lind") for _ in range(3)])
    link_numbers(town.workspace, event_store.reader)
    release = Release.objects.create(workspace=town.workspace, title="Exports stream", shipped_on=date(2026, 3, 3))
    Notice.objects.create(
        workspace=town.workspace, release=release, person=town.ann, state=NoticeState.SENT, sent_at=WHEN
    )
    town.ann.refresh_from_db()
    return town


def test_everything_of_a_person_is_on_one_timeline(as_owner: Client, lived: Town) -> None:
    page = as_owner.get(f"/w/acme/people/{lived.ann.pk}")
    assert page.status_code == 200
    assert [m.kind for m in page.context["moments"]] == ["did", "told", "said"] or {
        m.kind for m in page.context["moments"]
    } == {"said", "did", "told"}
    text = page.content.decode()
    assert "Exports &lt;b&gt;hang" in text
    assert "Exported" in text
    assert "Exports stream" in text
    assert "Bäckerei Lind" in text
    for kind in ("said", "did", "told"):
        shown = as_owner.get(f"/w/acme/people/{lived.ann.pk}", {"show": kind}).context["moments"]
        assert {m.kind for m in shown} == {kind}


def test_an_accounts_timeline_holds_its_people_and_its_money(as_owner: Client, lived: Town) -> None:
    Revenue.objects.filter(account=lived.lind).update(until=date(2026, 3, 1))
    Revenue.objects.create(
        workspace=lived.workspace, account=lived.lind, cents=9900, currency="EUR", since=date(2026, 3, 1)
    )
    page = as_owner.get(f"/w/acme/people/accounts/{lived.lind.pk}")
    paid = [(m.cents, m.change) for m in page.context["moments"] if m.kind == "paid"]
    assert paid == [(9900, 5000), (4900, 4900)]
    assert {m.kind for m in page.context["moments"]} == {"said", "did", "told", "paid"}
    assert page.context["cents"] == 9900
    assert len(page.context["relations"]) == 2


def test_somebody_of_whom_little_is_known_has_a_page_too(
    as_owner: Client, workspace: Workspace, event_store: Store
) -> None:
    nobody = Person.objects.create(workspace=workspace)
    page = as_owner.get(f"/w/acme/people/{nobody.pk}")
    assert page.status_code == 200
    assert page.context["moments"] == []


def test_lists_find_people_through_both_lenses(as_owner: Client, lived: Town) -> None:
    def names(**ask: str) -> list[str]:
        return sorted(r.person.name for r in as_owner.get("/w/acme/people/", ask).context["found"].rows)

    assert names(lens="users") == ["Ann Assistant", "Nora Both", "Tim Tea"]
    assert names(lens="customers") == ["Nora Both", "Otto Owner"]
    assert names(spoke="yes") == ["Ann Assistant"]
    assert names(spoke="never") == ["Nora Both", "Otto Owner", "Tim Tea"]
    assert names(q="OTTO") == ["Otto Owner"]
    assert names(q="%") == []
    rows = as_owner.get("/w/acme/people/accounts").context["found"].rows
    assert [(r.account.name, r.cents, r.users, r.buyers) for r in rows] == [
        ("Fjord Cycles", 29900, 1, 1), ("Bäckerei Lind", 4900, 1, 1), ("Tiny Tea", 0, 1, 0),
    ]  # fmt: skip


def test_who_events_speak_of_becomes_a_person_once(town: Town, event_store: Store) -> None:
    events = Events(event_store, town.workspace.pk)
    told = [
        {"type": "identify", "userId": "new", "traits": {"email": "ANN@shop.example", "name": "Newcomer", "seat": 2}},
        {"type": "identify", "userId": "tim", "traits": {"email": "tim2@shop.example", "language": "de"}},
        {"type": "group", "userId": "new", "groupId": "newco", "traits": {"name": "New Co", "plan": "pro"}},
        {"type": "track", "anonymousId": "nobody", "event": "Looked"},
    ]
    events.send(*[{**m, "timestamp": at("2026-03-02 10:00")} for m in told])
    for _ in range(2):
        while pull(town.workspace, event_store.reader, 2) == 2:
            pass
        mirror_everybody()
    made = Person.objects.get(external_id="new")
    assert (made.name, made.email, made.traits) == ("Newcomer", None, {"seat": 2}), "the address is Ann's"
    assert [str(r.account) for r in made.relations.all()] == ["New Co"]
    town.tim.refresh_from_db()
    assert (town.tim.email, town.tim.language) == ("tim@shop.example", "de")
    assert Person.objects.filter(workspace=town.workspace).count() == 5


def test_another_workspaces_person_has_no_page_here(as_owner: Client, lived: Town) -> None:
    from wellheard.people.services import workspaces

    rival = workspaces.create_workspace("rival", "Rival").workspace
    rita = Person.objects.create(workspace=rival, name="Rita")
    assert as_owner.get(f"/w/acme/people/{rita.pk}").status_code == 404
    assert as_owner.get(f"/w/acme/people/{2**63}").status_code == 404
