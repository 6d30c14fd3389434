"""Ranking bets through both lenses: where the figures come from, how sure the order is, and what would turn it."""

from __future__ import annotations

import itertools
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.core.models import Entry
from wellheard.decide import services
from wellheard.decide.models import Bet, Given
from wellheard.decide.scoring import formula
from wellheard.decide.scoring import ranking as ranked
from wellheard.decide.scoring.inputs import Inputs, Value, felt
from wellheard.decide.scoring.methods import Settings
from wellheard.decide.scoring.ranking import rank, ranking
from wellheard.decide.services import Figure
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.understand.services.problems import create_problem

TERMS = services.Terms("One clock", "Exported", Decimal(20), Decimal(10))


def bet(access: Access, name: str, *who: str, feeling: str = "negative") -> Bet:
    said = [capture(access, f"{w} speaks of {name}.", who=w, sentiment=feeling).pk for w in who]
    problem = create_problem(access, f"Problem of {name}", voices=said)
    return services.create_bet(access, [problem], services.Terms(name, "Exported", Decimal(20), Decimal(10)))


@pytest.fixture
def two(access: Access, town: Town) -> tuple[Bet, Bet]:
    """Users want the first, the one who buys wants the second."""
    first = bet(access, "Clock", "ann@shop.example", "tim@shop.example", "ben@shop.example")
    second = bet(access, "Invoice", "otto@shop.example", "nora@shop.example")
    for b in (first, second):
        services.give_inputs(access, b, {"effort": Figure(Decimal(2), Decimal(1), Decimal(4))})
    return first, second


def test_reach_and_revenue_are_counted_from_the_evidence(access: Access, two: tuple[Bet, Bet]) -> None:
    rows = {r.bet.name: r.inputs for r in ranking(access.workspace).rows}
    assert (rows["Clock"].users.likely, rows["Clock"].customers.likely) == (3, 0)
    assert (rows["Invoice"].users.likely, rows["Invoice"].customers.likely) == (1, 2)
    assert rows["Invoice"].revenue.likely == 34_800
    assert rows["Clock"].pain["users"].likely == felt((3, 0, 0))


def test_users_and_customers_rank_differently(access: Access, two: tuple[Bet, Bet]) -> None:
    found = ranking(access.workspace)
    assert [r.bet.name for r in found.by("users")] == ["Clock", "Invoice"]
    assert [r.bet.name for r in found.by("customers")] == ["Invoice", "Clock"]
    assert found.rows[0].apart == -1


def test_the_same_figures_give_the_same_answer_and_chances_add_up(access: Access, two: tuple[Bet, Bet]) -> None:
    once, again = ranking(access.workspace), ranking(access.workspace)
    assert once.as_dict() == again.as_dict()
    for lens in ("users", "customers"):
        assert sum(r.stands[lens].top for r in once.rows) == pytest.approx(1)


def test_a_bet_without_effort_is_listed_with_what_is_missing(access: Access, two: tuple[Bet, Bet]) -> None:
    services.give_inputs(access, two[0], {"effort": None})
    found = ranking(access.workspace)
    assert [(u.bet.name, u.why) for u in found.unscored] == [("Clock", "Nobody has said yet what it takes.")]
    assert [r.bet.name for r in found.rows] == ["Invoice"]


def test_another_figure_than_counted_needs_a_reason_and_is_told_in_the_journal(
    access: Access, two: tuple[Bet, Bet]
) -> None:
    with pytest.raises(ValueError, match="Say why another figure"):
        services.give_inputs(access, two[0], {"users": Figure(Decimal(40))})
    services.give_inputs(access, two[0], {"users": Figure(Decimal(40), reason="A survey found forty.")})
    held = next(r for r in ranking(access.workspace).rows if r.bet == two[0]).inputs.users
    assert (held.likely, held.counted, held.source) == (40, 3, "given")
    entry = Entry.objects.filter(verb="bet.weighed").latest("pk")
    assert entry.data["changed"] == {"users": ["", "40 (A survey found forty.)"]}


