"""A file of accounts: what they pay now, without touching what they paid before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from tests.conftest import Town
from tests.listen.files import Files, counts, refused, text_of
from wellheard.people.models import Account, Revenue
from wellheard.people.queries.money import cents_by_account

HEAD = ["id", "name", "plan", "mrr", "currency", "owner", "state", "domain", "since", "seats"]


def spans(account: Account) -> list[tuple[date, date | None, int]]:
    return list(account.revenue.order_by("since").values_list("since", "until", "cents"))


def test_accounts_arrive_with_their_revenue_and_again_change_nothing(files: Files) -> None:
    rows = [
        ["a1", "Alpha", "pro", "1,234.50", "", "Sam", "", "alpha.example", "2025-01-15", 12],
        ["a2", "Beta", "free", "0", "EUR", "", "trial", "", "", ""],
        ["a3", "Gamma", "", "", "", "", "prospect", "", "", ""],
        ["", "Nameless id", "", "99", "", "", "", "", "", ""],
    ]
    path = files.write(text_of(HEAD, rows), "accounts.csv")
    assert counts(files.bring(path, what="accounts")) == (4, 4, 0, 0)
    assert counts(files.bring(path, what="accounts")) == (4, 0, 4, 0)
    alpha = Account.objects.get(external_id="a1")
    assert (alpha.name, alpha.plan, alpha.owner, alpha.state, alpha.domain, alpha.traits) == (
        "Alpha", "pro", "Sam", "active", "alpha.example", {"seats": "12"},
    )  # fmt: skip
    assert spans(alpha) == [(date(2025, 1, 15), None, 123450)]
    assert not Account.objects.get(external_id="a2").revenue.exists()


def test_a_changed_price_counts_from_today_and_the_past_stays(files: Files) -> None:
    def told(mrr: str, on: str) -> int:
        with time_machine.travel(datetime.fromisoformat(f"{on}T12:00").replace(tzinfo=UTC), tick=False):
            return files.bring(text_of(HEAD, [["a", "A", "", mrr, "", "", "", "", "2025-01-01", ""]]), "a.csv",
                               what="accounts").stored  # fmt: skip

    assert told("100", "2026-01-10") == 1
    assert told("100", "2026-02-01") == 0
    assert told("150", "2026-03-01") == 1
    assert told("170", "2026-03-01") == 1, "corrected on the same day"
    assert told("0", "2026-04-01") == 1
    assert told("0", "2026-04-02") == 0
    assert told("90", "2026-06-01") == 1
    account = Account.objects.get()
    assert spans(account) == [
        (date(2025, 1, 1), date(2026, 3, 1), 10000),
        (date(2026, 3, 1), date(2026, 4, 1), 17000),
        (date(2026, 6, 1), None, 9000),
    ]
    asked = {"2025-06-01": 10000, "2026-02-28": 10000, "2026-03-01": 17000, "2026-05-01": 0, "2026-06-01": 9000}
    for day, cents in asked.items():
        assert cents_by_account(files.access.workspace, date.fromisoformat(day)).get(account.pk, 0) == cents


def test_a_price_told_for_a_later_day_counts_from_then(files: Files, town: Town) -> None:
    path = files.write(text_of(["id", "mrr", "since"], [["lind", 59, "2026-05-01"]]), "a.csv")
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False):
        assert files.bring(path, what="accounts").stored == 1
        assert files.bring(path, what="accounts").repeated == 1
    assert spans(town.lind) == [(date(2026, 1, 1), date(2026, 5, 1), 4900), (date(2026, 5, 1), None, 5900)]


def test_a_contract_with_an_end_is_not_counted_beside_what_is_told_now(files: Files, town: Town) -> None:
    Revenue.objects.create(workspace=town.workspace, account=town.free, cents=500, currency="EUR",
                           since=date(2026, 1, 1), until=date(2199, 1, 1))  # fmt: skip
    files.bring("id,mrr\nfree,7\n", "a.csv", what="accounts")
    today = max(s for s, _, _ in spans(town.free))
    assert cents_by_account(town.workspace, today)[town.free.pk] == 700


def test_an_account_that_ended_can_be_told_with_the_day_it_first_began(files: Files, town: Town) -> None:
    Revenue.objects.create(workspace=town.workspace, account=town.free, cents=500, currency="EUR",
                           since=date(2025, 1, 1), until=date(2025, 2, 1))  # fmt: skip
    assert files.bring("id,mrr,since\nfree,7,2025-01-01\n", "a.csv", what="accounts").stored == 1
    assert spans(town.free)[0] == (date(2025, 1, 1), date(2025, 2, 1), 500)


def test_an_account_known_by_name_only_gets_its_id(files: Files, town: Town) -> None:
    files.bring(text_of(["text", "account"], [["hi", "Soon Known AG"]]))
    files.bring(text_of(["id", "name"], [["c-77", "Soon Known AG"]]), "a.csv", what="accounts")
    assert Account.objects.filter(name="Soon Known AG").get().external_id == "c-77"
    files.bring(text_of(["id", "name"], [["c-78", "Soon Known AG"]]), "b.csv", what="accounts")
    assert Account.objects.filter(name="Soon Known AG").count() == 2, "two ids are two accounts, whatever their names"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"name": "n" * 201, "id": "x"}, "201 characters"),
        ({}, "needs an id or a name"),
        ({"id": "x", "mrr": "1e5"}, "not an amount"),
        ({"id": "x", "mrr": "about 12"}, "not an amount"),
        ({"id": "x", "mrr": "1.234"}, "two decimals"),
        ({"id": "x", "mrr": "9" * 20}, "too large"),
        ({"id": "x", "currency": "Euro", "mrr": "1"}, "not a currency"),
        ({"id": "x", "state": "happy"}, "not a state"),
        ({"id": "x", "plan": "p" * 61}, "61 characters"),
        ({"id": "x", "since": "0001-01-01"}, "1900"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_reason(files: Files, row: dict[str, str], reason: str) -> None:
    rows = [[row.get(h, "") for h in HEAD], ["ok", *[""] * (len(HEAD) - 1)]]
    report = files.bring(text_of(HEAD, rows), "a.csv", what="accounts")
    assert counts(report) == (2, 1, 0, 1)
    assert reason in refused(report)[0][1]


@pytest.mark.parametrize(
    ("written", "cents"),
    [("12", 1200), ("€ 1.234,50", 123450), ("$1,234.5", 123450), ("1 234,50", 123450), ("CHF 3.50", 350), ("US$5", 500),
     ("12 EUR", 1200), ("1'234.50", 123450), (".5", 50), ("1\u202f234,50\u00a0€", 123450)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(files: Files, written: str, cents: int) -> None:
    files.bring(text_of(["id", "mrr"], [["x", written]]), "a.csv", what="accounts")
    assert Account.objects.get().revenue.get().cents == cents
