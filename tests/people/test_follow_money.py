"""Where money came from and where it went: kinds of movement, rates, income by day, a real file with known sums."""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listen.files import Files, counts, refused, text_of
from tests.people.test_import_money import START, histories, tell
from wellheard.people.importing_money import months_before
from wellheard.people.models import Account, Income, Rate, Revenue, Workspace
from wellheard.people.queries.income import earned
from wellheard.people.queries.money import cents_by_account, standing, uncounted
from wellheard.people.queries.movements import Kind, changes, month_ends, movements, waterfall
from wellheard.people.rates import Converter

REAL = Path(os.environ.get("WELLHEARD_TRIAL_DATA", "/nowhere")) / "money" / "Telco-Customer-Churn.csv"


@pytest.mark.skipif(not REAL.is_file(), reason="set WELLHEARD_TRIAL_DATA to the folder with the trial data to run this")
def test_the_telco_file_gives_its_published_sums(files: Files) -> None:
    path = files.write(REAL.read_text(), "telco.csv")
    report = files.bring(path, what="money", as_of="=2026-06-30")
    assert counts(report) == (7043, 7043, 0, 0)
    workspace = Workspace.objects.get(pk=Revenue.objects.values_list("workspace", flat=True)[0])
    on = date(2026, 6, 30)
    assert standing(workspace, on).cents == 45_611_660
    lost = movements(workspace, on, on + timedelta(days=1))
    assert (lost.counts[Kind.CHURN], lost.lost) == (1869, 13_913_085)
    assert standing(workspace, on + timedelta(days=1)).cents == 45_611_660 - 13_913_085


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories, st.lists(st.integers(-5, 105), min_size=2, max_size=5, unique=True))
def test_the_waterfall_of_any_history_reconciles_and_names_each_change(
    workspace: Workspace, histories: list[list[tuple[int, int | None, int]]], at: list[int]
) -> None:
    tell(workspace, histories)
    bounds = [START + timedelta(days=d) for d in sorted(at)]
    rows = waterfall(workspace, bounds)
    assert [(m.begin, m.until) for m in rows] == list(pairwise(bounds))
    for m, after in zip(rows, [*rows[1:], None], strict=True):
        assert m.start + sum(m.cents(kind) for kind in Kind) == m.end
        assert after is None or after.start == m.end
        held = cents_by_account(workspace, m.begin), cents_by_account(workspace, m.until)
        assert (m.start, m.end) == (sum(held[0].values()), sum(held[1].values()))
        assert (m.payers, m.accounts) == (len(held[0]), len(held[1]))
        assert m.gone == len(held[0].keys() - held[1].keys())
    told = changes(workspace, bounds[0], bounds[-1])
    for change in told:
        day = cents_by_account(workspace, change.day), cents_by_account(workspace, change.day - timedelta(days=1))
        assert (change.was, change.now) == (day[1].get(change.account, 0), day[0].get(change.account, 0))
    assert sum(c.cents for c in told) == rows[-1].end - rows[0].start
    assert movements(workspace, bounds[0], bounds[-1]).lost == sum(m.lost for m in rows), "spans add up"


def test_retention_of_those_who_paid_at_the_start(workspace: Workspace) -> None:
    tell(workspace, [[(0, None, 100)], [(0, 20, 100), (20, None, 250)], [(0, 20, 100), (20, None, 40)], [(0, 20, 60)],
                     [(25, None, 500)]])  # fmt: skip
    m = movements(workspace, START, START + timedelta(days=30))
    assert (m.net_retention, m.gross_retention, m.churn) == (390 / 360, 240 / 360, 1 / 4)
    nobody = movements(workspace, START - timedelta(days=9), START - timedelta(days=8))
    assert (nobody.net_retention, nobody.gross_retention, nobody.churn) == (None, None, None)


def test_months_end_where_months_end() -> None:
    assert month_ends(date(2024, 1, 15), date(2024, 3, 10)) == [
        date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 10)]  # fmt: skip
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2026, 6, 30), 72) == date(2020, 6, 30)


def test_rates_count_from_their_day_and_never_look_like_growth(files: Files, workspace: Workspace) -> None:
    rows = [["A", "100", "USD", "2026-02-10"], ["B", "50", "CHF", "2026-02-10"], ["C", "70", "", "2026-01-01"]]
    files.bring(text_of(["account", "amount", "currency", "from"], rows), "m.csv", what="money")
    day = date(2026, 3, 1)
    assert standing(workspace, day).cents == 7000, "no rate is known, so it is not counted"
    assert [(u.currency, u.rows) for u in uncounted(workspace)] == [("CHF", 1), ("USD", 1)]
    table = [["2026-01-31", "1.25", "N/A", ""], ["2026-02-20", "1.60", "0.9", ""]]
    assert counts(files.bring(text_of(["Date", "USD", "CHF", ""], table), "r.csv", what="rates"))[:2] == (2, 2)
    assert standing(workspace, day).cents == 7000 + 8000, "at the rate in force when it began"
    assert [u.currency for u in uncounted(workspace)] == ["CHF"], "its first rate is of a later day"
    moved = movements(workspace, date(2026, 2, 15), date(2026, 3, 15))
    assert (moved.start, moved.end, moved.net) == (15000, 15000, 0)
    long = [["2026-02-01", "chf", "USD", "1,5"]]
    assert counts(files.bring(text_of(["day", "base", "quote", "rate"], long), "l.csv", what="rates")) == (1, 1, 0, 0)
    assert standing(workspace, day).cents == 15000 + 6000, "50 CHF are 75 USD are 60 EUR"
    assert uncounted(workspace) == []
    assert counts(files.bring(text_of(["day", "base", "quote", "rate"], long), "l.csv", what="rates")) == (1, 0, 1, 0)


