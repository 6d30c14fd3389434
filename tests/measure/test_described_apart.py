"""Groups beside a verdict: what may be shown of them, and that they claim nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.measure.test_ledger_page import _pieces, bet, judged, page  # noqa: F401 - a fixture
from tests.measure.test_measure_a_bet import Product, engine  # noqa: F401 - a fixture
from wellheard.decide.models import Bet
from wellheard.measure.services import measure_bet
from wellheard.people.access import Access
from wellheard.store import Store
from wellheard.tell.models import Notice
from wellheard.understand.models import Evidence


def test_groups_are_described_apart_and_nobody_is_in_two(access: Access, engine: Store) -> None:  # noqa: F811
    product = Product(access, engine, lift=1.6)
    release = product.bet.releases.get()  # type: ignore[attr-defined]
    Notice.objects.filter(release=release).delete()
    Notice.objects.bulk_create(
        Notice(workspace=access.workspace, release=release, person=p, state="reached") for p in product.people[50:80]
    )
    rows = measure_bet(product.bet, engine).pieces["groups"]["rows"]
    assert {k: r["people"] for k, r in rows.items()} == {"asked": 60, "told": 20, "silent": 0, "others": 340}
    assert rows["asked"]["change"] == pytest.approx(0.6, abs=0.15)
    assert abs(rows["others"]["change"]) < 0.1
    assert len(rows["told"]["series"]) == len(rows["asked"]["series"])


def test_t29_three_people_told_are_not_described(access: Access, engine: Store) -> None:  # noqa: F811
    product = Product(access, engine, lift=1.0)
    release = product.bet.releases.get()  # type: ignore[attr-defined]
    Notice.objects.filter(release=release).delete()
    Notice.objects.bulk_create(
        Notice(workspace=access.workspace, release=release, person=p, state="reached") for p in product.people[70:73]
    )
    rows = measure_bet(product.bet, engine).pieces["groups"]["rows"]
    assert rows["told"] == {"people": None, "hidden": True}
    assert not rows["asked"]["hidden"]
    assert rows["others"] == {"people": 357, "hidden": True}, "everybody less asked and others would be those three"


def test_the_page_describes_groups_and_gives_them_no_word(as_viewer: Client, bet: Bet) -> None:  # noqa: F811
    full = {"hidden": False, "accounts": 9, "before": 1.5, "after": 2.0, "change": 0.33, "series": [1.0] * 20,
            "active_before": 0.5, "active_after": 0.75}  # fmt: skip
    rows = {"asked": {"people": 60, **full}, "told": {"people": 12, **full}, "silent": {"people": None, "hidden": True},
            "others": {"people": 0, "hidden": False}}  # fmt: skip
    judged(bet, pieces=_pieces(groups={"rows": rows, "cannot": ["Clicks twice: no such event"], "floor": 5}))
    shown = page(as_viewer, bet)
    for words in ("Groups apart", "Only those who asked get a word", "Told of it", "Silent sufferers", "fewer than 5",
                  "Clicks twice: no such event", "+33%", "50% → 75%"):  # fmt: skip
        assert words in shown


def test_t29_three_who_asked_have_no_number_at_all(access: Access, engine: Store) -> None:  # noqa: F811
    product = Product(access, engine, lift=2.0)
    few = [p.pk for p in product.people[:3]]
    Evidence.objects.filter(problem=product.problem).exclude(voice__author__in=few).delete()
    found = measure_bet(product.bet, engine)
    assert (found.word, found.estimate, found.low) == ("too few to say", None, None)
    assert [found.pieces[k] for k in ("moved", "a", "b", "early", "late", "placebo")] == [None] * 6
    assert found.pieces["series"]["asked"] == []
    assert found.pieces["groups"]["rows"]["asked"] == {"people": None, "hidden": True}
    assert found.pieces["groups"]["rows"]["others"]["hidden"]
