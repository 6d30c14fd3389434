"""Traits are noticed where they appear, confirmed by a member, then checked; and what is known is changed by hand."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from tests.engine import Events, at
from tests.listen.files import Files, counts, refused
from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Role, Trait, Workspace
from wellheard.people.queries import lists
from wellheard.people.queries.traits import rows, shown
from wellheard.people.services import persons, traits, workspaces
from wellheard.people.services.mirror import pull
from wellheard.people.services.workspaces import Made
from wellheard.store import Store


def known(workspace: Workspace) -> dict[tuple[str, str], tuple[str, str, bool]]:
    return {(t.of, t.key): (t.kind, t.seen_in, t.confirmed) for t in Trait.objects.filter(workspace=workspace)}


def test_traits_are_noticed_with_a_guess_and_where_first(
    event_store: Store, workspace: Workspace, access: Access, files: Files
) -> None:
    events = Events(event_store, workspace.pk)
    events.send(
        {
            "type": "identify",
            "userId": "u",
            "traits": {"seats": "12", "trial": True},
            "timestamp": at("2026-03-02 10:00"),
        }
    )
    pull(workspace, events.reader)
    files.bring("id,joined,seats\nu,2026-01-05,13\n", "p.csv", what="people")
    persons.save_account(access, name="Shop", traits={"region": "North"})
    held = known(workspace)
    assert held["people", "seats"] == ("number", "events", False)
    assert held["people", "trial"] == ("yes_no", "events", False)
    assert held["accounts", "region"] == ("text", "hand", False)


def test_what_was_there_before_is_found(town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(traits={"day": "2026-01-05", "unconfirmed_email": "x@y.example"})
    assert traits.discover(town.workspace) == 2
    assert traits.discover(town.workspace) == 0
    assert known(town.workspace)["people", "day"] == ("date", "before", False)
    assert [r.trait.key for r in rows(town.workspace, "people")] == ["day"]


def test_a_confirmed_kind_is_checked_everywhere(
    town: Town, access: Access, files: Files, made: Made, as_owner: Client
) -> None:
    traits.add(access, "people", "seats", "number", "Seats")
    with pytest.raises(ValueError, match="Seats: 'many' is not a number"):
        persons.change_person(access, town.ann, {}, {"seats": "many"})
    persons.change_person(access, town.ann, {}, {"seats": "12"})
    town.ann.refresh_from_db()
    assert town.ann.traits == {"seats": 12}
    report = files.bring("id,seats\nann,lots\notto,7\n", "p.csv", what="people")
    assert counts(report) == (2, 1, 0, 1)
    assert "is not a number" in refused(report)[0][1]
    assert Person.objects.get(pk=town.otto.pk).traits == {"seats": 7}
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    reply = client.patch(
        f"/api/people/{town.ann.pk}", json.dumps({"traits": {"seats": "x"}}), content_type="application/json"
    )
    assert (reply.status_code, "is not a number" in reply.json()["message"]) == (422, True)
    reply = client.patch(
        f"/api/people/{town.ann.pk}", json.dumps({"traits": {"seats": None}}), content_type="application/json"
    )
    assert reply.json()["traits"] == {}
    page = as_owner.post(f"/w/acme/people/{town.ann.pk}/edit", {"name": "Ann", "trait.seats": "few", "was.seats": ""})
    assert page.status_code == 422
    assert "is not a number" in page.content.decode()
    assert 'value="few"' in page.content.decode()


def test_events_keep_what_does_not_fit_and_it_is_marked(
    event_store: Store, workspace: Workspace, access: Access
) -> None:
    traits.add(access, "people", "seats", "number")
    events = Events(event_store, workspace.pk)
    events.send({"type": "identify", "userId": "u", "traits": {"seats": "many"}, "timestamp": at("2026-03-02 10:00")})
    pull(workspace, events.reader)
    person = Person.objects.get(external_id="u")
    assert person.traits == {"seats": "many"}
    assert [(s.words, s.odd) for s in shown(person)] == [("many", True)]
    assert rows(workspace, "people")[0].odd == 1


def test_values_are_shown_in_the_words_of_their_kind(town: Town, access: Access) -> None:
    for key, kind, choices in (
        ("a", "number", ()), ("b", "money", ()), ("c", "date", ()), ("d", "yes_no", ()), ("e", "choice", ("Red", "Blue")),
    ):  # fmt: skip
        traits.add(access, "people", key, kind, choices=choices)
    told = {"a": "1234567", "b": "1,234.5", "c": "2026-11-22", "d": "TRUE", "e": "red", "f": ["x", 1]}
    persons.change_person(access, town.ann, {}, told)
    ann = Person.objects.get(pk=town.ann.pk)
    assert ann.traits == {"a": 1234567, "b": 1234.5, "c": "2026-11-22", "d": True, "e": "Red", "f": ["x", 1]}
    assert [s.words for s in shown(ann)] == ["1,234,567", "1,234.50 EUR", "22 Nov 2026", "yes", "Red", "x, 1"]


def test_a_member_confirms_a_guess_on_the_page(as_owner: Client, as_viewer: Client, town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(traits={"size": "12"})
    traits.discover(town.workspace)
    listed = as_viewer.get("/w/acme/people/traits").content.decode()
    assert "guessed" in listed
    assert "Confirm" not in listed.split("</header>")[-1]
    trait = Trait.objects.get()
    path = f"/w/acme/people/traits/{trait.pk}"
    assert as_owner.get(path).status_code == 200
    assert as_owner.post(path, {"kind": "choice", "label": "Size", "choices": ""}).status_code == 422
    assert as_owner.post(path, {"kind": "number", "label": "Size", "choices": ""}).status_code == 302
    trait.refresh_from_db()
    assert (trait.kind, trait.label, trait.confirmed, trait.confirmed_by) == ("number", "Size", True, "Olga Owner")
    assert "Size" in as_owner.get(f"/w/acme/people/{town.ann.pk}").content.decode()
    again = as_owner.post("/w/acme/people/traits", {"of": "people", "key": "size", "kind": "text"})
    assert again.status_code == 422
    assert "already" in again.content.decode()


def test_a_person_is_changed_by_hand(as_owner: Client, town: Town) -> None:
    path = f"/w/acme/people/{town.ann.pk}/edit"
    assert "ann@shop.example" in as_owner.get(path).content.decode()
    form = {
        "name": "Ann Maria",
        "email": "am@shop.example",
        "external_id": "ann",
        "language": "de",
        "new_key": "team",
        "new_value": "Ops",
    }
    assert as_owner.post(path, form).status_code == 302
    ann = Person.objects.get(pk=town.ann.pk)
    assert (ann.name, ann.email, ann.language, ann.traits) == ("Ann Maria", "am@shop.example", "de", {"team": "Ops"})
    entry = Entry.objects.filter(verb="person.edited").get()
    assert entry.data["before"]["name"] == "Ann Assistant"
    as_owner.post(path, {**form, "new_key": ""})
    assert Entry.objects.filter(verb="person.edited").count() == 1
    for wrong, said in (
        ({"email": "OTTO@shop.example"}, "is Otto Owner&#x27;s already"),
        ({"external_id": "otto"}, "merge them"),
        ({"email": "nowhere"}, "is not an e-mail address"),
        ({"name": "", "email": "", "external_id": ""}, "needs a name"),
    ):
        reply = as_owner.post(path, {**form, **wrong})
        assert (reply.status_code, said in reply.content.decode()) == (422, True), wrong


def test_an_account_gets_an_owner_who_may_leave(
    as_owner: Client, town: Town, access: Access, owner: Member, files: Files
) -> None:
    path = f"/w/acme/people/accounts/{town.lind.pk}/edit"
    form = {
        "name": "Lind",
        "plan": "scale",
        "state": "trial",
        "domain": "lind.example",
        "owner": "olga owner",
        "since": "2025-01-05",
    }
    assert as_owner.post(path, form).status_code == 302
    lind = Account.objects.get(pk=town.lind.pk)
    assert (lind.keeper, lind.owner, lind.state, lind.plan) == (owner, "Olga Owner", "trial", "scale")
    eve = workspaces.add_member(access, "eve@acme.example", Role.EDITOR, "Eve Editor")
    files.bring(
        "id,name,owner\nfjord,Fjord Cycles,EVE@acme.example\nfree,Tiny Tea,Somebody Else\n", "a.csv", what="accounts"
    )
    fjord, free = (Account.objects.get(pk=a.pk) for a in (town.fjord, town.free))
    assert (fjord.keeper, fjord.owner, free.keeper, free.owner) == (eve, "Eve Editor", None, "Somebody Else")
    mine = as_owner.get("/w/acme/people/accounts", {"owner": "mine"}).content.decode()
    assert "Lind" in mine
    assert "Fjord Cycles" not in mine
    for lens, inside in (("customers", {"Lind", "Fjord Cycles"}), ("users", {"Lind", "Fjord Cycles", "Tiny Tea"})):
        found = lists.accounts(town.workspace, lens=lens)
        assert {r.account.name for r in found.rows} == inside
    workspaces.remove_member(access, eve)
    fjord.refresh_from_db()
    assert (fjord.keeper, fjord.owner) == (None, "")
    assert "Fjord Cycles" in as_owner.get("/w/acme/people/accounts", {"owner": "nobody"}).content.decode()
    late = workspaces.add_member(access, "late@acme.example", Role.VIEWER, "Somebody Else")
    free.refresh_from_db()
    assert free.keeper == late


@given(
    st.one_of(
        st.text(max_size=20), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
    )
)
def test_reading_a_value_twice_changes_nothing(value: object) -> None:
    for kind in Trait.Kind.values:
        trait = Trait(key="x", kind=kind, choices=["a", "B"])
        try:
            once = traits.fitting(trait, value)
        except ValueError:
            continue
        assert traits.fitting(trait, once) == once
