"""Making segments on the page, without any script: the builder, lists, frozen copies; changing, using and deleting."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import Town
from wellheard.core.models import Entry
from wellheard.people import segments
from wellheard.people.models import Account, Member, Person, Role, Segment
from wellheard.people.queries.segments import segment_row, segment_rows
from wellheard.people.segments import BadRule, registry
from wellheard.people.segments.evaluation import forget
from wellheard.people.segments.rule import decode
from wellheard.people.services import segments as services
from wellheard.people.services import workspaces
from wellheard.people.services.workspaces import create_workspace
from wellheard.store import Store

NEW = "/w/acme/people/segments/new"
BUYS = {"what": "role", "role": "buys"}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    forget()


class Form:
    """A browser without scripts: it fills the form of the page it has and presses one of its buttons."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self.url = client, url
        self.read(client.get(url))

    def read(self, page: Any) -> None:
        self.page, self.text = page, html.unescape(page.content.decode())
        form = self.text[self.text.index('id="builder"') :] if 'id="builder"' in self.text else ""
        self.held: dict[str, str] = {}
        for tag in re.finditer(r"<input[^>]*>|<select name=\"([^\"]+)\">(.*?)</select>", form, re.S):
            if tag[1]:
                options = re.findall(r'<option value="([^"]*)"( selected)?', tag[2])
                chosen = [value for value, selected in options if selected] or [options[0][0]]
                self.held[tag[1]] = chosen[0]
            elif name := re.search(r'name="([^"]+)"', tag[0]):
                value = re.search(r'value="([^"]*)"', tag[0])
                self.held[name[1]] = value[1] if value else ""

    def press(self, do: str, **filled: str) -> Form:
        filled = {name.replace("__", "-"): value for name, value in filled.items()}
        assert set(filled) <= set(self.held), set(filled) - set(self.held)
        self.read(self.client.post(self.url, {**self.held, **filled, "do": do}))
        return self


def test_a_segment_is_put_together_button_by_button(as_owner: Client, town: Town) -> None:
    form = Form(as_owner, NEW)
    assert "No condition yet" in form.text
    form.press("add-0", g0__new="role").press("add-0", g0__0__role="buys", g0__new="account")
    form.press("group", g0__1__field="plan", g0__1__value="growth").press("add-1", g1__new="pays")
    form.press("add-1", g1__new="said").press("drop-1-1")
    form.press("preview", g1__0__at_least="10", name="Buyers who pay")
    assert "1 person now" in form.text
    assert "Otto Owner" in form.text
    form.press("save")
    assert form.page.status_code == 302
    made = Segment.objects.get()
    assert form.page["Location"] == f"/w/acme/people/segments/{made.pk}"
    assert made.rule == {
        "match": "all",
        "of": [
            {"match": "all", "of": [BUYS, {"what": "account", "field": "plan", "value": "growth"}]},
            {"match": "all", "of": [{"what": "pays", "at_least": 10.0}]},
        ],
    }
    assert segments.members(made).keys == {town.otto.pk}
    assert made.made_by == "Olga Owner"
    entry = Entry.objects.get(verb="segment.made")
    assert (entry.thing_id, entry.data["name"]) == (made.pk, "Buyers who pay")
    page = as_owner.get(f"/w/acme/people/segments/{made.pk}")
    assert [r.person for r in page.context["found"].rows] == [town.otto]
    rows = as_owner.get("/w/acme/people/segments").context["rows"]
    assert [(r.segment, r.size) for r in rows] == [(made, 1)]


