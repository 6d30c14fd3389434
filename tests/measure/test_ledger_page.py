"""The ledger and a verdict's page: the word, what it rests on, who is behind it, and what it does not say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from tests.engine import Events
from wellheard import store as stores
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet
from wellheard.measure.kinds import KINDS
from wellheard.measure.models import Outcome
from wellheard.people.access import Access
from wellheard.people.models import Account, Person
from wellheard.store import Store
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/measure"


def _part(change: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"theta": 0.1, "se": 0.05, "df": 40.0, "low": 0.0, "high": 0.2, "people": 60.0, "change": change,
            "change_low": low, "change_high": high, **more}  # fmt: skip


def _money(accounts: int, changed: int, before: int | None, after: int | None) -> dict[str, Any]:
    if before is None or after is None:
        return {"accounts": accounts, "paying": None, "shares": None, "why": "Fewer than 5 accounts: not shown.",
                **dict.fromkeys(("before", "after", "kept", "grown", "lost", "new"))}  # fmt: skip
    share = {"value": after / before, "accounts": changed, "low": 0.7, "high": 0.95}
    shares = {"kept": share, "grown": {"value": 0.0, "accounts": 0, "low": None, "high": None},
              "lost": {"value": 1 - after / before, "accounts": changed, "low": 0.05, "high": 0.3},
              "change": {"value": after / before - 1, "accounts": changed, "low": -0.3, "high": -0.05}}  # fmt: skip
    return {"accounts": accounts, "paying": accounts, "before": before, "after": after, "kept": after, "grown": 0,
            "lost": before - after, "new": 0, "shares": shares, "why": ""}  # fmt: skip


def _pieces(**more: Any) -> dict[str, Any]:
    return {
        "moved": _part(0.5, 0.4, 0.6), "a": _part(0.6, 0.4, 0.8), "b": _part(0.4, 0.2, 0.7),
        "placebo": _part(0.01, -0.1, 0.12, passed=True), "early": _part(0.9, 0.5, 1.2), "late": _part(0.3, 0.1, 0.5),
        "counts": {"asked": 70, "askers": 60, "mirror": 150, "earlier": 3, "silent": 900, "effective_accounts": 41.4},
        "reasons": [], "people": {"askers": [1, 77], "asked_inactive": [3], "mirror": [2]},
        "series": {"asked": [2.0] * 20, "mirror": [1.0] * 20}, "first_monday": "2026-03-02", "release_week": 14,
        "money": {"groups": {"askers": _money(24, 9, 34800, 29900), "mirror": _money(3, 0, None, None)}, "more": None},
        "metric": "Stores Compared", "version": 1, **more,
    }  # fmt: skip


@pytest.fixture
def bet(access: Access, town: Town) -> Bet:
    for n, person in enumerate((town.ann, town.otto, town.nora), 1):
        Person.objects.filter(pk=person.pk).update(number=n)
    problem = create_problem(access, "Days differ")
    made = create_bet(access, [problem], Terms("One clock", "Stores Compared", Decimal(30), Decimal(10)))
    long_ago = date.today() - timedelta(weeks=12)
    publish_release(access, draft_release(access, "One clock", "", [made], long_ago))
    return Bet.objects.get()


def judged(bet: Bet, word: str = "likely helped", level: int = 2, **more: Any) -> Outcome:
    numbers: dict[str, Any] = {"estimate": 0.5, "low": 0.2, "high": 0.8, "pieces": _pieces()} | more
    return Outcome.objects.create(
        workspace=bet.workspace, bet=bet, word=word, level=level, asked=60, compared=150,
        release_week=date(2026, 6, 8), measured_to=date(2026, 7, 19), **numbers,
    )  # fmt: skip


def page(client: Client, bet: Bet) -> str:
    return client.get(f"{HERE}/bets/{bet.pk}").content.decode()


def test_the_ledger_tells_word_numbers_and_what_chance_would_do(as_viewer: Client, bet: Bet) -> None:
    judged(bet)
    shown = as_viewer.get(f"{HERE}/").content.decode()
    for words in ("Likely helped", "+50%, +20% to +80%", "Of 1 bet about 5%", "would be called likely by chance"):
        assert words in shown
    assert f"{HERE}/bets/{bet.pk}/people/askers" in shown


def test_the_newest_verdict_counts_and_the_earlier_ones_stay(as_viewer: Client, bet: Bet) -> None:
    Outcome.objects.filter(pk=judged(bet, "not shown").pk).update(measured_at=timezone.now() - timedelta(days=9))
    judged(bet)
    shown = page(as_viewer, bet)
    assert shown.index("Likely helped") < shown.index("Measured 1 time before")
    assert "not shown" in shown


def test_the_verdict_says_modestly_what_it_is(as_viewer: Client, bet: Bet) -> None:
    judged(bet)
    shown = page(as_viewer, bet)
    for words in ("50% more", "not the total effect", "everybody got it", "What no comparison can separate", "spill-over",
                  "a whole account asking", "Weeks 1 and 2", "The later weeks", "First comparison", "Second comparison",
                  "passed: its 99% interval", "claims nothing", "With formulas", "As a table", "€49"):  # fmt: skip
        assert words in shown


def test_why_no_stronger_word(as_viewer: Client, bet: Bet) -> None:
    judged(bet, "not shown", pieces=_pieces(reasons=["Both comparisons leave room for no change at all."]))
    shown = page(as_viewer, bet)
    assert "Why no stronger word" in shown
    assert "leave room for no change" in shown


def test_too_few_and_moved_together_claim_less(as_viewer: Client, bet: Bet) -> None:
    few = judged(bet, "too few to say", level=0)
    assert "too few people to say anything" in page(as_viewer, bet)
    few.delete()
    judged(bet, "moved together", level=1)
    shown = page(as_viewer, bet)
    assert "says nothing about why" in shown
    assert "than they would have done" not in shown


def test_no_number_at_all_is_shown_too(as_viewer: Client, bet: Bet) -> None:
    pieces = _pieces(a=None, b=None, moved=None, placebo=None, early=None, late=None, series={}, money={})
    judged(bet, "too few to say", level=0, estimate=None, low=None, high=None, pieces=pieces)
    assert "There are no numbers to show" in page(as_viewer, bet)
    assert "no number yet" in as_viewer.get(f"{HERE}/").content.decode()


def test_extreme_bounds_are_shown_sanely(as_viewer: Client, bet: Bet) -> None:
    judged(bet, "not shown", high=1573.47, pieces=_pieces(b=_part(3.0, -0.9999, 1e20)))
    for shown in (page(as_viewer, bet), as_viewer.get(f"{HERE}/").content.decode()):
        assert "more than +1,000%" in shown
        assert "157,347" not in shown
        assert "157347" not in shown
    assert "almost −100%" in page(as_viewer, bet)


def test_the_people_behind_each_count(as_viewer: Client, bet: Bet) -> None:
    judged(bet)
    askers = as_viewer.get(f"{HERE}/bets/{bet.pk}/people/askers").content.decode()
    assert "Ann Assistant" in askers
    assert "1 more are known only by number" in askers
    assert "Otto Owner" in as_viewer.get(f"{HERE}/bets/{bet.pk}/people/mirror").content.decode()
    assert as_viewer.get(f"{HERE}/bets/{bet.pk}/people/everybody").status_code == 404


def test_a_bet_that_is_not_due_says_when(as_viewer: Client, bet: Bet) -> None:
    Bet.objects.update(shipped_on=date.today())
    bet.refresh_from_db()
    assert "The verdict is due on" in page(as_viewer, bet)
    assert "due " in as_viewer.get(f"{HERE}/").content.decode()


def test_measuring_again_before_it_is_due_is_told(as_owner: Client, bet: Bet, event_store: Store) -> None:
    Bet.objects.update(shipped_on=date.today())
    shown = as_owner.post(f"{HERE}/bets/{bet.pk}/again", follow=True).content.decode()
    assert "not over: the verdict is due on" in shown


def test_measuring_again_adds_a_verdict(as_owner: Client, bet: Bet, event_store: Store) -> None:
    shown = as_owner.post(f"{HERE}/bets/{bet.pk}/again", follow=True).content.decode()
    assert "Measured again: too few to say" in shown
    assert bet.outcomes.count() == 1  # type: ignore[attr-defined]


def test_without_an_event_store_nothing_breaks(as_owner: Client, bet: Bet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_store", None)
    assert "cannot be asked here" in as_owner.post(f"{HERE}/bets/{bet.pk}/again", follow=True).content.decode()
    assert "Events cannot be asked here" in as_owner.get(f"{HERE}/ask").content.decode()


def test_a_viewer_does_not_measure(as_viewer: Client, bet: Bet) -> None:
    assert as_viewer.post(f"{HERE}/bets/{bet.pk}/again").status_code == 403


def test_an_empty_ledger_says_what_will_be_here(as_viewer: Client) -> None:
    assert "Nothing has shipped yet" in as_viewer.get(f"{HERE}/").content.decode()


# Questions ------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(access: Access, town: Town, event_store: Store) -> Events:
    """Ann views, shares and exports within a day; Nora only views; Tim comes without a name we know."""
    found = Events(event_store, access.workspace.pk)
    found.send(
        found.track("ann", "Viewed", "2026-06-01 10:00", account="lind"),
        found.track("ann", "Shared", "2026-06-01 11:00", account="lind"),
        found.track("ann", "Exported", "2026-06-02 09:00", account="lind"),
        found.track("nora", "Viewed", "2026-06-01 12:00", account="fjord"),
        found.track("stranger", "Viewed", "2026-06-03 12:00"),
    )
    numbers = found.reader.numbers(access.workspace.pk, "account", ["lind", "fjord"])
    for key, number in numbers.items():
        Account.objects.filter(workspace=access.workspace, external_id=key).update(number=number)
    for key in ("ann", "nora"):
        Person.objects.filter(workspace=access.workspace, external_id=key).update(number=found.number(key))
    return found


JUNE = "from=2026-06-01&to=2026-06-07"


def test_active_and_adoption_with_the_people_behind(as_viewer: Client, busy: Events) -> None:
    shown = as_viewer.get(f"{HERE}/ask?{JUNE}").content.decode()
    assert "Active people and accounts per week" in shown
    adopted = as_viewer.get(f"{HERE}/ask/adoption?{JUNE}&event=Exported").content.decode()
    assert "33.3% of 3 active people" in adopted
    people = as_viewer.get(f"{HERE}/ask/active/behind?{JUNE}&event=Viewed").content.decode()
    assert "Nora Both" in people
    assert "1 more are known only by number" in people
    accounts = as_viewer.get(f"{HERE}/ask/active/behind?{JUNE}&of=accounts").content.decode()
    assert "Fjord Cycles" in accounts
    assert "Tiny Tea" not in accounts


def test_a_funnel_and_who_took_each_step(as_viewer: Client, busy: Events) -> None:
    steps = "step=Viewed&step=Shared&step=Exported&window=2d"
    shown = as_viewer.get(f"{HERE}/ask/funnel?{JUNE}&{steps}").content.decode()
    assert "step=3" in shown
    said = f"{JUNE}&steps=Viewed,Shared,Exported&window=2d"
    second = as_viewer.get(f"{HERE}/ask/funnel/behind?{said}&step=2").content.decode()
    assert "Ann Assistant" in second
    assert "Nora Both" not in second
    left = as_viewer.get(f"{HERE}/ask/funnel/behind?{said}&step=1&dropped=yes").content.decode()
    assert "Nora Both" in left
    accounts = as_viewer.get(f"{HERE}/ask/funnel/behind?{said}&step=1&unit=account").content.decode()
    assert "Fjord Cycles" in accounts


@pytest.mark.parametrize("kind", [name for name in KINDS if name not in ("activity", "aha")])
@pytest.mark.parametrize("more", ["", "&compare=before", "&breakdown=lens", "&breakdown=account:plan&lens=customers"])
def test_each_question_has_a_page(as_viewer: Client, busy: Events, kind: str, more: str) -> None:
    said = f"{JUNE}&event=Viewed&step=Viewed&step=Shared{more}"
    page = as_viewer.get(f"{HERE}/ask/{kind}?{said}")
    shown = page.content.decode()
    assert page.status_code == 200
    assert "sample: " in shown, shown
    assert 'role="alert"' not in shown


def test_what_one_person_and_one_account_do(as_viewer: Client, busy: Events) -> None:
    shown = as_viewer.get(f"{HERE}/ask/activity?{JUNE}&person=ann@shop.example").content.decode()
    assert "Exported" in shown
    shown = as_viewer.get(f"{HERE}/ask/activity?{JUNE}&account=Fjord Cycles").content.decode()
    assert "Viewed" in shown
    assert "Exported</th>" not in shown
    assert "there is no person" in as_viewer.get(f"{HERE}/ask/activity?person=nobody").content.decode().lower()


def test_the_lenses_tell_apart_who_uses_and_who_pays(as_viewer: Client, busy: Events) -> None:
    """Tim's stranger belongs to no account; Lind and Fjord pay."""
    both = as_viewer.get(f"{HERE}/ask/count?{JUNE}&breakdown=lens").content.decode()
    rows = re.findall(r"<tr><th[^>]*>(users|customers)</th>(.*?)</tr>", both, re.S)
    numbers = {name: re.findall(r">(\d+)<", row) for name, row in rows}
    assert numbers == {"users": ["5", "3", "2"], "customers": ["4", "2", "2"]}, both


