"""Who used, bought, administered or championed where, and when: said, ended, asked as of a past day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from tests.engine import Events, at
from tests.listen.files import Files, counts
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Relation, RoleSpan, Workspace
from wellheard.people.queries.lists import people
from wellheard.people.queries.roles import Span, pairs_on, present, spans
from wellheard.people.segments.evaluation import of_rule
from wellheard.people.segments.facts import Facts
from wellheard.people.segments.rule import decode
from wellheard.people.services import merges, roles
from wellheard.people.services.mirror import pull
from wellheard.people.services.workspaces import Made
from wellheard.store import Store

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def told(relation: Relation) -> list[Span]:
    return spans([relation])[relation.pk]


def test_a_role_that_ends_stays_in_the_history(town: Town, access: Access) -> None:
    with time_machine.travel("2026-03-01 12:00Z", tick=False):
        roles.relate(access, town.tim, town.lind, buys=True)
    with time_machine.travel("2026-06-01 12:00Z", tick=False):
        made = roles.relate(access, town.tim, town.lind, uses=True, buys=False)
    assert made.words == ["uses"]
    assert told(made) == [Span("uses", JUNE, None), Span("buys", MARCH, JUNE)]
    workspace = town.workspace
    pair = (town.tim.pk, town.lind.pk)
    assert pair in pairs_on(workspace, "buys", date(2026, 5, 31))
    assert pair not in pairs_on(workspace, "buys", JUNE)
    assert pair not in pairs_on(workspace, "uses", date(2026, 5, 31))
    assert pair in pairs_on(workspace, "", date(2026, 5, 31))
    assert pair not in pairs_on(workspace, "", date(2026, 2, 28))


def test_roles_known_before_there_was_a_history_always_held(town: Town, access: Access) -> None:
    assert (town.otto.pk, town.lind.pk) in pairs_on(town.workspace, "buys", date(2001, 1, 1))
    with time_machine.travel("2026-06-01 12:00Z", tick=False):
        ended = roles.relate(access, town.otto, town.lind, buys=False)
    assert told(ended) == [Span("buys", None, JUNE)]
    assert ended not in present(Relation.objects.all())
    assert (town.otto.pk, town.lind.pk) in pairs_on(town.workspace, "buys", date(2026, 5, 31))
    row = next(r for r in people(town.workspace).rows if r.person == town.otto)
    assert row.relations == []


def test_the_history_is_edited_as_a_whole(as_owner: Client, town: Town) -> None:
    relation = Relation.objects.get(person=town.ann, account=town.lind)
    path = f"/w/acme/people/roles/{relation.pk}"
    assert "uses" in as_owner.get(path).content.decode()
    form = {
        "role": ["uses", "champions", ""],
        "since": ["2025-01-01", "2025-06-01", ""],
        "until": ["", "2026-02-01", ""],
    }
    assert as_owner.post(path, form).status_code == 302
    relation.refresh_from_db()
    assert relation.words == ["uses"]
    page = as_owner.get(f"/w/acme/people/{town.ann.pk}").content.decode()
    assert "champions from 1 Jun 2025 until 1 Feb 2026" in page
    wrong = as_owner.post(path, {**form, "until": ["2024-01-01", "", ""]})
    assert wrong.status_code == 422
    assert "which is not after 2025-01-01" in wrong.content.decode()
    assert 'value="2024-01-01"' in wrong.content.decode()
    assert as_owner.post(path, {**form, "since": ["soon", "", ""]}).status_code == 422
    relation.refresh_from_db()
    assert len(told(relation)) == 2
    as_owner.post(path, {"role": [""], "since": [""], "until": [""]})
    assert not Relation.objects.filter(pk=relation.pk).exists()


def test_a_further_account_is_named(as_owner: Client, town: Town) -> None:
    path = f"/w/acme/people/{town.ann.pk}/join"
    assert as_owner.get(path).status_code == 200
    form = {"who": "fjord", "role": ["buys"], "since": [""], "until": [""]}
    assert as_owner.post(path, form).status_code == 302
    assert Relation.objects.get(person=town.ann, account=town.fjord).words == ["buys"]
    for who, said in (("", "Name the account"), ("nowhere", "There is no account")):
        reply = as_owner.post(path, {**form, "who": who})
        assert (reply.status_code, said in reply.content.decode()) == (422, True)
    assert as_owner.post(path, {**form, "role": [""]}).status_code == 422
    reply = as_owner.post(f"/w/acme/people/accounts/{town.free.pk}/join", {**form, "who": "ann@shop.example"})
    assert reply["Location"].endswith(f"/accounts/{town.free.pk}")
    assert Relation.objects.filter(person=town.ann).count() == 3


def test_a_file_says_since_when_and_until(files: Files, workspace: Workspace) -> None:
    text = (
        "id,account,role,role_from,role_to\n"
        "p1,shop,buys,2025-01-01,2025-06-01\np1,shop,uses,2025-02-01,\np2,shop,uses,,\np3,shop,uses,2025-02-01,2025-01-01\n"
    )
    assert counts(files.bring(text, "people.csv", what="people")) == (4, 3, 0, 1)
    assert counts(files.bring(text, "again.csv", what="people")) == (4, 0, 3, 1)
    p1 = Relation.objects.get(person__external_id="p1")
    assert p1.words == ["uses"]
    assert told(p1) == [Span("uses", date(2025, 2, 1), None), Span("buys", date(2025, 1, 1), date(2025, 6, 1))]
    assert not Person.objects.filter(external_id="p3").exists()


def test_events_do_not_bring_back_what_a_member_ended(event_store: Store, workspace: Workspace, access: Access) -> None:
    events = Events(event_store, workspace.pk)

    def act(day: str) -> None:
        events.send({"type": "group", "userId": "u", "groupId": "shop", "timestamp": at(f"{day} 10:00")})
        pull(workspace, events.reader)

    act("2026-03-01")
    relation = Relation.objects.get()
    assert told(relation) == [Span("uses", MARCH, None)]
    roles.relate(access, relation.person, relation.account, uses=False)
    act("2026-04-01")
    relation.refresh_from_db()
    assert relation.words == []


def test_a_segment_as_of_a_past_day_knows_the_roles_of_then(town: Town, access: Access) -> None:
    roles.set_history(access, town.tim, town.lind, [Span("champions", MARCH, JUNE)])
    rule = {"what": "role", "role": "champions"}

    def who(on: date) -> set[int]:
        return set(of_rule(Facts(town.workspace, on), "people", decode({"match": "all", "of": [rule]})).keys)

    assert who(date(2026, 4, 1)) == {town.tim.pk}
    assert who(JUNE) == set()


def test_a_program_reads_and_writes_the_history(made: Made, town: Town) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    body = {
        "person": town.tim.pk,
        "account": town.lind.pk,
        "history": [{"role": "buys", "from": "2025-01-01", "to": "2025-06-01"}],
    }
    reply = client.put("/api/relations", json.dumps(body), content_type="application/json")
    assert reply.status_code == 200, reply.content
    held = client.get(f"/api/people/{town.tim.pk}/relations").json()["relations"]
    assert held[1]["history"] == [{"role": "buys", "from": "2025-01-01", "to": "2025-06-01"}]
    assert held[1]["roles"] == []
    then = client.get(f"/api/accounts/{town.lind.pk}/relations", {"on": "2025-03-01"}).json()["relations"]
    assert {(r["person"], tuple(r["roles"])) for r in then} == {
        (town.ann.pk, ("uses",)), (town.otto.pk, ("buys",)), (town.tim.pk, ("buys",)),
    }  # fmt: skip
    wrong = {**body, "history": [{"role": "owns"}]}
    assert client.put("/api/relations", json.dumps(wrong), content_type="application/json").status_code == 422


def test_a_merge_keeps_both_histories_and_gives_them_back(town: Town, access: Access) -> None:
    roles.set_history(access, town.ann, town.lind, [Span("uses", MARCH, JUNE)])
    roles.set_history(access, town.otto, town.lind, [Span("buys", MARCH, None)])
    before = list(RoleSpan.objects.order_by("pk").values())
    made = merges.merge(access, town.ann, town.otto)
    assert told(Relation.objects.get(person=town.ann)) == [Span("uses", MARCH, JUNE), Span("buys", MARCH, None)]
    merges.undo(access, made)
    assert list(RoleSpan.objects.order_by("pk").values()) == before


def test_days_that_come_change_the_words_of_today(town: Town, access: Access) -> None:
    with time_machine.travel("2026-03-01 12:00Z", tick=False):
        made = roles.set_history(access, town.tim, town.lind, [Span("buys", None, JUNE), Span("uses", JUNE, None)])
        assert made.words == ["buys"]
        assert roles.follow(town.workspace) == 0
    with time_machine.travel("2026-06-01 12:00Z", tick=False):
        assert roles.follow(town.workspace) == 1
        assert roles.follow(town.workspace) == 0
    made.refresh_from_db()
    assert made.words == ["uses"]


day = st.none() | st.integers(0, 20).map(lambda n: MARCH + timedelta(days=n))
one = st.tuples(st.sampled_from(["uses", "buys"]), day, day).filter(lambda s: not (s[1] and s[2]) or s[1] < s[2])


@given(st.lists(one, max_size=6))
def test_joining_spans_changes_no_day(told: list[tuple[str, date | None, date | None]]) -> None:
    before = [Span(*s) for s in told]
    after = roles.joined_up(before)
    for n in range(-2, 24):
        on = MARCH + timedelta(days=n)
        for word in ("uses", "buys"):
            assert any(s.role == word and s.holds(on) for s in before) == any(
                s.role == word and s.holds(on) for s in after
            )
    for word in ("uses", "buys"):
        mine = [s for s in after if s.role == word]
        assert all(a.until is not None and b.since is not None and a.until < b.since for a, b in pairwise(mine))


def test_what_cannot_be_is_refused(town: Town, access: Access) -> None:
    for span, said in (
        (Span("owns", None, None), "is not a role"),
        (Span("uses", JUNE, MARCH), "not after"),
        (Span("uses", date(1066, 1, 1), None), "is not a day between"),
    ):
        with pytest.raises(ValueError, match=said):
            roles.set_history(access, town.ann, town.lind, [span])
    other = Account.objects.create(workspace=Workspace.objects.create(slug="o", name="O"), name="Else")
    with pytest.raises(ValueError, match="in this workspace"):
        roles.set_history(access, town.ann, other, [Span("uses", None, None)])