def test_giving_the_same_again_writes_nothing(access: Access, two: tuple[Bet, Bet]) -> None:
    before = Entry.objects.count()
    services.give_inputs(access, two[0], {"effort": Figure(Decimal(2), Decimal(1), Decimal(4))})
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("name", "figure", "words"),
    [("effort", Figure(Decimal(0)), "between 0.05"), ("effort", Figure(Decimal(2), Decimal(3)), "go upwards"), ("effort", Figure(Decimal("NaN")), "state numbers"),
     ("pain", Figure(Decimal(6), reason="x"), "between 1 and 5"), ("confidence", Figure(Decimal(101)), "between 1 and 100"),
     ("users", Figure(Decimal("Infinity"), reason="x"), "state numbers"), ("karma", Figure(Decimal(1)), "no input")],
)  # fmt: skip
def test_figures_that_cannot_be_are_refused(
    access: Access, two: tuple[Bet, Bet], name: str, figure: Figure, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        services.give_inputs(access, two[0], {name: figure})
    assert Given.objects.filter(bet=two[0]).count() == 1


def test_a_viewer_gives_no_figures(access: Access, two: tuple[Bet, Bet]) -> None:
    viewer = Access(access.workspace, access.actor, Role.VIEWER)
    with pytest.raises(PermissionDenied):
        services.give_inputs(viewer, two[0], {"effort": Figure(Decimal(1))})
    with pytest.raises(PermissionDenied):
        services.set_scheme(viewer, "rice")


def test_moscow_orders_by_column_before_all_else(access: Access, two: tuple[Bet, Bet]) -> None:
    Bet.objects.filter(pk=two[0].pk).update(moscow="could")
    Bet.objects.filter(pk=two[1].pk).update(moscow="must")
    found = ranking(access.workspace, "moscow")
    assert [r.bet.name for r in found.by("users")] == ["Invoice", "Clock"]
    assert found.rows[0].stands["users"].top == 1
    Bet.objects.filter(pk=two[0].pk).update(moscow="")
    assert [u.why for u in ranking(access.workspace, "moscow").unscored] == ["It stands in no MoSCoW column yet."]


def test_an_own_formula_ranks_and_a_wrong_one_is_not_kept(access: Access, two: tuple[Bet, Bet]) -> None:
    services.set_scheme(access, "formula", text="revenue / effort")
    found = ranking(access.workspace)
    assert (found.same, found.by("users")[0].bet.name) == (True, "Invoice")
    assert found.by("users")[0].stands["users"].score == pytest.approx(174)
    with pytest.raises(ValueError, match="“money” is not known"):
        services.set_scheme(access, "formula", text="money / effort")
    assert ranking(access.workspace).settings.formula == "revenue / effort"


def test_a_formula_without_an_answer_says_so(access: Access, two: tuple[Bet, Bet]) -> None:
    services.set_scheme(access, "formula", text="1 / customers")
    assert [u.bet.name for u in ranking(access.workspace).unscored] == ["Clock"]


def test_weights_move_the_order(access: Access, two: tuple[Bet, Bet]) -> None:
    services.set_scheme(access, "weighted", weights={"revenue": 100})
    found = ranking(access.workspace).by("users")
    assert [r.bet.name for r in found] == ["Invoice", "Clock"]
    assert found[0].stands["users"].score == pytest.approx(100)
    for wrong in ({"revenue": -1}, {"karma": 5}, {"reach": 0}, {"reach": "nan"}, {"reach": "lots"}):
        with pytest.raises(ValueError, match=r"weight|weighed"):
            services.set_scheme(access, "weighted", weights=wrong)


def row(number: int, users: float, effort: float, low: float | None = None, high: float | None = None) -> Inputs:
    """A bet that exists nowhere, with figures taken as exact but for a given range of effort."""
    exact = {lens: Value(3.0, "given", 3.0, 3.0) for lens in ("users", "customers")}
    count = Value(users, "given", users, users)
    return Inputs(
        Bet(pk=number, name=f"bet {number}", moscow="must"), count, count, Value(0.0, "given", 0.0, 0.0), exact,
        Value(effort, "given", low if low is not None else effort, high if high is not None else effort), Value(50.0, "given", 50.0, 50.0),
    )  # fmt: skip


def test_what_would_turn_the_order_first_is_what_algebra_says() -> None:
    """30·k/2 against 20·k/1.5: the first leads by 15 to 13.3, so 12.5 % more of the second's reach turns it."""
    found = rank([row(1, 30, 2), row(2, 20, 1.5)], Settings())
    turn = found.top_turn("users")
    assert turn is not None
    assert abs(np.log(turn.factor)) == pytest.approx(np.log(15 / (20 / 1.5)), rel=1e-3)
    assert (turn.above.name, turn.below.name) == ("bet 2", "bet 1")
    assert not turn.within


def test_a_turn_within_the_given_range_is_said() -> None:
    turn = rank([row(1, 30, 2, 1, 4), row(2, 20, 1.5)], Settings()).top_turn("users")
    assert turn is not None
    wide = [
        t
        for t in rank([row(1, 30, 2, 1, 4), row(2, 20, 1.5)], Settings()).turns
        if t.input == "effort" and t.bet.pk == 1
    ]
    assert wide[0].within
    assert wide[0].then == pytest.approx(2.25, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.1, 100)), min_size=1, max_size=8),
    st.sampled_from(["rice", "moscow", "weighted", "formula"]),
)
def test_ranks_intervals_and_chances_always_hold_together(figures: list[tuple[float, float]], method: str) -> None:
    rows = [row(i, users, effort, effort / 2, effort * 2) for i, (users, effort) in enumerate(figures, 1)]
    found = rank(rows, Settings(method), count=60)
    assert len(found.rows) + len(found.unscored) == len(rows)
    for lens in ("users", "customers"):
        ordered = found.by(lens)
        assert all(a.stands[lens].score >= b.stands[lens].score for a, b in itertools.pairwise(ordered))
        assert all(
            1 <= r.stands[lens].low <= r.stands[lens].rank <= r.stands[lens].high <= len(ordered) for r in ordered
        )
        assert sum(r.stands[lens].top for r in ordered) == pytest.approx(1 if ordered else 0)


def test_ranks_share_a_place_when_scores_are_equal() -> None:
    assert ranked.ranks(np.array([[3.0], [3.0], [1.0], [np.nan]]))[:, 0].tolist() == [1, 1, 3, 4]


def test_certain_figures_leave_no_interval_and_wide_ones_do() -> None:
    firm = rank([row(1, 30, 2), row(2, 20, 2)], Settings()).rows
    assert [(r.stands["users"].low, r.stands["users"].high) for r in firm] == [(1, 1), (2, 2)]
    loose = rank([row(1, 30, 2, 0.5, 9), row(2, 20, 2, 0.5, 9)], Settings()).rows
    assert [(r.stands["users"].low, r.stands["users"].high) for r in loose] == [(1, 2), (1, 2)]
    assert 0.5 < loose[0].stands["users"].top < 1


@pytest.mark.parametrize("text", ["1/0", "9**9**9**9", "10**400", "log(0)", "min(1, 2)"])
def test_a_formula_that_names_nothing_is_refused_and_would_break_nothing(access: Access, text: str) -> None:
    with pytest.raises(ValueError, match="score the same"):
        services.set_scheme(access, "formula", text=text)
    found = formula.parse(text, frozenset({"reach"})).compute({"reach": np.ones((3, 2))})
    assert found.shape == (3, 2)
