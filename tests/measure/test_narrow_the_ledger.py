"""The ledger by team, verdict, days and kind of people; one verdict over API and command line. Floors hold everywhere (T29)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.commands.test_type_a_command import refused, run, typed
from tests.measure.test_ledger_page import HERE, _money, _pieces, bet, judged, page  # noqa: F401 - a fixture
from wellheard.decide.models import Bet
from wellheard.measure.described import money_of, others_shown
from wellheard.measure.filtering import Chosen, narrowed
from wellheard.measure.models import Outcome
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Relation, Role
from wellheard.people.services.workspaces import make_token

ROW = {"people": 12, "accounts": 6, "hidden": False, "before": 1.5, "after": 2.25, "change": 0.5, "series": [1.0] * 20,
       "active_before": 0.5, "active_after": 0.75}  # fmt: skip
SECRETS = [98765, 98766]  # people of a cell: nothing that goes out may name them


def _groups(**kinds: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": {"asked": ROW, "told": {"people": None, "hidden": True}, "silent": {"people": 0, "hidden": False},
                 "others": {"people": 300, "hidden": True}},
        "kinds": kinds, "kinds_kept_back": 2, "cannot": [], "floor": 5, "cells": [{"name": "asked", "but": False, "of": SECRETS}],
    }  # fmt: skip


@pytest.fixture
def two(bet: Bet) -> tuple[Bet, Bet]:  # noqa: F811
    """The other bet is of the team Blue, shipped a week later, not due; the first has askers on the plan Pro."""
    judged(bet, pieces=_pieces(groups=_groups(**{"plan:Pro": {"name": "plan Pro", **ROW}})))
    other = Bet.objects.create(
        workspace=bet.workspace, name="Two clocks", metric="Stores Compared", state="shipped", team="Blue", goal="Fewer calls",
        expected_percent=10, smallest_percent=5, shipped_on=bet.shipped_on + timedelta(weeks=1),  # type: ignore[operator]
    )  # fmt: skip
    return bet, other


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"One clock", "Two clocks"}),
        ("team=Blue", {"Two clocks"}),
        ("goal=Fewer calls", {"Two clocks"}),
        ("verdict=likely helped", {"One clock"}),
        ("verdict=due", {"Two clocks"}),
        ("kind=plan:Pro", {"One clock"}),
        ("kind=segment:77", set()),
        ("team=Red", set()),
        ("from=2199-01-01", set()),
        ("to=2001-01-01", set()),
        ("from=soon", {"One clock", "Two clocks"}),
    ],
)
def test_choosing_on_the_page_and_in_the_file(
    as_viewer: Client, two: tuple[Bet, Bet], query: str, names: set[str]
) -> None:
    shown = as_viewer.get(f"{HERE}/?{query}").content.decode()
    assert {n for n in ("One clock", "Two clocks") if f">{n}</a>" in shown} == names
    if not names:
        assert "Nothing like that" in shown
    rows = list(csv.DictReader(io.StringIO(as_viewer.get(f"{HERE}/?{query}&as=csv").content.decode())))
    assert {r["bet"] for r in rows} == names


def test_by_days_of_shipping(two: tuple[Bet, Bet]) -> None:
    first, second = two
    day = first.shipped_on
    assert day is not None
    for chosen, expected in (
        (Chosen(since=day), {first, second}), (Chosen(until=day), {first}), (Chosen(since=day + timedelta(days=1)), {second}),
    ):  # fmt: skip
        assert {line.bet for line in narrowed(first.workspace, chosen).lines} == expected


def test_a_kind_is_told_beside_the_verdict_and_gets_no_word(as_viewer: Client, two: tuple[Bet, Bet]) -> None:
    shown = as_viewer.get(f"{HERE}/?kind=plan:Pro").content.decode()
    for words in ("plan Pro: 12 asked, +50%", "without any comparison", "1 more bet fits", "finds what chance made"):
        assert words in shown
    assert "2 more kinds are not shown" in page(as_viewer, two[0])


def test_one_verdict_over_the_api(access: Access, two: tuple[Bet, Bet], client: Client) -> None:
    _, secret = make_token(access, "reader", Role.VIEWER)
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.get(f"/api/outcomes/{two[0].pk}", headers=headers)  # type: ignore[arg-type]
    found = answer.json()
    assert (found["verdict"], found["estimates"]["early"]["change"], found["estimates"]["late"]["change"]) == (
        "likely helped",
        0.9,
        0.3,
    )
    groups = {g["group"]: g for g in found["beside"]["groups"]}
    assert groups["told"] == {"group": "told", "people": None, "hidden": True}
    assert groups["asked"]["change"] == 0.5
    assert [m["after"] for m in found["beside"]["money"]] == [29900, None]
    assert len(found["cannot_separate"]) == 3
    assert str(SECRETS[0]) not in answer.content.decode()
    assert client.get(f"/api/outcomes/{two[1].pk}", headers=headers).status_code == 404  # type: ignore[arg-type]
    lines = client.get("/api/outcomes?kind=plan:Pro", headers=headers).json()  # type: ignore[arg-type]
    assert ([r["kind"]["people"] for r in lines["outcomes"]], lines["not_told"]) == ([12], 1)
    assert client.get("/api/outcomes?from=soon", headers=headers).status_code == 422  # type: ignore[arg-type]


def test_t29_nothing_that_goes_out_names_whom_a_sum_is_over(as_viewer: Client, two: tuple[Bet, Bet]) -> None:
    for address in (f"{HERE}/", f"{HERE}/?as=csv", f"{HERE}/bets/{two[0].pk}", f"{HERE}/?kind=plan:Pro"):
        assert str(SECRETS[0]) not in as_viewer.get(address).content.decode()


def _accounts(access: Access, numbers: range) -> list[int]:
    """One person in each account; their event numbers."""
    for n in numbers:
        account = Account.objects.create(workspace=access.workspace, external_id=f"a{n}", name=f"A{n}")
        person = Person.objects.create(workspace=access.workspace, external_id=f"p{n}", number=n)
        Relation.objects.create(workspace=access.workspace, person=person, account=account)
    return list(numbers)


def test_t29_two_bets_whose_askers_differ_by_one_account_do_not_both_show_money(
    access: Access, two: tuple[Bet, Bet]
) -> None:
    first, second = two
    people = _accounts(access, range(1000, 1040))
    Outcome.objects.all().delete()
    shown = money_of(first, {"askers": people[:20], "mirror": people[20:30]})
    judged(first, pieces=_pieces(money=shown))
    assert shown["groups"]["askers"]["before"] == 0
    one_more = money_of(second, {"askers": people[:21], "mirror": people[30:40]})["groups"]
    assert one_more["askers"]["before"] is None
    assert "tell of a few" in one_more["askers"]["why"]
    assert one_more["mirror"]["before"] == 0
    five_more = money_of(second, {"askers": people[:25], "mirror": []})
    assert five_more["groups"]["askers"]["before"] == 0
    assert len(others_shown(second, "money")) == 2
    again = money_of(first, {"askers": people[:21], "mirror": []})
    assert again["groups"]["askers"]["before"] == 0, (
        "a bet is held against the others, not against its own last verdict"
    )


def test_one_verdict_on_the_command_line(two: tuple[Bet, Bet]) -> None:
    code, out, err = run(["outcome", "show", str(two[0].pk), "--workspace", "acme"])
    assert (code, err) == (0, "")
    for words in ("likely helped. +50% (+20% to +80%)", "early", "not shown", "Silent sufferers", "asked, plan Pro",
                  "No comparison can separate"):  # fmt: skip
        assert words in out
    told = typed("outcomes", "--team", "Blue", "--workspace", "acme")
    assert [r["bet"] for r in told["outcomes"]] == ["Two clocks"]
    assert "no verdict" in refused("outcome", "show", str(two[1].pk), "--workspace", "acme")[1]
