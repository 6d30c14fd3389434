"""The home page: what the loop looks like today, when it is full and when there is nothing yet."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.engine import Events
from wellheard.console.pulse import pulse
from wellheard.listen.models import Voice
from wellheard.people.models import Person, Revenue, Workspace
from wellheard.people.queries.money import today
from wellheard.store import Store
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.signals import last_week


def test_an_empty_workspace_shows_no_invented_numbers(
    as_owner: Client, workspace: Workspace, event_store: Store
) -> None:
    found = pulse(workspace)
    assert (found.never_people, found.never_revenue, found.problems, found.signals.alarms) == (None, None, [], [])
    assert found.spoke_people.share is None
    page = as_owner.get("/w/acme/")
    assert page.status_code == 200
    assert "None" not in page.content.decode()
    assert "nan" not in page.content.decode()


def test_a_full_workspace_shows_its_numbers(
    as_owner: Client, workspace: Workspace, town: Town, event_store: Store
) -> None:
    now, day = timezone.now(), today(workspace)
    Voice.objects.create(
        workspace=workspace, text="now", author=town.ann, account=town.lind, said_at=now - timedelta(days=2)
    )
    Voice.objects.create(
        workspace=workspace, text="then", author=town.otto, account=town.lind, said_at=now - timedelta(days=10)
    )
    Voice.objects.create(
        workspace=workspace, text="then", author=town.ann, account=town.lind, said_at=now - timedelta(days=10)
    )
    events = Events(event_store, workspace.pk, "Europe/Berlin")
    events.send(events.track("ann", "Opened", f"{day - timedelta(days=1)} 10:00", account="lind"))
    Revenue.objects.filter(account=town.fjord).update(until=day - timedelta(days=5))
    found = pulse(workspace)
    assert (found.spoke_people.now, found.spoke_people.before, found.spoke_people.share) == (1, 2, -0.5)
    assert found.active_people is not None
    assert (found.active_people.now, found.active_people.before) == (1, 0)
    assert found.never_people == 0.5, "Nora and Tim never said anything"
    assert found.never_revenue == 0.0
    assert (found.movements.start, found.movements.lost, found.movements.end) == (34800, 29900, 4900)
    assert as_owner.get("/w/acme/").status_code == 200


def test_without_the_event_store_the_page_still_opens(
    as_owner: Client, workspace: Workspace, event_store: Store
) -> None:
    from wellheard import store

    store.use(None)
    try:
        assert pulse(workspace).active_people is None
        assert as_owner.get("/w/acme/").status_code == 200
    finally:
        store.use(event_store)


def test_a_problem_that_rises_is_named_and_a_steady_one_is_not(
    as_owner: Client, workspace: Workspace, event_store: Store
) -> None:
    monday = timezone.make_aware(datetime.combine(last_week(workspace), time(9)))
    steady, loud = (Problem.objects.create(workspace=workspace, name=n) for n in ("Steady", "Loud"))

    def said(problem: Problem, days: float) -> None:
        voice = Voice.objects.create(workspace=workspace, text="It hurts", said_at=monday + timedelta(days=days))
        Evidence.objects.create(problem=problem, voice=voice)

    for week in range(16):
        for n in range(10):
            said(steady, n / 2 - week * 7)
    for n in range(15):
        said(loud, n / 5)
    found = pulse(workspace).signals
    assert [(w.problem.name, w.risen.count) for w in found.alarms] == [("Loud", 15)]
    assert "<b>15</b> last week" in as_owner.get("/w/acme/").content.decode()


def test_another_workspaces_voices_are_not_counted(workspace: Workspace, town: Town, event_store: Store) -> None:
    from wellheard.people.services import workspaces

    rival = workspaces.create_workspace("rival", "Rival").workspace
    Voice.objects.create(
        workspace=rival, text="x", said_at=timezone.now(), author=Person.objects.create(workspace=rival)
    )
    found = pulse(workspace)
    assert (found.voices, found.spoke_people.now, found.never_people) == (0, 0, 1.0)