def test_what_is_saved_stands_in_the_form_again(as_owner: Client, town: Town, access: Any) -> None:
    """Every kind of condition goes into the builder and comes out as it was."""
    other = services.make_segment(access, "Other", "people", BUYS)
    rule = {
        "match": "any",
        "of": [
            {"match": "all", "of": [
                {"what": "trait", "key": "seats", "how": "at_least", "value": "3"},
                {"what": "trait", "of": "accounts", "key": "size", "how": "set"},
                {"what": "person", "not": True, "field": "email_domain", "value": "shop.example"},
                {"what": "account", "field": "state", "how": "one_of", "value": "active, trial"},
                {"what": "role", "role": "champions"}, {"what": "pays", "at_least": 4.5}, {"what": "churned", "days": 30},
            ]},
            {"match": "any", "of": [
                {"what": "segment", "segment": other.pk, "not": True},
                {"what": "said", "days": 9, "channel": "email", "times": 2, "kind": "bug", "text": "x"},
                {"what": "problem"}, {"what": "voted"},
                {"what": "did", "event": "A[x=1]", "count": "at_most", "times": 3, "from": "2026-01-02", "to": "2026-02-03"},
                {"what": "seen", "which": "last", "days": 7},
            ]},
        ],
    }  # fmt: skip
    assert {c["what"] for g in rule["of"] for c in g["of"]} == set(registry.kinds())  # type: ignore[index]
    made = services.make_segment(access, "All kinds", "people", rule)
    assert services.change_segment(access, made, rule=rule).rule == made.rule
    form = Form(as_owner, f"/w/acme/people/segments/{made.pk}/edit").press("save")
    assert form.page.status_code == 302, form.text
    after = Segment.objects.get(pk=made.pk).rule
    assert decode(after) == decode(made.rule)
    assert "All kinds" in as_owner.get(f"/w/acme/people/segments/{made.pk}").content.decode()


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({}, "Add a condition first"),
        ({"g0-0-what": "trait"}, "Condition 1 (A trait): Fill in: Trait."),
        ({"g0-0-what": "churned", "g0-0-days": "soon"}, "Within the last days: a whole number"),
        ({"g0-0-what": "pays", "g0-0-at_least": "a lot"}, "'a lot' is not a number"),
        ({"g0-0-what": "said", "g0-0-channel": "pigeon"}, "no channel"),
        ({"g0-0-what": "segment", "g0-0-segment": "999"}, "no segment with the number 999"),
        ({"g0-0-what": "churned", "name": " "}, "A segment needs a name"),
        ({"g0-0-what": "churned", "name": "n" * 81}, "81 characters"),
        ({"g0-0-what": "churned", "name": "taken"}, "There is a segment “taken” already"),
        ({"groups": "9999", "g0-0-what": "churned", "g0-rows": "-1"}, "Add a condition first"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_stays_in_the_form(
    as_owner: Client, town: Town, access: Any, filled: dict[str, str], words: str
) -> None:
    services.make_segment(access, "Taken", "people", BUYS)
    said = {"name": "New", "of": "people", "groups": "1", "g0-rows": "1", "do": "save"} | filled
    page = as_owner.post(NEW, said)
    assert page.status_code == 422
    assert words in html.unescape(page.content.decode())
    assert Segment.objects.count() == 1


def test_viewers_see_and_editors_write(as_viewer: Client, access: Any, town: Town) -> None:
    made = services.make_segment(access, "Buyers", "people", BUYS)
    page = as_viewer.get(f"/w/acme/people/segments/{made.pk}")
    assert page.status_code == 200
    assert "Freeze" not in page.content.decode()
    assert as_viewer.get(NEW).status_code == 403
    assert as_viewer.post(f"/w/acme/people/segments/{made.pk}/delete").status_code == 403
    editor = workspaces.add_member(access, "eddy@acme.example", Role.EDITOR, "Eddy")
    client = Client()
    client.force_login(editor.user)
    assert client.post(f"/w/acme/people/segments/{made.pk}/delete").status_code == 302
    assert not Segment.objects.exists()


def test_another_workspaces_segment_is_not_there(as_owner: Client, town: Town) -> None:
    rival = create_workspace("rival", "Rival").workspace
    foreign = Segment.objects.create(workspace=rival, name="Theirs", of="people", rule=BUYS)
    for path in ("", "/edit", "/delete"):
        assert as_owner.get(f"/w/acme/people/segments/{foreign.pk}{path}").status_code == 404
    shown = as_owner.get("/w/acme/people/", {"segment": foreign.pk})
    assert "no such segment" in shown.content.decode()
    assert shown.context["found"].total == 0


def test_a_list_is_taken_whole_or_not_at_all(as_owner: Client, town: Town) -> None:
    url = "/w/acme/people/segments/list"
    given = {"name": "Interview round", "of": "people", "lines": "ann\nNORA@shop.example\nwho@else.example\n\nann"}
    page = as_owner.post(url, given)
    assert page.status_code == 422
    assert page.context["unknown"] == ["who@else.example"]
    assert not Segment.objects.exists()
    sent = SimpleUploadedFile("more.csv", b"\xef\xbb\xbftim,Tim Tea\n")
    page = as_owner.post(url, given | {"lines": "ann\nNORA@shop.example", "file": sent})
    made = Segment.objects.get()
    assert page["Location"] == f"/w/acme/people/segments/{made.pk}"
    assert segments.members(made).keys == {town.ann.pk, town.nora.pk, town.tim.pk}
    assert as_owner.post(url, {"name": "x", "of": "people", "lines": " \n"}).status_code == 422
    binary = SimpleUploadedFile("x.csv", b"\xff\xfe\x00")
    assert as_owner.post(url, {"name": "x", "of": "people", "file": binary}).status_code == 422


def test_accounts_are_listed_by_id_or_name_unless_two_share_it(access: Any, town: Town) -> None:
    made = services.make_list(access, "Chosen", "accounts", ["lind", "fjord CYCLES"])
    assert segments.members(made).keys == {town.lind.pk, town.fjord.pk}
    Account.objects.create(workspace=town.workspace, name="Fjord Cycles")
    with pytest.raises(services.UnknownMembers, match="1 of the lines is no known account: Fjord Cycles"):
        services.make_list(access, "Again", "accounts", ["lind", "Fjord Cycles"])


def test_frozen_it_stays_as_it_was(as_owner: Client, access: Any, town: Town) -> None:
    live = services.make_segment(access, "Buyers", "people", BUYS)
    reply = as_owner.post(f"/w/acme/people/segments/{live.pk}/freeze", {"name": "Buyers in March"})
    frozen = Segment.objects.get(name="Buyers in March")
    assert reply["Location"] == f"/w/acme/people/segments/{frozen.pk}"
    town.otto.relations.update(buys=False)
    forget()
    assert segments.members(live).keys == {town.nora.pk}
    assert segments.members(frozen).keys == {town.otto.pk, town.nora.pk}
    town.otto.delete()
    forget()
    assert segments.members(frozen).keys == {town.nora.pk}, "who is erased is nowhere"
    assert as_owner.post(f"/w/acme/people/segments/{live.pk}/freeze", {"name": "buyers"}).status_code == 422
    with pytest.raises(ValueError, match="static segment is a list"):
        services.change_segment(access, frozen, rule=BUYS)
    assert as_owner.post(f"/w/acme/people/segments/{frozen.pk}/edit", {"name": "March"}).status_code == 302
    assert Segment.objects.get(pk=frozen.pk).name == "March"


def test_what_is_used_is_not_deleted_and_nothing_goes_in_a_circle(as_owner: Client, access: Any, town: Town) -> None:
    a = services.make_segment(access, "A", "people", BUYS)
    b = services.make_segment(access, "B", "people", {"what": "segment", "segment": a.pk})
    c = services.make_segment(access, "C", "people", {"what": "segment", "segment": b.pk, "not": True})
    assert segment_row(a).used_by == ["segment “B”"]
    with pytest.raises(BadRule, match="circle"):
        services.change_segment(access, a, rule={"match": "any", "of": [BUYS, {"what": "segment", "segment": c.pk}]})
    page = as_owner.post(f"/w/acme/people/segments/{a.pk}/delete")
    assert page.status_code == 422
    assert "is used by segment “B”" in page.content.decode()
    for segment in (c, b, a):
        assert as_owner.post(f"/w/acme/people/segments/{segment.pk}/delete").status_code == 302
    assert not Segment.objects.exists()
    assert Entry.objects.filter(verb="segment.deleted").count() == 3


def test_other_parts_of_the_product_hold_on_to_a_segment(access: Any, town: Town) -> None:
    made = services.make_segment(access, "A", "people", BUYS)
    held = registry.used_by(lambda segment: ["a dashboard"] if segment == made else [])
    try:
        with pytest.raises(ValueError, match="used by a dashboard"):
            services.delete_segment(access, made)
    finally:
        registry._uses.remove(held)
    services.delete_segment(access, made)


def test_lists_are_narrowed_to_a_segment(as_owner: Client, access: Any, town: Town) -> None:
    people = services.make_segment(access, "Buyers", "people", BUYS)
    accounts = services.make_segment(access, "Paying", "accounts", {"what": "pays"})
    found = as_owner.get("/w/acme/people/", {"segment": people.pk}).context["found"]
    assert {r.person for r in found.rows} == {town.otto, town.nora}
    found = as_owner.get("/w/acme/people/", {"segment": people.pk, "lens": "users"}).context["found"]
    assert {r.person for r in found.rows} == {town.nora}
    found = as_owner.get("/w/acme/people/accounts", {"segment": accounts.pk}).context["found"]
    assert [r.account for r in found.rows] == [town.fjord, town.lind]


def test_a_segment_that_cannot_be_asked_says_why(as_owner: Client, access: Any, town: Town, event_store: Store) -> None:
    from wellheard import store

    did = services.make_segment(access, "Did", "people", {"what": "did", "event": "E"})
    gone = Segment.objects.create(
        workspace=town.workspace, name="Gone", of="people", rule={"what": "segment", "segment": 10**6}
    )
    store.use(None)
    try:
        rows = {r.segment: r for r in segment_rows(town.workspace)}
        assert rows[did].size is None
        assert "events cannot be read" in rows[did].trouble
        for path in ("", f"/{did.pk}", f"/{did.pk}/edit", f"/{gone.pk}"):
            assert as_owner.get(f"/w/acme/people/segments{path}").status_code == 200
        assert "no event store" in as_owner.get("/w/acme/people/", {"segment": did.pk}).content.decode()
        frozen = as_owner.post(f"/w/acme/people/segments/{did.pk}/freeze", {"name": "x"})
        assert frozen.status_code == 422
    finally:
        store.use(event_store)
    assert "is gone" in rows[gone].trouble
    assert as_owner.get(f"/w/acme/people/segments/{gone.pk}/edit").status_code == 200


def test_the_empty_page_says_what_a_segment_is(as_viewer: Client, viewer: Member) -> None:
    page = as_viewer.get("/w/acme/people/segments").content.decode()
    assert "No segments yet" in page
    assert "Make the first one" not in page


def test_large_lists_need_no_large_queries(as_owner: Client, access: Any, town: Town) -> None:
    """More members than a query may name."""
    Person.objects.bulk_create(
        Person(workspace=town.workspace, external_id=f"x{n}", page_key=f"x{n}") for n in range(40_000)
    )
    made = services.make_list(access, "Many", "people", (f"x{n}" for n in range(40_000)))
    found = as_owner.get("/w/acme/people/", {"segment": made.pk, "page": "2"}).context["found"]
    assert (found.total, len(found.rows)) == (40_000, 50)
    held = services.make_segment(access, "Others", "people", {"what": "segment", "segment": made.pk, "not": True})
    assert len(segments.members(held)) == 4
