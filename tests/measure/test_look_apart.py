"""An experiment looked at apart by what people are: marked as exploration, and deciding nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.engine import Events
from tests.measure.test_run_an_experiment import FORM, HERE, lived, stated
from wellheard.measure.models import Experiment, Look
from wellheard.measure.trials import looking, services
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Relation
from wellheard.people.services import traits
from wellheard.people.services.segments import make_segment
from wellheard.store import Store


def known(access: Access, store: Store, people: int = 400) -> None:
    """Whom the events are about: of two plans, with a trait, three in four of them shops."""
    numbers = store.reader.numbers(access.workspace.pk, "person", [f"x{i}" for i in range(people)])
    paid, free = (Account.objects.create(workspace=access.workspace, name=p, plan=p) for p in ("paid", "free"))
    made = Person.objects.bulk_create(
        Person(workspace=access.workspace, external_id=f"x{i}", number=numbers[f"x{i}"], traits={"kind": "shop" if i % 8 < 6 else "office"})
        for i in range(people)
    )  # fmt: skip
    Relation.objects.bulk_create(
        Relation(workspace=access.workspace, person=p, account=paid if i % 4 < 2 else free, uses=True)
        for i, p in enumerate(made)
    )


def test_a_team_sees_parts_apart(access: Access, as_owner: Client, event_store: Store) -> None:
    traits.add(access, "people", "kind")
    make_segment(
        access,
        "Shops",
        "people",
        {"match": "all", "of": [{"what": "trait", "key": "kind", "how": "is", "value": "shop"}]},
    )
    said = "plan\ntrait:kind\nsegment:Shops"
    as_owner.post(f"{HERE}/new", FORM | {"apart": said})
    held = Experiment.objects.get()
    assert held.apart == said.split("\n")
    assert said in as_owner.get(f"{HERE}/{held.pk}/change").content.decode()
    services.start(access, held)
    lived(access, event_store, 1.4)
    known(access, event_store)
    held.refresh_from_db()
    report = looking.look(held, event_store).report
    parts = {(e["trait"], e["label"]): sum(e["found"]["n"]) for e in report["explorations"]}
    assert parts[("plan", "paid")] == parts[("plan", "free")] == 200
    assert parts[("Shops", "inside")] == parts[("kind", "shop")] == 300
    page = as_owner.get(f"{HERE}/{held.pk}").content.decode()
    assert "exploration, decides nothing" in page
    assert page.count("stands out</span>") >= 2


def test_a_segment_that_is_gone_is_left_out_of_the_look(access: Access, event_store: Store) -> None:
    segment = make_segment(access, "Shops", "people", {"match": "all", "of": [{"what": "said"}]})
    held = services.make(access, stated(apart=["segment:Shops", "plan"], window_days=7))
    services.start(access, held)
    lived(access, event_store, 1.4)
    known(access, event_store)
    segment.delete()
    held.refresh_from_db()
    looking.look(held, event_store)
    assert {e["trait"] for e in Look.objects.get().report["explorations"]} == {"plan"}


@pytest.mark.parametrize(
    ("said", "why"),
    [("moon", "no looking apart by 'moon'"), ("trait:", "no looking apart"), ("trait:shoe size", "No trait “shoe size” of people"),
     ("segment:Nobody", "no segment 'Nobody'"), ("\n".join(f"trait:{i}" for i in range(6)), "at most 5")],
)  # fmt: skip
def test_what_cannot_be_looked_at_apart_is_refused(as_owner: Client, said: str, why: str) -> None:
    refused = as_owner.post(f"{HERE}/new", FORM | {"apart": said})
    body = refused.content.decode().replace("&#x27;", "'")
    assert (refused.status_code, why in body) == (422, True)
    assert not Experiment.objects.exists()


def test_T29_two_looks_never_differ_by_a_few_people(access: Access, as_owner: Client, event_store: Store) -> None:
    held = services.make(access, stated(window_days=7, method="sequence", planned_total=None))
    services.start(access, held)
    lived(access, event_store, 1.4)
    held.refresh_from_db()
    first = looking.look(held, event_store)
    events, seen = Events(event_store, access.workspace.pk), timezone.now() - timedelta(days=9)

    def more(who: range) -> None:
        told = {"flag": "button"}
        events.send(
            *(
                events.track(
                    f"late{i}", "Flag Evaluated", f"{seen:%Y-%m-%d %H:%M}", **told, variant=("control", "new")[i % 2]
                )
                for i in who
            )
        )

    more(range(6))
    assert looking.look(held, event_store) == first
    as_owner.post(f"{HERE}/{held.pk}/do", {"do": "look"})
    assert "fewer than 5 into a variant" in as_owner.get(f"{HERE}/{held.pk}").content.decode()
    more(range(6, 12))
    assert looking.look(held, event_store).total == 412


@pytest.mark.parametrize("method", ["fixed", "spending"])
def test_the_result_at_the_planned_end_stands_whoever_comes_later(
    access: Access, as_owner: Client, event_store: Store, method: str
) -> None:
    held = services.make(access, stated(window_days=7, method=method))
    services.start(access, held)
    lived(access, event_store, 1.4)
    held.refresh_from_db()
    result = looking.look(held, event_store)
    assert result.report["ended"]
    lived(access, event_store, 1.4, people=600)
    assert looking.look(held, event_store) == result
    assert looking.look_at_running(event_store) == 0
    as_owner.post(f"{HERE}/{held.pk}/do", {"do": "look"})
    assert "that result stands" in as_owner.get(f"{HERE}/{held.pk}").content.decode()
