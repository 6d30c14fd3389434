"""The same question gives the same answer on the page, over the API and on the command line, and opens the same people."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Town
from tests.engine import Events
from wellheard.__main__ import run
from wellheard.listen.services.rules import set_rules
from wellheard.measure import asking
from wellheard.measure.kinds import KINDS
from wellheard.measure.question import Unaskable
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Role
from wellheard.people.segments import find, members
from wellheard.people.services import workspaces
from wellheard.people.services.segments import make_segment
from wellheard.store import Store

DAYS = {"from": "2026-06-01", "to": "2026-06-14"}
SAY: dict[str, dict[str, str]] = {
    "adoption": {"event": "Shared"},
    "funnel": {"steps": "Viewed,Shared"},
    "conversion": {"steps": "Viewed,Shared"},
    "paths": {"event": "Viewed"},
    "activity": {"person": "ann"},
}
POINT: dict[str, dict[str, str]] = {
    "lifecycle": {"at": "2026-06-01", "stage": "new"},
    "habit": {"at": "2026-06-01", "days": "2"},
    "conversion": {"at": "2026-06-01", "converted": "yes"},
    "retention": {"at": "2026-06-01"},
    "funnel": {"step": "2"},
    "paths": {"path": '["Shared"]'},
    "pages": {"page": "/start"},
}


@pytest.fixture
def busy(town: Town, event_store: Store, owner: Member) -> Events:
    """Ann views and shares on two days, Nora views, Tim of the free account looks at a page."""
    found = Events(event_store, town.workspace.pk)
    found.send(
        found.track("ann", "Viewed", "2026-06-01 10:00", account="lind", session="a", plan="pro"),
        found.track("ann", "Shared", "2026-06-01 10:20", account="lind", session="a", plan="pro"),
        found.track("ann", "Viewed", "2026-06-02 09:00", account="lind", session="b", plan="free"),
        found.track("nora", "Viewed", "2026-06-08 12:00", account="fjord", session="c"),
        {
            "type": "page", "userId": "tim", "timestamp": "2026-06-03T10:00:00Z",
            "context": {"groupId": "free", "page": {"path": "/start"}}, "properties": {},
        },
    )  # fmt: skip
    reader = found.reader
    for model, kind, ids in (
        (Person, "person", ("ann", "nora", "tim")),
        (Account, "account", ("lind", "fjord", "free")),
    ):
        for key, number in reader.numbers(town.workspace.pk, kind, ids).items():
            model.objects.filter(workspace=town.workspace, external_id=key).update(number=number)
    return found


@pytest.fixture
def api(access: Access) -> Any:
    _, secret = workspaces.make_token(access, "reader", Role.VIEWER)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(path: str, /, **query: str) -> tuple[int, Any]:
        reply = client.get(f"/api/ask/{path}", query)
        return reply.status_code, reply.json()

    return get


def typed(*words: str) -> Any:
    import json

    code, out, err = run([*words, "--json"])
    assert (code, err) == (0, ""), (words, err)
    return json.loads(out)


def options(words: dict[str, str]) -> list[str]:
    return [part for key, value in words.items() for part in (f"--{key.replace('_', '-')}", value)]


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "more", [{}, {"compare": "before", "more": "yes"}, {"breakdown": "account:plan", "more": "yes"}]
)
def test_the_api_and_the_command_line_agree(busy: Events, api: Any, kind: str, more: dict[str, str]) -> None:
    words = {**DAYS, **SAY.get(kind, {}), **more}
    status, told = api(kind, **words)
    assert status == 200, told
    assert told == typed("ask", kind, "--workspace", "acme", *options(words))
    if "compare" in more:
        assert told["before"]["to"] < words["from"]
    if "breakdown" in more:
        assert {part["part"] for part in told["parts"]} >= {"growth", "scale"}
    if more:
        assert told.get("sample") or kind == "count"


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.behind])
def test_each_point_opens_the_people_behind_it(busy: Events, api: Any, as_viewer: Client, kind: str) -> None:
    words = {**DAYS, **SAY.get(kind, {}), **POINT.get(kind, {})}
    status, told = api(f"{kind}/behind", **words)
    assert status == 200, told
    assert told["count"] >= 1
    said = [part for key, value in words.items() for part in ("--say", f"{key}={value}")]
    assert typed("ask", "behind", kind, "--workspace", "acme", *said) == told
    page = as_viewer.get(f"/w/acme/measure/ask/{kind}/behind", words).content.decode()
    for row in told[told["of"]]:
        assert row["name"] in page


def test_a_breakdown_by_a_property_of_the_event(busy: Events, api: Any) -> None:
    _, told = api("count", **DAYS, event="Viewed", breakdown="event:plan")
    assert {part["part"]: (part["count"], part["people"]) for part in told["parts"]} == {
        "free": (1, 1), "pro": (1, 1), "(none)": (1, 1),
    }  # fmt: skip


def test_customers_are_accounts_that_pay_and_users_are_those_who_use(busy: Events, api: Any) -> None:
    _, everybody = api("count", **DAYS)
    _, customers = api("count", **DAYS, lens="customers")
    assert (everybody["people"], everybody["accounts"]) == (3, 3)
    assert (customers["people"], customers["accounts"]) == (2, 2), "Tiny Tea pays nothing"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("active", {"every": "year"}),
        ("active", {"from": "2026-02-30"}),
        ("active", {"from": "2026-06-02", "to": "2026-06-01"}),
        ("active", {"event": "a[b"}),
        ("active", {"lens": "everyone"}),
        ("active", {"segment": "Nobody has made this"}),
        ("active", {"breakdown": "shoe size"}),
        ("active", {"compare": "last century"}),
        ("active", {"evnet": "Viewed"}),
        ("funnel", {"steps": "Viewed"}),
        ("funnel", {"steps": "Viewed,Shared", "window": "soon"}),
        ("funnel", {}),
        ("paths", {"event": "*"}),
        ("paths", {"event": "Viewed", "length": "many"}),
        ("rolling", {"days": "0"}),
        ("activity", {"person": "nobody"}),
        ("activity", {}),
        ("aha", {"stay_from": "1"}),
    ],
)
def test_what_makes_no_sense_is_told(busy: Events, api: Any, kind: str, words: dict[str, str]) -> None:
    status, told = api(kind, **words)
    assert status == 422, told
    assert told["code"] == "unusable"
    assert len(told["message"]) > 10


def test_another_workspace_sees_none_of_it(busy: Events, api: Any) -> None:
    other = workspaces.create_workspace("rival", "Rival", "UTC")
    found = asking.ask(busy.reader, other.workspace, "count", DAYS)
    assert found.answer.count == 0
    with pytest.raises(Unaskable, match="no person"):
        asking.ask(busy.reader, other.workspace, "activity", {**DAYS, "person": "ann"})


def test_days_and_weeks_are_the_workspaces_own_over_a_change_of_clocks(town: Town, event_store: Store) -> None:
    """Berlin, 29 March 2026: the day has 23 hours. Half past midnight is still 23:30 UTC of the day before."""
    found = Events(event_store, town.workspace.pk, "Europe/Berlin")
    found.send(
        found.track("ann", "Late", "2026-03-28 22:59"),  # 23:59 on Saturday
        found.track("nora", "Late", "2026-03-28 23:30"),  # 0:30 on Sunday
        found.track("tim", "Late", "2026-03-29 21:59"),  # 23:59 on Sunday, clocks put forward
        found.track("zoe", "Late", "2026-03-29 22:01"),  # 0:01 on Monday: another week
    )
    found.send(found.track("uma", "Late", "2026-03-28 10:00"))  # comes late, counts on its day
    days = {"from": "2026-03-28", "to": "2026-03-30", "event": "Late"}
    points = asking.ask(found.reader, town.workspace, "active", {**days, "every": "day"}).answer.points
    assert [(p.start, p.people) for p in points] == [
        (date(2026, 3, 28), 2), (date(2026, 3, 29), 2), (date(2026, 3, 30), 1),
    ]  # fmt: skip
    weeks = asking.ask(found.reader, town.workspace, "active", {**days, "every": "week"}).answer.points
    assert [(p.start, p.people) for p in weeks] == [(date(2026, 3, 23), 4), (date(2026, 3, 30), 1)]


def test_a_property_the_workspace_does_not_want_is_not_in_a_file_either(
    town: Town, access: Access, event_store: Store, tmp_path: Any
) -> None:
    set_rules(access, drop_properties=["birthday"])
    file = tmp_path / "events.csv"
    file.write_text("person,event,timestamp,birthday,kept\nann,Seen,2026-06-01T10:00:00Z,1 April,yes\n")
    typed("import", "events", str(file), "--workspace", "acme")
    event_store.flush()
    number = event_store.reader.numbers(town.workspace.pk, "person", ["ann"])["ann"]
    assert event_store.reader.person_events(town.workspace.pk, [number])[0].properties == {"kept": "yes"}


def test_events_done_for_no_account_are_a_part_of_their_own(busy: Events, api: Any) -> None:
    busy.send(busy.track("loner", "Viewed", "2026-06-04 10:00"))
    _, told = api("count", **DAYS, breakdown="account:plan")
    parts = {part["part"]: part["count"] for part in told["parts"]}
    assert parts["(none)"] == 1
    assert sum(parts.values()) == told["count"]


def test_parts_by_name_and_address(busy: Events, api: Any) -> None:
    _, told = api("count", **DAYS, breakdown="person:email")
    assert {part["part"]: part["count"] for part in told["parts"]} == {
        "ann@shop.example": 3, "nora@shop.example": 1, "tim@shop.example": 1,
    }  # fmt: skip


def test_the_time_before_is_whole_weeks_earlier(busy: Events, api: Any) -> None:
    days = {"from": "2026-06-08", "to": "2026-06-16", "every": "week", "compare": "before"}  # Monday to Tuesday
    _, told = api("active", **days)
    assert (told["before"]["from"], told["before"]["to"]) == ("2026-05-25", "2026-06-02")
    _, told = api("active", **{**days, "every": "month", "from": "2026-03-01", "to": "2026-03-31"})
    assert (told["before"]["from"], told["before"]["to"]) == ("2026-02-01", "2026-02-28")


def test_two_ids_of_one_person_are_listed_once(busy: Events, api: Any, access: Access) -> None:
    busy.send({"type": "alias", "previousId": "nora", "userId": "ann", "timestamp": "2026-06-09T10:00:00Z"})
    number = busy.number("ann")
    Person.objects.filter(workspace=access.workspace, external_id__in=("ann", "nora")).update(number=number)
    _, told = api("active/behind", **DAYS, event="Viewed")
    assert (told["count"], told["known"], len(told["people"])) == (1, 1, 1)
    made = make_segment(access, "Viewers", "people", {"match": "all", "of": [{"what": "did", "event": "Viewed"}]})
    assert len(members(made).keys) == 1


def test_who_stands_behind_a_point_is_taken_as_a_file_or_kept(busy: Events, as_owner: Client, access: Access) -> None:
    Person.objects.filter(workspace=access.workspace, external_id="ann").update(name="=HYPERLINK(1)")
    where = "/w/acme/measure/ask/active/behind"
    file = as_owner.get(where, {**DAYS, "event": "Viewed", "format": "csv"})
    assert "attachment" in file["Content-Disposition"]
    assert file.content.decode().splitlines() == [
        "external_id,name,email,language", "ann,'=HYPERLINK(1),ann@shop.example,en", "nora,Nora Both,nora@shop.example,en",
    ]  # fmt: skip
    query = "from=2026-06-01&to=2026-06-14&event=Viewed"
    kept = as_owner.post(f"{where}/keep?{query}", {"name": "Viewers of June"}, follow=True)
    assert "Kept as the segment" in kept.content.decode()
    made = find(access.workspace, "Viewers of June")
    assert len(members(made).keys) == 2
    again = as_owner.post(f"{where}/keep?{query}", {"name": "viewers of june"}, follow=True).content.decode()
    assert "There is a segment" in again


def test_what_it_can_be_broken_down_by_is_offered(busy: Events, as_viewer: Client) -> None:
    shown = as_viewer.get("/w/acme/measure/ask/active").content.decode()
    assert '<option value="event:plan">' in shown
    assert "Keep as a segment" not in as_viewer.get("/w/acme/measure/ask/active/behind", DAYS).content.decode()
