"""A member finds the other one, looks at what would happen, merges, and takes it apart; also by API and command."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.people.models import Account, Merge, Person, Relation, Workspace
from wellheard.people.queries.likely import bare_domain, bare_name, like, shared
from wellheard.people.services.workspaces import Made
from wellheard.store import Store


def test_a_member_merges_two_and_takes_them_apart(as_owner: Client, town: Town) -> None:
    twin = Person.objects.create(workspace=town.workspace, name="Ann Assistant", email="ann+work@shop.example")
    start = f"/w/acme/people/{town.ann.pk}/merge"
    first = as_owner.get(start).content.decode()
    assert "Likely the same" in first
    assert "the same mailbox" in first
    assert "Otto Owner" in as_owner.get(start, {"q": "otto"}).content.decode()
    assert "Nobody fits" in as_owner.get(start, {"q": "zzz"}).content.decode()
    second = as_owner.get(start, {"with": twin.pk}).content.decode()
    assert "ann+work@shop.example" in second
    assert Person.objects.filter(pk=twin.pk).exists()
    done = as_owner.post(start, {"with": twin.pk, "take": ["email"]}, follow=True)
    assert done.redirect_chain[0][0] == f"/w/acme/people/{town.ann.pk}"
    assert "ann@shop.example" in done.content.decode()
    moved = as_owner.get(f"/w/acme/people/{twin.pk}")
    assert (moved.status_code, moved["Location"]) == (302, f"/w/acme/people/{town.ann.pk}")
    listed = as_owner.get("/w/acme/people/merges").content.decode()
    assert "Take apart" in listed
    made = Merge.objects.get()
    undone = as_owner.post(f"/w/acme/people/merges/{made.pk}/undo", follow=True).content.decode()
    assert "are two again" in undone
    assert Person.objects.get(pk=town.ann.pk).email == "ann@shop.example"
    again = as_owner.post(f"/w/acme/people/merges/{made.pk}/undo")
    assert again.status_code == 422
    assert "already undone" in again.content.decode()


def test_accounts_merge_the_same_way(as_owner: Client, town: Town) -> None:
    twin = Account.objects.create(workspace=town.workspace, name="Bäckerei Lind GmbH")
    start = f"/w/acme/people/accounts/{town.lind.pk}/merge"
    assert "the same name" in as_owner.get(start).content.decode()
    assert as_owner.post(start, {"with": twin.pk}).status_code == 302
    assert as_owner.get(f"/w/acme/people/accounts/{twin.pk}")["Location"].endswith(str(town.lind.pk))
    assert "Bäckerei Lind GmbH".lower() in as_owner.get(f"/w/acme/people/accounts/{town.lind.pk}").content.decode()


def test_the_other_must_be_there_and_be_another(as_owner: Client, as_viewer: Client, town: Town) -> None:
    start = f"/w/acme/people/{town.ann.pk}/merge"
    assert as_owner.get(start, {"with": "77777"}).status_code == 404
    assert as_owner.get(start, {"with": "x"}).status_code == 404
    same = as_owner.get(start, {"with": town.ann.pk})
    assert same.status_code == 422
    assert "is the same person" in same.content.decode()
    assert as_viewer.get(start).status_code == 403
    assert "Nobody has been merged yet" in as_viewer.get("/w/acme/people/merges").content.decode()


def test_a_program_merges_and_undoes(made: Made, town: Town) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})

    def post(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        reply = client.post(f"/api/{path}", json.dumps(body), content_type="application/json")
        return reply.status_code, reply.json()

    seen = client.get(f"/api/people/{town.ann.pk}/merge", {"gone": town.otto.pk}).json()
    assert {d["field"] for d in seen["differ"]} == {"name", "email", "external_id"}
    status, told = post(f"people/{town.ann.pk}/merge", {"gone": town.otto.pk, "take": ["name"]})
    assert (status, told["gone_name"]) == (201, "Otto Owner")
    assert client.get("/api/people", {"email": "otto@shop.example"}).json()[0]["id"] == town.ann.pk
    assert client.get("/api/people", {"external_id": "otto"}).json()[0]["name"] == "Otto Owner"
    assert [m["id"] for m in client.get("/api/merges", {"of": "people"}).json()["merges"]] == [told["id"]]
    assert client.get("/api/merges", {"of": "accounts"}).json()["merges"] == []
    assert post(f"merges/{told['id']}/undo", {})[1]["left"] == []
    assert post(f"merges/{told['id']}/undo", {})[0] == 422
    assert post(f"people/{town.ann.pk}/merge", {"gone": town.otto.pk, "take": ["number"]})[0] == 422


def test_somebody_at_the_command_line_merges(town: Town, event_store: Store) -> None:
    def typed(*words: str) -> tuple[int, str]:
        code, out, err = run([*words, "--workspace", "acme"])
        return code, out + err

    code, said = typed("people", "merge", "ann@shop.example", "otto", "--preview")
    assert code == 0
    assert "Otto Owner" in said
    assert not Merge.objects.exists()
    code, said = typed("people", "merge", "ann@shop.example", "otto")
    assert (code, "Otto Owner is part of Ann Assistant now" in said) == (0, True)
    made = Merge.objects.get()
    assert "Otto Owner" in typed("people", "merges")[1]
    assert typed("accounts", "unmerge", str(made.pk))[0] == 1
    assert typed("people", "unmerge", str(made.pk))[0] == 0
    assert typed("accounts", "merge", "lind", "fjord cycles")[0] == 0
    assert typed("accounts", "merge", "lind", "nobody") == (
        1,
        "There is no account 'nobody'. Use an id, a name or the number of its page.\n",
    )


def test_likely_doubles_are_named_with_the_reason(workspace: Workspace) -> None:
    make = Account.objects.create
    one = make(workspace=workspace, name="Lind", domain="https://www.lind.example/about")
    make(workspace=workspace, name="Lind GmbH")
    make(workspace=workspace, name="Other", domain="lind.example")
    make(workspace=workspace, name="Lindgren", domain="blind.example")
    assert {(str(x.thing), x.why) for x in like(one)} == {("Lind GmbH", "the same name"), ("Other", "the same domain")}
    a = Person.objects.create(workspace=workspace, name="Kim Ash", email="kim.ash@old.example")
    b = Person.objects.create(workspace=workspace, name="K", email="kim.ash@new.example")
    Person.objects.create(workspace=workspace, name="Kim", email="kim@gmail.com")
    c = Person.objects.create(workspace=workspace, name="kim ash")
    assert {(x.thing.pk, x.why) for x in like(a)} == {(b.pk, "the same name before the @"), (c.pk, "the same name")}
    assert shared(workspace, Person) == []
    for person in (a, c):
        Relation.objects.create(workspace=workspace, person=person, account=one, uses=True)
    assert [(s.first.pk, s.second.pk, s.count) for s in shared(workspace, Person)] == [(a.pk, c.pk, 2)]
    make(workspace=workspace, name="lind")
    assert [(str(s.first), str(s.second), s.why) for s in shared(workspace, Account)] == [
        ("Lind", "lind", "the same name")
    ]
    assert bare_domain("HTTPS://WWW.Lind.example:80/x") == "lind.example"
    assert [bare_name(n) for n in ("Lind GmbH", "Lind Co. Ltd", "Co", "AB")] == ["lind", "lind", "co", "ab"]