def test_an_event_that_never_came_is_told(as_viewer: Client, busy: Events) -> None:
    assert "No event named “Veiwed” has come" in as_viewer.get(f"{HERE}/ask?event=Veiwed").content.decode()


@pytest.mark.parametrize(
    "query",
    ["step=Viewed", "step=Viewed&step=Shared&window=soon", "from=2026-13-99", "from=9999-01-01&to=0001-01-01",
     "every=century", "step=%00x&step=b", "unit=planet&step=a&step=b", "breakdown=nonsense", "segment=nobody",
     "event=a[b", "step=a&step=b&order=any&without=c", "lens=x", "at=2026", "page=x"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["active", "funnel", "retention", "paths", "conversion"])
def test_a_slip_in_a_question_is_no_error(as_viewer: Client, busy: Events, query: str, kind: str) -> None:
    assert as_viewer.get(f"{HERE}/ask/{kind}?{query}").status_code in (200, 400)
    assert as_viewer.get(f"{HERE}/ask/{kind}/behind?{query}&step=99").status_code in (200, 400)


def test_before_the_first_event_the_page_says_how_to_begin(as_owner: Client, event_store: Store) -> None:
    shown = as_owner.get(f"{HERE}/ask").content.decode()
    assert "No events yet" in shown


def test_what_accounts_pay_has_an_interval_or_says_why_not(as_viewer: Client, bet: Bet) -> None:
    judged(bet)
    shown = page(as_viewer, bet)
    assert "24 accounts, 24 paying" in shown
    assert "−14%" in shown
    assert "−30% to −5%" in shown
    assert "Fewer than 5 accounts: not shown." in shown