def test_a_rate_told_anew_changes_what_it_was_used_for(files: Files, workspace: Workspace) -> None:
    head = ["day", "base", "quote", "rate"]
    files.bring(text_of(head, [["2026-01-01", "USD", "EUR", "0.8"]]), "r.csv", what="rates")
    files.bring(
        text_of(["account", "amount", "currency", "from"], [["A", 10, "USD", "2026-02-01"]]), "m.csv", what="money"
    )
    assert Revenue.objects.get().base_cents == 800
    files.bring(text_of(head, [["2026-01-01", "USD", "EUR", "0.9"]]), "r.csv", what="rates")
    assert (Revenue.objects.get().base_cents, Rate.objects.count()) == (900, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "USD", "EUR", "1"], "not a date"),
        (["2026-01-01", "US", "EUR", "1"], "not a currency"),
        (["2026-01-01", "EUR", "EUR", "1"], "always 1"),
        (["2026-01-01", "USD", "EUR", "0"], "not a rate above 0"),
        (["2026-01-01", "USD", "EUR", "-1"], "not a rate above 0"),
        (["2026-01-01", "USD", "EUR", "NaN"], "not a rate above 0"),
        (["2026-01-01", "USD", "EUR", "about 2"], "not a number"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(files: Files, row: list[str], reason: str) -> None:
    report = files.bring(text_of(["day", "base", "quote", "rate"], [row]), "r.csv", what="rates")
    assert counts(report) == (1, 0, 0, 1)
    assert reason in refused(report)[0][1]
    assert not Rate.objects.exists()


def test_a_rate_serves_both_ways_and_through_a_third_currency() -> None:
    day = date(2026, 1, 1)
    convert = Converter("GBP", [("EUR", "USD", day, Decimal("1.25")), ("EUR", "GBP", day, Decimal("0.8"))])
    assert convert(100, "EUR", day) == 80
    assert convert(125, "USD", day) == 80
    assert convert(100, "USD", day - timedelta(days=1)) is None
    assert convert(100, "SEK", day) is None
    assert Converter("EUR", [("EUR", "USD", day, Decimal("1.25"))])(125, "USD", day) == 100


def test_income_of_a_day_by_source(files: Files, workspace: Workspace) -> None:
    files.bring(
        text_of(["account", "amount", "from", "to"], [["A", "31.00", "2026-01-11", "2026-02-11"]]),
        "m.csv",
        what="money",
    )
    files.bring(text_of(["account", "amount", "period", "from", "source"], [["A", "5", "once", "2026-01-12", "setup"]]),
                "o.csv", what="money")  # fmt: skip
    ads = text_of(["date", "amount", "source"], [["2026-01-12", "2.50", "advertising"], ["2026-01-13", "1", "stores"]])
    assert counts(files.bring(ads, "ads.csv", what="money")) == (2, 2, 0, 0)
    assert counts(files.bring(ads, "ads.csv", what="money")) == (2, 0, 2, 0)
    Income.objects.create(
        workspace=workspace, source="subscription", ref="in_1", day=date(2026, 1, 11), cents=3100, currency="EUR", received=True
    )  # fmt: skip
    told = earned(workspace, date(2026, 1, 10), date(2026, 1, 13))
    assert {s.name: s.cents for s in told.sources} == {
        "subscription": [0, 100, 100, 100], "setup": [0, 0, 500, 0],
        "advertising": [0, 0, 250, 0], "stores": [0, 0, 0, 100],
    }  # fmt: skip
    assert told.received == [0, 3100, 0, 0]
    assert told.total == 1150, "a payment of what is counted already is not added"
    assert Account.objects.count() == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories, st.integers(1, 12))
def test_what_a_month_earns_day_by_day_is_the_months_amount(
    workspace: Workspace, histories: list[list[tuple[int, int | None, int]]], month: int
) -> None:
    tell(workspace, [[(b - 60, None, c) for b, _, c in h[:1]] for h in histories])
    first = date(2026, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    whole = [sum(h[0][2] for h in histories if h and START + timedelta(days=h[0][0] - 60) <= first)]
    late = any(h and first < START + timedelta(days=h[0][0] - 60) for h in histories)
    if not late:
        assert earned(workspace, first, last).total == whole[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["A", "1", "one", ""], "not a number of months"),
        (["A", "1", "-1", ""], "not a number of months"),
        (["A", "1", "5", "perhaps"], "neither yes nor no"),
    ],
)
def test_months_that_cannot_be_are_refused(files: Files, row: list[str], reason: str) -> None:
    report = files.bring(text_of(["account", "amount", "tenure", "churn"], [row]), "t.csv", what="money")
    assert reason in refused(report)[0][1]
