"""What people reach is found, offered to a member, sent once within their budget; old news is not offered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.conftest import Town
from tests.console.test_api import Api
from tests.engine import Events
from wellheard import store as stores
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.services import Terms, create_bet
from wellheard.listen.services.voices import capture
from wellheard.measure.celebrating import queries, services
from wellheard.measure.celebrating.finding import anniversary
from wellheard.measure.celebrating.services import Plan
from wellheard.measure.models import Celebration, Milestone
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Role
from wellheard.people.services import workspaces
from wellheard.store import Store
from wellheard.tell.models import Letter, OptOut
from wellheard.tell.services import releases
from wellheard.understand.services.problems import create_problem

MAY = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


def at(moment: datetime) -> Any:
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def events(access: Access, event_store: Store, town: Town) -> Events:
    """The town's people are known to the events by their ids."""
    found = Events(event_store, access.workspace.pk)
    found.send(*(found.track(who, "Opened", "2026-01-02 10:00", account=a) for who, a in (("ann", "lind"), ("otto", "lind"), ("nora", "fjord"), ("tim", "free"))))  # fmt: skip
    know(access)
    return found


def know(access: Access) -> None:
    """Their rows get the numbers under which the events know them, as happens on its own soon after."""
    reader = stores.get().reader
    for kind, model in (("person", Person), ("account", Account)):
        for row in model.objects.filter(workspace=access.workspace):
            number = reader.numbers(access.workspace.pk, kind, [row.external_id]).get(row.external_id)
            model.objects.filter(pk=row.pk).update(number=number)


def plan(**more: Any) -> Plan:
    values = {
        "name": "Ten reports",
        "kind": "times",
        "event": "Reported",
        "times": 3,
        "subject": "Well done, {name}",
        "words": "You made it: {thing} with {product}.",
    }
    return Plan(**(values | more))


def reports(events: Events, who: str, *days: int) -> None:
    events.send(*(events.track(who, "Reported", f"2026-05-{day:02} 10:00") for day in days))


def look(milestone: Milestone, store: Store, when: datetime) -> int:
    with at(when):
        return services.look(milestone, store)


