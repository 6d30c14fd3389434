"""A file of revenue, and the sums over it: as of any day, and what moved between two days, to the cent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from tests.listen.files import Files, counts, refused, text_of
from wellheard.people.models import Account, Revenue, Workspace
from wellheard.people.queries.money import cents_by_account, steps
from wellheard.people.queries.movements import movements

HEAD = ["account", "amount", "currency", "period", "from", "to", "source"]


def test_revenue_arrives_by_month_year_or_once_and_again_changes_nothing(files: Files) -> None:
    rows = [
        ["Alpha", "100", "EUR", "month", "2026-01-01", "2026-04-01", ""],
        ["Alpha", "1200.06", "", "year", "2026-04-01", "9999-12-31", ""],
        ["Beta", "500", "", "once", "2026-02-01", "", "setup"],
        ["Beta", "(20.00)", "", "Monthly", "2026-02-01", "", "credit"],
    ]
    path = files.write(text_of(HEAD, rows), "money.csv")
    assert counts(files.bring(path, what="money")) == (4, 4, 0, 0)
    assert counts(files.bring(path, what="money")) == (4, 0, 4, 0)
    alpha = Account.objects.get(name="Alpha")
    held = list(alpha.revenue.order_by("since").values_list("cents", "since", "until"))
    assert held == [(10000, date(2026, 1, 1), date(2026, 4, 1)), (10001, date(2026, 4, 1), None)]
    assert Revenue.objects.filter(once=True).get().cents == 50000
    assert Revenue.objects.get(source="credit").cents == -2000


def test_a_row_told_differently_replaces_what_was_told(files: Files) -> None:
    files.bring(text_of(HEAD, [["A", 10, "", "", "2026-01-01", "", ""]]), "m.csv", what="money")
    again = text_of(
        HEAD, [["A", 12, "", "", "2026-01-01", "2026-06-01", ""], ["A", 12, "", "", "2026-01-01", "2026-06-01", ""]]
    )
    assert counts(files.bring(again, "m.csv", what="money")) == (2, 1, 1, 0)
    assert Revenue.objects.values_list("cents", "until").get() == (1200, date(2026, 6, 1))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "1", "", "", "2026-01-01"], "names no account"),
        (["A", "", "", "", "2026-01-01"], "not an amount"),
        (["A", "lots", "", "", "2026-01-01"], "not an amount"),
        (["A", "1", "E", "", "2026-01-01"], "not a currency"),
        (["A", "1", "", "week", "2026-01-01"], "not a period"),
        (["A", "1", "", "", ""], "not a date"),
        (["A", "1", "", "", "1850-01-01"], "1900"),
        (["A", "1", "", "", "9999-12-31"], "1900"),
        (["A", "1", "", "", "2026-02-01", "2026-02-01"], "ends"),
        (["A", "1", "", "", "2026-02-01", "soon"], "not a date"),
        (["A" * 201, "1", "", "", "2026-01-01"], "201 characters"),
        (["A", "1", "", "", "2026-01-01", "", "s" * 61], "61 characters"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_reason(files: Files, row: list[str], reason: str) -> None:
    rows = [row + [""] * (len(HEAD) - len(row)), ["B", "1", "", "", "2026-01-01", "", ""]]
    report = files.bring(text_of(HEAD, rows), "m.csv", what="money")
    assert counts(report) == (2, 1, 0, 1)
    assert reason in refused(report)[0][1]
    assert Account.objects.count() == 1, "a refused row makes no account"


START = date(2026, 1, 1)
spans = st.tuples(st.integers(0, 60), st.integers(1, 40) | st.none(), st.integers(-500, 5000))
histories = st.lists(st.lists(spans, max_size=5, unique_by=lambda s: s[0]), max_size=5)


def tell(workspace: Workspace, histories: list[list[tuple[int, int | None, int]]]) -> None:
    Account.objects.filter(workspace=workspace).delete()
    for n, history in enumerate(histories):
        account = Account.objects.create(workspace=workspace, name=f"A{n}")
        for begin, length, cents in history:
            since = START + timedelta(days=begin)
            Revenue.objects.create(
                workspace=workspace, account=account, cents=cents, currency="EUR", since=since,
                until=since + timedelta(days=length) if length else None,
            )  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories, st.integers(-5, 105), st.integers(0, 60))
def test_movements_reconcile_for_any_history(
    workspace: Workspace, histories: list[list[tuple[int, int | None, int]]], first: int, days: int
) -> None:
    tell(workspace, histories)
    begin, end = START + timedelta(days=first), START + timedelta(days=first + days)
    m = movements(workspace, begin, end)
    assert m.start + m.new + m.grown + m.back - m.shrunk - m.lost == m.end
    assert m.net == m.end - m.start

    def naive(on: int) -> int:
        return sum(c for h in histories for b, n, c in h if b <= on and (n is None or on < b + n))

    assert (m.start, m.end) == (naive(first), naive(first + days)), "as of any past day"
    for account in Account.objects.filter(workspace=workspace):
        told = steps(account)
        assert sum(s.change for s in told) == (told[-1].cents if told else 0)
        held = [s.cents for s in told if s.day <= end]
        assert (held[-1] if held else 0) == cents_by_account(workspace, end).get(account.pk, 0)


def test_what_moved_is_named(workspace: Workspace) -> None:
    tell(workspace, [[(0, None, 100)], [(0, 20, 100), (20, None, 250)], [(0, 20, 100), (20, None, 40)], [(0, 20, 70)],
                     [(0, 5, 30), (30, None, 30)], [(25, None, 55)]])  # fmt: skip
    m = movements(workspace, START + timedelta(days=10), START + timedelta(days=40))
    assert (m.start, m.new, m.grown, m.back, m.shrunk, m.lost, m.end) == (370, 55, 150, 30, 60, 70, 475)


def test_other_currencies_and_once_paid_money_are_no_monthly_revenue(files: Files, town: Town) -> None:
    day = date(2026, 3, 1)
    before = cents_by_account(town.workspace, day)
    files.bring(text_of(HEAD, [["free", 9, "USD", "", "2026-01-01", "", ""], ["free", 9, "", "once", "2026-01-01", "", ""]]),
                "m.csv", what="money")  # fmt: skip
    assert cents_by_account(town.workspace, day) == before
