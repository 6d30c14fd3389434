"""Talking with people who never write by themselves: planned, due, held with what was heard, skipped, postponed."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.console.pulse import pulse
from wellheard.core.models import Entry
from wellheard.listen.models import CheckIn, Talk, Voice
from wellheard.listen.queries import checkins as queries
from wellheard.listen.services import checkins as services
from wellheard.listen.services.checkins import Heard
from wellheard.measure.health import health_of
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Role
from wellheard.people.services import merges, workspaces
from wellheard.people.services.workspaces import Made

NOW = "2026-06-10 12:00Z"


@pytest.fixture(autouse=True)
def clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def test_what_is_due_comes_first_and_mine_alone(town: Town, access: Access, owner: Member) -> None:
    eve = workspaces.add_member(access, "eve@acme.example", Role.EDITOR, "Eve Editor")
    for whom, days, who in ((town.lind, -5, owner), (town.fjord, 20, eve), (town.ann, 0, eve), (town.tim, -30, eve)):
        services.plan(access, whom, 30, responsible=who, due=date(2026, 6, 10) + timedelta(days))
    told = [(str(r.check_in.whom), r.late, r.state) for r in queries.rows(town.workspace)]
    assert told == [
        ("Tim Tea", 30, "overdue"), ("Bäckerei Lind", 5, "overdue"), ("Ann Assistant", 0, "due"), ("Fjord Cycles", -20, "later"),
    ]  # fmt: skip
    assert [str(r.check_in.whom) for r in queries.rows(town.workspace, owner)] == ["Bäckerei Lind"]
    assert len(queries.rows(town.workspace, None, "due")) == 3
    assert len(queries.rows(town.workspace, None, "soon")) == 3
    assert pulse(town.workspace).due == 3
    assert queries.due_count(town.workspace, owner) == 1


def test_what_was_heard_becomes_voices_of_who_said_it(town: Town, access: Access) -> None:
    made = services.plan(access, town.lind, 30)
    talk = services.hold(
        access, made, "They grow.", mood="mixed",
        heard=[Heard("Exports hang", "ann@shop.example", "question"), Heard("Too dear", "otto"), Heard("  "), Heard("Fine")],
    )  # fmt: skip
    said = {v.text: (str(v.author or ""), str(v.account), v.channel) for v in talk.voices.all()}
    assert said == {
        "Exports hang": ("Ann Assistant", "Bäckerei Lind", "call"), "Too dear": ("Otto Owner", "Bäckerei Lind", "call"),
        "Fine": ("", "Bäckerei Lind", "call"),
    }  # fmt: skip
    assert all(v.relayed_by == "command line" and v.account_cents == 4900 for v in talk.voices.all())
    made.refresh_from_db()
    assert made.due == date(2026, 7, 10)
    alone = services.hold(access, services.plan(access, town.tim, 30), heard=[Heard("All well")])
    assert alone.voices.get().author == town.tim
    assert Entry.objects.filter(verb="check_in.held").count() == 2


def test_one_noted_afterwards_does_not_bring_back_an_earlier_day(town: Town, access: Access) -> None:
    made = services.plan(access, town.lind, 30)
    services.hold(access, made, "today")
    services.hold(access, made, "the one before", on=date(2026, 5, 1))
    made.refresh_from_db()
    assert made.due == date(2026, 7, 10)


def test_skipping_and_postponing_need_a_reason(town: Town, access: Access) -> None:
    made = services.plan(access, town.lind, 30, due=date(2026, 6, 1))
    for wrong in ("", "   "):
        with pytest.raises(ValueError, match="Say why"):
            services.skip(access, made, wrong)
    with pytest.raises(ValueError, match="a day after today"):
        services.postpone(access, made, date(2026, 6, 10), "busy")
    assert services.postpone(access, made, date(2026, 6, 20), "busy").next_due == date(2026, 6, 20)
    assert services.skip(access, made, "on holiday").next_due == date(2026, 7, 20)
    late = services.plan(access, town.fjord, 5, due=date(2026, 1, 1))
    assert services.skip(access, late, "was away").next_due == date(2026, 6, 11)
    assert list(made.talks.values_list("what", flat=True)) == ["skipped", "postponed"]


def test_what_cannot_be_is_refused_and_nothing_is_half_done(town: Town, access: Access) -> None:
    made = services.plan(access, town.lind, 30)
    with pytest.raises(ValueError, match="planned already"):
        services.plan(access, town.lind, 60)
    for days in (0, 1001):
        with pytest.raises(ValueError, match="Every 1 to 1000"):
            services.plan(access, town.fjord, days)
    with pytest.raises(ValueError, match="Write what you heard"):
        services.hold(access, made)
    with pytest.raises(ValueError, match="in the future"):
        services.hold(access, made, "x", on=date(2026, 6, 11))
    with pytest.raises(ValueError, match="channel or kind"):
        services.hold(access, made, "x", heard=[Heard("one", "ann"), Heard("two", "ann", "gossip")])
    assert not Voice.objects.exists()
    assert not Talk.objects.exists()
    with pytest.raises(ValueError, match="no colleague"):
        services.change(access, made, responsible="nobody@here.example")
    services.stop(access, made)
    with pytest.raises(ValueError, match="were stopped"):
        services.hold(access, made, "x")
    assert services.plan(access, town.lind, 60).pk != made.pk


def test_the_owner_of_the_account_is_responsible_unless_said(town: Town, access: Access, owner: Member) -> None:
    Account.objects.filter(pk=town.lind.pk).update(keeper=owner)
    assert services.plan(access, Account.objects.get(pk=town.lind.pk), 30).responsible == owner
    made = services.plan(access, town.fjord, 30, responsible="olga@acme.example")
    assert made.responsible == owner
    workspaces.add_member(access, "second@acme.example", Role.OWNER)
    workspaces.remove_member(access, owner)
    made.refresh_from_db()
    assert made.responsible is None


def test_health_follows_and_a_merge_takes_them_along(town: Town, access: Access) -> None:
    made = services.plan(access, town.free, 30, due=date(2026, 6, 1))
    assert {s.name: s.points for s in health_of(town.free).signals}["check-in"] == -10
    merged = merges.merge(access, town.lind, town.free)
    made.refresh_from_db()
    assert made.account == town.lind
    merges.undo(access, merged)
    made.refresh_from_db()
    assert made.account == town.free


def test_a_member_plans_and_holds_one_on_the_pages(as_owner: Client, as_viewer: Client, town: Town) -> None:
    assert "No check-ins are planned" in as_owner.get("/w/acme/people/check-ins").content.decode()
    start = f"/w/acme/people/check-ins/new?account={town.lind.pk}"
    assert "Bäckerei Lind" in as_owner.get(start).content.decode()
    form = {"account": town.lind.pk, "every_days": "30", "due": "2026-06-01", "responsible": "", "about": "Exports?"}
    wrong = as_owner.post("/w/acme/people/check-ins/new", {**form, "every_days": "soon"})
    assert (wrong.status_code, "is no whole number" in wrong.content.decode()) == (422, True)
    assert as_owner.post("/w/acme/people/check-ins/new", form).status_code == 302
    made = CheckIn.objects.get()
    assert str(made.responsible) == "Olga Owner"
    listed = as_owner.get("/w/acme/people/check-ins", {"whose": "mine"}).content.decode()
    assert "9 days overdue" in listed
    path = f"/w/acme/people/check-ins/{made.pk}"
    empty = as_owner.post(path, {"do": "hold", "text": ["", ""], "who": ["", ""], "kind": ["", ""]})
    assert empty.status_code == 422
    held = {
        "do": "hold",
        "note": "Calm",
        "mood": "good",
        "text": ["Exports hang"],
        "who": ["ann@shop.example"],
        "kind": ["question"],
    }
    assert as_owner.post(path, held).status_code == 302
    shown = as_viewer.get(path).content.decode()
    assert "Exports hang" in shown
    assert "What did you hear?" not in shown
    assert as_viewer.post(path, held).status_code == 403
    assert "Calm" in as_owner.get(f"/w/acme/people/accounts/{town.lind.pk}").content.decode()
    assert "Nothing is due" in as_owner.get("/w/acme/people/check-ins").content.decode()
    for form in (
        {"do": "postpone", "until": "2026-08-01", "reason": "summer"},
        {"do": "skip", "reason": "summer"},
        {"do": "change", "every_days": "10", "due": "2026-09-09", "responsible": "", "about": ""},
        {"do": "stop"},
    ):
        assert as_owner.post(path, form).status_code == 302, form
    made.refresh_from_db()
    assert (made.every_days, made.due, made.responsible) == (10, date(2026, 9, 9), None)
    assert as_owner.post(path, {"do": "stop"}).status_code == 422
    assert as_owner.post(path, {"do": "dance"}).status_code == 422


def test_programs_and_commands_do_the_same(made: Made, town: Town) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})

    def send(method: str, path: str, body: object) -> tuple[int, dict[str, object]]:
        reply = getattr(client, method)(f"/api/{path}", json.dumps(body), content_type="application/json")
        return reply.status_code, reply.json() if reply.content else {}

    status, told = send("post", "check-ins", {"account": town.lind.pk, "every_days": 30, "due": "2026-06-01"})
    assert (status, told["days_late"], told["state"]) == (201, 9, "overdue")
    number = told["id"]
    status, talk = send(
        "post", f"check-ins/{number}/hold", {"mood": "good", "voices": [{"text": "Fine", "who": "ann"}]}
    )
    assert (status, talk["next_due"], len(talk["voices"])) == (201, "2026-07-10", 1)  # type: ignore[arg-type]
    assert send("post", f"check-ins/{number}/postpone", {"until": "2026-08-01", "reason": "x"})[0] == 201
    assert send("post", f"check-ins/{number}/skip", {"reason": ""})[0] == 422
    assert send("patch", f"check-ins/{number}", {"every_days": 7})[1]["every_days"] == 7
    assert client.get(f"/api/check-ins/{number}").json()["talks"][0]["what"] == "postponed"
    assert client.delete(f"/api/check-ins/{number}").status_code == 204
    assert client.get("/api/check-ins").json() == {"check_ins": []}
    assert send("post", "check-ins", {"every_days": 3})[0] == 422

    def typed(*words: str) -> tuple[int, str]:
        code, out, err = run(["check-ins", *words, "--workspace", "acme"])
        return code, out + err

    assert typed("plan", "--person", "tim", "--every", "14", "--due", "2026-06-01")[0] == 0
    number = CheckIn.objects.latest("pk").pk
    assert "9 days late" in typed("list", "--due")[1]
    assert typed("hold", str(number), "--said", "Nice", "--said", "ann | Slow")[0] == 0
    assert {(v.text, str(v.author)) for v in Talk.objects.latest("pk").voices.all()} == {
        ("Nice", "Tim Tea"),
        ("Slow", "Ann Assistant"),
    }
    assert typed("skip", str(number), "--reason", "ill")[0] == 0
    assert typed("postpone", str(number), "--until", "2026-01-01", "--reason", "ill")[0] == 1
    assert typed("hold", "99999", "--note", "x")[0] == 1