def test_the_third_report_is_offered_the_day_after_and_sent_once(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    with at(MAY):
        milestone = services.make(access, plan())
    reports(events, "ann", 18, 19, 21, 22)
    reports(events, "tim", 21, 22)
    assert look(milestone, event_store, MAY + timedelta(days=2)) == 1
    assert look(milestone, event_store, MAY + timedelta(days=2)) == 0, "found once"
    with at(MAY + timedelta(days=2)):
        [offer], total = queries.offers(access.workspace)
        assert (offer.celebration.person, offer.celebration.reached_on, total) == (town.ann, date(2026, 5, 21), 1)
        assert offer.subject == "Well done, Ann Assistant"
        assert offer.words == "You made it: Ten reports with Acme Reports."
        services.send(access, offer.celebration, town.ann, offer.subject, "Dear Ann, well done!")
        background.run_all()
        [sent] = mail.outbox
        assert sent.subject == "Well done, Ann Assistant"
        assert "Dear Ann, well done!" in sent.body
        assert "Dear Ann, well done!" in sent.alternatives[0][0]  # type: ignore[attr-defined]
        assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        with pytest.raises(ValueError, match="sent already"):
            services.send(access, offer.celebration, town.ann, "Again", "And again")
    assert queries.offers(access.workspace) == ([], 0)
    assert [w.said for w in queries.wins(town.lind).wins] == [True]


def test_what_was_reached_before_is_won_but_not_offered(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    reports(events, "ann", 1, 2, 3)
    with at(MAY):
        milestone = services.make(access, plan())
    assert look(milestone, event_store, MAY) == 0
    assert Celebration.objects.get().state == "past"
    assert [(w.on, w.said) for w in queries.wins(town.lind).wins] == [(date(2026, 5, 3), False)]


def test_today_is_not_over_and_not_counted(access: Access, town: Town, events: Events, event_store: Store) -> None:
    with at(MAY):
        milestone = services.make(access, plan(times=1))
    reports(events, "ann", 22)
    assert look(milestone, event_store, datetime(2026, 5, 22, 12, tzinfo=UTC)) == 0
    assert look(milestone, event_store, datetime(2026, 5, 23, 12, tzinfo=UTC)) == 1


def test_an_account_counts_its_peoples_reports_together(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    with at(MAY):
        milestone = services.make(access, plan(of="accounts"))
    events.send(*(events.track(who, "Reported", f"2026-05-{d} 10:00", account="lind") for who, d in (("ann", 21), ("otto", 22), ("ann", 23))))  # fmt: skip
    assert look(milestone, event_store, MAY + timedelta(days=6)) == 1
    [offer], _ = queries.offers(access.workspace)
    assert offer.celebration.account == town.lind
    assert [p.name for p in offer.people] == ["Otto Owner", "Ann Assistant"], "who buys before who uses"


def test_whoever_asked_is_found_on_first_use_after_it_shipped(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    with at(MAY):
        voices = [
            capture(access, "I need exports", who=p, account=a)
            for p, a in ((town.ann, town.lind), (town.nora, town.fjord))
        ]
        capture(access, "I love exports", who=town.tim, kind="praise")
        problem = create_problem(access, "No exports", voices=[v.pk for v in voices])
        bet = create_bet(access, [problem], Terms("Exports", "Exported", Decimal(20), Decimal(10)))
        milestone = services.make(
            access, Plan("Used it", "asked", subject="{thing}", words="You asked for it, {name}.")
        )
    events.send(events.track("ann", "Exported", "2026-05-10 10:00"))
    with at(MAY):
        releases.publish_release(access, releases.draft_release(access, "Exports", "", [bet]))
    events.send(
        events.track("ann", "Exported", "2026-05-21 10:00"), events.track("ann", "Exported", "2026-05-22 10:00")
    )
    events.send(events.track("tim", "Exported", "2026-05-21 10:00"))
    assert look(milestone, event_store, MAY + timedelta(days=5)) == 1
    found = Celebration.objects.get()
    assert (found.person, found.bet, found.reached_on, found.thing) == (town.ann, bet, date(2026, 5, 21), "Exports")
    wins = queries.wins(town.lind)
    [wish] = wins.wishes
    assert (wish.bet, wish.asked, wish.used_on) == (bet, 1, date(2026, 5, 21))
    assert queries.wins(town.fjord).wishes[0].used_on is None


def test_years_together_come_each_year(access: Access, town: Town, events: Events, event_store: Store) -> None:
    Person.objects.filter(pk=town.ann.pk).update(traits={"joined": "2024-05-22"})
    with at(MAY):
        milestone = services.make(access, Plan("Together", "together", subject="{thing}", words="{name}: {thing}"))
    assert look(milestone, event_store, MAY) == 0
    assert look(milestone, event_store, MAY + timedelta(days=4)) == 1
    assert sorted(Celebration.objects.filter(person=town.ann).values_list("thing", "state")) == [
        ("1 year together", "past"), ("2 years together", "offered"),
    ]  # fmt: skip
    assert anniversary(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert anniversary(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_beginning_to_pay_counts_once(access: Access, town: Town, event_store: Store) -> None:
    with at(datetime(2025, 12, 20, tzinfo=UTC)):
        milestone = services.make(access, Plan("Customer", "paid", subject="Welcome", words="{account} since {date}"))
    assert look(milestone, event_store, datetime(2026, 1, 10, tzinfo=UTC)) == 2
    offers, _ = queries.offers(access.workspace)
    assert {o.words for o in offers} == {"Bäckerei Lind since 1 January 2026", "Fjord Cycles since 1 January 2026"}


def test_nothing_goes_by_itself_unless_the_milestone_says_so(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    with at(MAY):
        quiet, loud = (
            services.make(access, plan(name="Quiet", times=1)),
            services.make(access, plan(name="Loud", times=1, automatic=True)),
        )
    reports(events, "ann", 21)
    look(quiet, event_store, MAY + timedelta(days=2))
    assert Letter.objects.count() == 0
    with at(MAY + timedelta(days=2)):
        look(loud, event_store, MAY + timedelta(days=2))
        background.run_all()
    assert [m.to for m in mail.outbox] == [["Ann Assistant <ann@shop.example>"]]


def test_T32_who_wants_no_news_gets_none_and_the_member_is_told(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    OptOut.objects.create(person=town.ann, purpose="news", how="my page")
    with at(MAY):
        milestone = services.make(access, plan(times=1))
    reports(events, "ann", 21)
    look(milestone, event_store, MAY + timedelta(days=2))
    [offer], _ = queries.offers(access.workspace)
    assert offer.verdict is not None
    assert not offer.verdict.allowed
    with pytest.raises(ValueError, match="want no mail of this kind"):
        services.send(access, offer.celebration, town.ann, "s", "w")
    offer.celebration.refresh_from_db()
    assert offer.celebration.state == "offered"


def test_waved_off_stays_a_win_but_is_not_offered_again(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    with at(MAY):
        milestone = services.make(access, plan(times=1))
    reports(events, "ann", 21)
    look(milestone, event_store, MAY + timedelta(days=2))
    assert services.wave_off(access, list(Celebration.objects.all())) == 1
    assert services.wave_off(access, list(Celebration.objects.all())) == 0
    assert queries.offers(access.workspace) == ([], 0)
    assert len(queries.wins(town.lind).wins) == 1
    assert Entry.objects.filter(verb="celebrations.waved_off").count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "a name"), ({"kind": "odd"}, "no kind"), ({"event": ""}, "which event"), ({"times": 0}, "from 1"),
        ({"words": "Hi {surname}"}, "surname.* is not known"), ({"words": "Hi {"}, "brace"), ({"subject": ""}, "subject"), ({"of": "dogs"}, "people or of accounts"),
        ({"words": "{name.__class__}"}, "is not known"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(access: Access, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        services.make(access, plan(**change))
    assert Milestone.objects.count() == 0


def test_what_it_counts_stands_and_a_name_is_taken_once(access: Access) -> None:
    made = services.make(access, plan())
    with pytest.raises(ValueError, match="stands"):
        services.change(access, made, plan(times=4))
    with pytest.raises(ValueError, match="of that name"):
        services.make(access, plan())
    services.change(access, made, plan(words="Other words"))
    assert Milestone.objects.get().words == "Other words"


def test_a_name_that_looks_like_a_field_stays_a_name(
    access: Access, town: Town, events: Events, event_store: Store
) -> None:
    Person.objects.filter(pk=town.ann.pk).update(name="{account} <b>")
    with at(MAY):
        milestone = services.make(access, plan(times=1))
    reports(events, "ann", 21)
    look(milestone, event_store, MAY + timedelta(days=2))
    [offer], _ = queries.offers(access.workspace)
    assert offer.subject == "Well done, {account} <b>"


def test_the_pages_say_what_can_be_done(
    access: Access, town: Town, as_owner: Client, as_viewer: Client, event_store: Store
) -> None:
    assert "No milestones yet" in as_owner.get("/w/acme/tell/celebrate").content.decode()
    assert as_owner.get("/w/acme/tell/celebrate/new?kind=paid").status_code == 200
    form = {"name": "Customer", "kind": "paid", "times": "1", "subject": "Welcome", "words": "{account}"}
    assert as_owner.post("/w/acme/tell/celebrate/new", form | {"words": "{x}"}).status_code == 422
    assert as_owner.post("/w/acme/tell/celebrate/new", form).status_code == 302
    milestone = Milestone.objects.get()
    Celebration.objects.filter(account=town.lind).update(state="offered")
    shown = as_owner.get("/w/acme/tell/celebrate").content.decode()
    assert "Bäckerei Lind" in shown
    assert "Read and send" not in as_viewer.get("/w/acme/tell/celebrate").content.decode()
    celebration = Celebration.objects.get(account=town.lind)
    sent = {"do": "send", "celebration": celebration.pk, "person": town.otto.pk, "subject": "Hi", "words": "Hello"}
    assert as_viewer.post("/w/acme/tell/celebrate/settle", sent).status_code == 403
    assert as_owner.post("/w/acme/tell/celebrate/settle", sent | {"person": town.tim.pk}).status_code == 302
    assert Letter.objects.count() == 0, "somebody else's account"
    as_owner.post("/w/acme/tell/celebrate/settle", sent)
    assert Letter.objects.get().person == town.otto
    assert "Customer" in as_viewer.get(f"/w/acme/people/accounts/{town.lind.pk}/wins").content.decode()
    assert as_owner.post(f"/w/acme/tell/celebrate/{milestone.pk}", {"do": "pause"}).status_code == 302
    assert as_owner.post(f"/w/acme/tell/celebrate/{milestone.pk}", {"do": "remove"}).status_code == 302
    assert Milestone.objects.count() == 0


def test_the_api_does_the_same(access: Access, town: Town, event_store: Store) -> None:
    api = Api(workspaces.make_token(access, "t", Role.EDITOR)[1])
    status, made = api.post("milestones", {"name": "Customer", "kind": "paid", "subject": "s", "words": "{account}"})
    assert (status, made["of"]) == (201, "accounts")
    services.look_everywhere(event_store, access.workspace)
    Celebration.objects.update(state="offered")
    status, told = api.get("celebrations")
    assert (status, told["total"]) == (200, 2)
    one = next(c for c in told["celebrations"] if c["account"] == town.lind.pk)
    status, _ = api.post(f"celebrations/{one['id']}/send", {"person": one["to"][0], "subject": "s", "words": "w"})
    assert status == 200
    other = next(c for c in told["celebrations"] if c["account"] == town.fjord.pk)
    assert api.post("celebrations/wave-off", {"celebrations": [other["id"]]})[1] == {"waved_off": 1}
    assert api.get(f"accounts/{town.lind.pk}/wins")[1]["wins"][0]["celebrated"] is True


def test_only_who_may(access: Access, viewer: Any) -> None:
    weak = Access(access.workspace, access.actor, Role.VIEWER)
    with pytest.raises(PermissionDenied):
        services.make(weak, plan())
    with pytest.raises(PermissionDenied):
        services.wave_off(weak, [])
