"""What Stripe says becomes what accounts pay: the published vector, amounts a month, any order, files, customers."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listen.files import Files, counts, refused, text_of
from wellheard.core.models import Entry
from wellheard.people.access import Access, by_command
from wellheard.people.billing import stripe
from wellheard.people.billing.history import Snapshot, Span, spans
from wellheard.people.billing.signature import Unsigned, sign, verify
from wellheard.people.models import Account, Billing, BillingCustomer, BillingEvent, Income, Revenue, Workspace
from wellheard.people.queries.money import standing
from wellheard.people.services import billing, billing_work, merges

DAY = 86_400
T0 = int(datetime(2026, 1, 10, 12, tzinfo=UTC).timestamp())


def item(
    amount: Any = 5000, interval: str = "month", count: int = 1, quantity: Any = 1, currency: str = "eur", **price: Any
) -> Any:
    return {
        "quantity": quantity,
        "price": {
            "id": "price_1", "currency": currency, "unit_amount": amount,
            "recurring": {"interval": interval, "interval_count": count, "usage_type": "licensed"}, **price,
        },
    }  # fmt: skip


def subscription(*items: Any, status: str = "active", **more: Any) -> dict[str, Any]:
    return {
        "object": "subscription", "id": "sub_1", "customer": "cus_1", "status": status, "start_date": T0, "created": T0,
        "items": {"data": list(items) or [item()]}, **more,
    }  # fmt: skip


def event(number: int, kind: str, thing: dict[str, Any], at: int = T0) -> dict[str, Any]:
    return {"id": f"evt_{number}", "type": kind, "created": at, "data": {"object": thing}}


def test_the_published_signature_is_believed_and_no_other() -> None:
    raw, moment = b'{"id":"evt_1"}', 1614265330
    signature = "347e9afe3d74ec4c5cbefd270edc9246513ae3da7b375223e302560fbd4146eb"
    assert sign("whsec_test", moment, raw) == signature
    verify(f"t={moment},v1={'0' * 64},v1={signature},v0=abc", raw, ["whsec_old", "whsec_test"], moment + 299)
    for header, body, secrets, now in [
        (f"t={moment},v1={signature}", raw + b" ", ["whsec_test"], moment),
        (f"t={moment},v1={signature}", raw, ["whsec_other"], moment),
        (f"t={moment},v1={signature}", raw, [], moment),
        (f"t={moment},v1={signature}", raw, ["whsec_test"], moment + 301),
        (f"t={moment},v1={signature}", raw, ["whsec_test"], moment - 301),
        (f"t={moment + 1},v1={signature}", raw, ["whsec_test"], moment),
        (f"t={moment},t={moment},v1={signature}", raw, ["whsec_test"], moment),
        (f"t={moment},v0={signature}", raw, ["whsec_test"], moment),
        (f"v1={signature}", raw, ["whsec_test"], moment),
        ("", raw, ["whsec_test"], moment),
        (f"t=é,v1={signature}", raw, ["whsec_test"], moment),
    ]:
        with pytest.raises(Unsigned):
            verify(header, body, secrets, now)


@pytest.mark.parametrize(
    ("items", "more", "cents"),
    [
        ([item(5000)], {}, 5000),
        ([item(1000, quantity=7)], {}, 7000),
        ([item(12000, "year")], {}, 1000),
        ([item(100000, "year")], {}, 8333),
        ([item(3000, "month", 3)], {}, 1000),
        ([item(24000, "year", 2)], {}, 1000),
        ([item(1200, "week")], {}, 5200),
        ([item(1200, "day", 1)], {}, 36500),
        ([item(None, unit_amount_decimal="0.5", quantity=1000)], {}, 500),
        ([item(1000), item(12000, "year")], {}, 2000),
        ([item(1000, currency="jpy")], {}, 100_000),
        ([item(1005, currency="kwd")], {}, 100),
        ([item(500, quantity=25, transform_quantity={"divide_by": 10, "round": "up"})], {}, 1500),
        ([item(500, quantity=25, transform_quantity={"divide_by": 10, "round": "down"})], {}, 1000),
        ([item(5000)], {"discounts": [{"coupon": {"percent_off": 20, "duration": "forever"}}]}, 4000),
        ([item(5000)], {"discount": {"coupon": {"percent_off": 20, "duration": "once"}}}, 5000),
        ([item(12000, "year")], {"discounts": [{"coupon": {"amount_off": 6000, "currency": "eur"}}]}, 500),
        ([item(5000)], {"discounts": [{"coupon": {"amount_off": 9000, "currency": "eur"}}]}, 0),
        ([item(5000)], {"discounts": [{"source": {"coupon": {"percent_off": 50}}}, {"coupon": {"percent_off": 50}}]}, 1250),
    ],
)  # fmt: skip
def test_an_amount_a_month(items: list[Any], more: dict[str, Any], cents: int) -> None:
    found = stripe.worth(subscription(*items, **more))
    assert (found.at(datetime.now(UTC)), found.unknown) == (cents, [])


@pytest.mark.parametrize(
    ("items", "more", "words"),
    [
        ([item(100, recurring={"interval": "month", "usage_type": "metered"})], {}, "metered"),
        ([item(None, billing_scheme="tiered")], {}, "tiers"),
        ([item(100)], {"discounts": ["di_1"]}, "not taken off"),
        ([item(100)], {"discounts": [{"coupon": {"amount_off": 5, "currency": "usd"}}]}, "another currency"),
    ],
)
def test_what_cannot_be_known_is_said(items: list[Any], more: dict[str, Any], words: str) -> None:
    assert words in stripe.worth(subscription(*items, **more)).unknown[0]


@pytest.mark.parametrize(
    "thing",
    [
        {**subscription(), "items": {"data": []}},
        subscription(item("much")),
        subscription(item(1, "fortnight")),
        subscription(item(1, "month", "x")),
        subscription(item(1), item(1, currency="usd")),
        subscription(item(1, currency="")),
        subscription(item(10**20)),
    ],
)
def test_what_cannot_be_read_is_an_error(thing: dict[str, Any]) -> None:
    with pytest.raises(stripe.Unreadable):
        stripe.worth(thing)


def at(days: int) -> datetime:
    return datetime.fromtimestamp(T0 + days * DAY, UTC)


def days(*snapshots: Snapshot) -> list[tuple[int, int | None, int]]:
    first = date(2026, 1, 10)
    return [
        ((s.since - first).days, (s.until - first).days if s.until else None, s.cents)
        for s in spans(snapshots, ZoneInfo("UTC"))
    ]


def test_a_subscription_from_trial_to_end() -> None:
    told = [
        Snapshot(at(0), subscription(status="trialing", trial_end=T0 + 14 * DAY)),
        Snapshot(at(14), subscription()),
        Snapshot(at(40), subscription(item(8000))),
        Snapshot(at(50), subscription(item(8000), status="past_due")),
        Snapshot(at(60), subscription(item(8000), cancel_at_period_end=True, current_period_end=T0 + 70 * DAY)),
        Snapshot(at(70), subscription(item(8000), status="canceled", ended_at=T0 + 70 * DAY), deleted=True),
    ]
    assert days(*told) == [(14, 40, 5000), (40, 70, 8000)]
    assert days(*reversed(told)) == days(*told)
    assert days(*told[:5]) == [(14, 40, 5000), (40, 70, 8000)], (
        "it counts until the end of the period, and then no more"
    )


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (subscription(), [(0, None, 5000)]),
        (subscription(trial_end=T0 + 7 * DAY), [(7, None, 5000)]),
        (subscription(status="trialing"), []),
        (subscription(status="incomplete"), []),
        (subscription(status="incomplete_expired"), []),
        (subscription(status="unpaid"), []),
        (subscription(status="paused"), []),
        (subscription(pause_collection={"behavior": "void"}), []),
        (subscription(status="canceled", ended_at=T0 + 30 * DAY), [(0, 30, 5000)]),
        (subscription(status="canceled", trial_end=T0 + 7 * DAY, ended_at=T0 + 7 * DAY), []),
        (subscription(cancel_at=T0 + 100 * DAY), [(0, 100, 5000)]),
        (subscription({**item(), "current_period_end": T0 + 99 * DAY}, cancel_at_period_end=True), [(0, 99, 5000)]),
        (
            subscription(discounts=[{"coupon": {"percent_off": 50, "duration": "repeating"}, "end": T0 + 60 * DAY}]),
            [(0, 60, 2500), (60, None, 5000)],
        ),
    ],
)  # fmt: skip
def test_one_word_about_a_subscription(thing: dict[str, Any], expected: list[tuple[int, int | None, int]]) -> None:
    assert days(Snapshot(at(50), thing, deleted=thing["status"] == "canceled")) == expected


def test_days_are_the_workspaces_and_the_end_of_a_day_counts() -> None:
    late = int(datetime(2026, 1, 10, 23, 30, tzinfo=UTC).timestamp())
    told = Snapshot(datetime.fromtimestamp(late, UTC), subscription(start_date=late))
    again = Snapshot(datetime.fromtimestamp(late + 60, UTC), subscription(item(7000), start_date=late))
    assert spans([told, again], ZoneInfo("Europe/Berlin")) == [Span(date(2026, 1, 11), None, 7000, "EUR")]


def story() -> list[dict[str, Any]]:
    return [
        event(1, "customer.created", {"object": "customer", "id": "cus_1", "email": "pay@acme.example", "name": "Acme"}),
        event(2, "customer.subscription.created", subscription(status="trialing")),
        event(3, "customer.subscription.updated", subscription(), T0 + 10 * DAY),
        event(4, "customer.subscription.updated", subscription(item(9000)), T0 + 40 * DAY),
        event(5, "customer.subscription.deleted", subscription(item(9000), status="canceled", ended_at=T0 + 80 * DAY), T0 + 80 * DAY),
        event(6, "invoice.paid", {
            "object": "invoice", "id": "in_1", "customer": "cus_1", "currency": "eur", "amount_paid": 7500,
            "lines": {"data": [{"type": "subscription", "amount": 5000}, {"type": "invoiceitem", "amount": 2500}]},
            "status_transitions": {"paid_at": T0 + 11 * DAY},
        }, T0 + 11 * DAY),
        event(7, "customer.subscription.trial_will_end", subscription(status="trialing"), T0 + 7 * DAY),
        event(8, "charge.succeeded", {"object": "charge", "id": "ch_1"}, T0),
    ]  # fmt: skip


def tell(made: Billing, events: list[dict[str, Any]]) -> None:
    for one in events:
        kept = billing.keep(made, one)
        if kept is not None and kept.state == BillingEvent.State.WAITING:
            billing_work.work(kept.pk)


def held(workspace: Workspace) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        sorted(
            Revenue.objects.filter(workspace=workspace).values_list("account__name", "ref", "cents", "since", "until")
        ),
        sorted(
            Income.objects.filter(workspace=workspace).values_list(
                "account__name", "source", "cents", "day", "received"
            )
        ),
        sorted(Account.objects.filter(workspace=workspace).values_list("name", "external_id")),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(8)), st.integers(0, 7))
def test_the_order_in_which_stripe_says_it_makes_no_difference(
    workspace: Workspace, order: list[int], twice: int
) -> None:
    for row in (Billing, Account, Revenue, Income):
        row.objects.filter(workspace=workspace).delete()
    Account.objects.create(workspace=workspace, name="Acme Ltd", external_id="a1", domain="acme.example")
    made = billing.make(by_command(workspace), "Stripe")
    events = story()
    tell(made, [events[i] for i in [*order, twice]])
    assert held(workspace) == (
        [("Acme Ltd", "sub_1", 5000, date(2026, 1, 20), date(2026, 2, 19)),
         ("Acme Ltd", "sub_1", 9000, date(2026, 2, 19), date(2026, 3, 31))],
        [("Acme Ltd", "one-off", 2500, date(2026, 1, 21), False), ("Acme Ltd", "subscription", 5000, date(2026, 1, 21), True)],
        [("Acme Ltd", "a1")],
    )  # fmt: skip


def test_a_customer_is_found_by_metadata_before_its_domain_and_a_member_has_the_last_word(access: Access) -> None:
    workspace = access.workspace
    by_domain = Account.objects.create(workspace=workspace, name="By domain", domain="acme.example")
    by_number = Account.objects.create(workspace=workspace, name="By number", external_id="org-7")
    made = billing.make(access, "Stripe")
    tell(made, [event(1, "customer.subscription.created", subscription())])
    assert Revenue.objects.get().account.name == "cus_1", "nothing is known of it yet"
    tell(made, [event(2, "customer.updated", {"object": "customer", "id": "cus_1", "email": "x@acme.example"})])
    assert Revenue.objects.get().account == by_domain
    assert not Account.objects.filter(external_id="cus_1").exists(), "the account made for want of a better one is gone"
    told = {"object": "customer", "id": "cus_1", "email": "x@acme.example", "metadata": {"account_id": "org-7"}}
    tell(made, [event(3, "customer.updated", told, T0 + 5)])
    assert Revenue.objects.get().account == by_number
    billing.link_customer(access, made, "cus_1", by_domain)
    tell(made, [event(4, "customer.subscription.updated", subscription(item(100)), T0 + DAY)])
    assert set(Revenue.objects.values_list("account__name", flat=True)) == {"By domain"}
    assert BillingCustomer.objects.get().settled
    with pytest.raises(ValueError, match="no customer"):
        billing.link_customer(access, made, "cus_9", by_domain)


def test_a_merged_account_stays_merged_whatever_stripe_says_next(access: Access) -> None:
    workspace = access.workspace
    kept = Account.objects.create(workspace=workspace, name="Kept", domain="kept.example")
    by_domain = Account.objects.create(workspace=workspace, name="By domain", domain="acme.example")
    by_number = Account.objects.create(workspace=workspace, name="By number", external_id="org-7")
    made = billing.make(access, "Stripe")
    told = {"object": "customer", "id": "cus_2", "metadata": {"account_id": "org-7"}}
    other = {**subscription(), "id": "sub_2", "customer": "cus_2"}
    tell(made, [event(1, "customer.updated", {"object": "customer", "id": "cus_1", "email": "x@acme.example"}),
                event(2, "customer.subscription.created", subscription()), event(3, "customer.updated", told),
                event(4, "customer.subscription.created", other),
                event(5, "customer.subscription.created", {**subscription(), "id": "sub_3", "customer": "cus_3"})])  # fmt: skip
    for gone in (by_domain, by_number, Account.objects.get(external_id="cus_3")):
        merges.merge(access, kept, gone)
    tell(made, [event(6, "customer.subscription.updated", subscription(item(7000)), T0 + DAY),
                event(7, "customer.subscription.updated", {**other, "items": {"data": [item(8000)]}}, T0 + DAY),
                event(8, "customer.subscription.updated", {**subscription(item(9000)), "id": "sub_3", "customer": "cus_3"}, T0 + DAY)])  # fmt: skip
    assert list(Account.objects.filter(workspace=workspace)) == [kept]
    assert sorted(Revenue.objects.values_list("ref", "cents")) == [
        ("sub_1", 5000), ("sub_1", 7000), ("sub_2", 5000), ("sub_2", 8000), ("sub_3", 5000), ("sub_3", 9000)]  # fmt: skip


def test_what_cannot_be_read_is_kept_with_its_reason(access: Access) -> None:
    made = billing.make(access, "Stripe")
    tell(made, [event(1, "customer.subscription.created", subscription()),
                event(2, "customer.subscription.updated", {**subscription(), "items": {"data": []}}, T0 + DAY),
                event(3, "customer.subscription.created", {**subscription(), "id": "sub_2", "customer": None})])  # fmt: skip
    failed = dict(BillingEvent.objects.filter(state="failed").values_list("event_id", "error"))
    assert "no items" in failed["evt_2"]
    assert "no customer" in failed["evt_3"]
    assert Revenue.objects.get().cents == 5000


def test_a_call_is_kept_once_and_worked_after_the_answer(access: Access) -> None:
    made = billing.make(access, "Stripe")
    billing.add_secret(access, made, "whsec_one_secret")
    raw = json.dumps(event(1, "customer.subscription.created", subscription())).encode()
    now = int(time.time())
    header = f"t={now},v1={sign('whsec_one_secret', now, raw)}"
    first = billing.receive(made, header, raw)
    assert first is not None
    assert first.state == "waiting"
    assert billing.receive(made, header, raw) is None, "told again"
    billing_work.work(first.pk)
    billing_work.work(first.pk)
    assert Revenue.objects.count() == 1
    assert Entry.objects.filter(verb="revenue.billed").count() == 1
    with pytest.raises(Unsigned):
        billing.receive(made, f"t={now},v1={sign('whsec_other', now, raw)}", raw)
    made.refresh_from_db()
    assert (made.refused, bool(made.heard_at)) == (1, True)
    for body in (b"[]", b"{", b'{"id":1,"type":"x"}', b'{"id":"a","type":"b","x":"\\u0000"}'):
        with pytest.raises(ValueError, match="body"):
            billing.receive(made, f"t={now},v1={sign('whsec_one_secret', now, body)}", body)


def test_two_secrets_serve_while_one_is_rolled(access: Access) -> None:
    made = billing.make(access, "Stripe")
    for secret in ("whsec_secret_a", "whsec_secret_b", "whsec_secret_c"):
        billing.add_secret(access, made, secret)
    assert made.secrets == ["whsec_secret_b", "whsec_secret_c"]
    billing.drop_old_secret(access, made)
    assert made.secrets == ["whsec_secret_c"]
    with pytest.raises(ValueError, match="no older secret"):
        billing.drop_old_secret(access, made)
    for wrong in ("", "sk_live_abcdefghijkl", "whsec_", "whsec_ümlaut-secret"):
        with pytest.raises(ValueError, match="signing secret"):
            billing.add_secret(access, made, wrong)


def test_a_deleted_connection_leaves_what_it_taught_unless_asked(access: Access) -> None:
    for with_revenue, left in ((False, 1), (True, 0)):
        made = billing.make(access, "Stripe")
        tell(made, story()[1:3])
        billing.delete(access, made, with_revenue)
        assert Revenue.objects.count() == left


def test_files_that_stripe_exported(files: Files, workspace: Workspace) -> None:
    lines = "".join(json.dumps(t) + "\n" for t in (
        subscription(item(4000)), {**subscription(item(6000)), "id": "sub_2", "customer": "cus_2"},
        story()[5]["data"]["object"], {"object": "charge", "id": "ch_1"}))  # fmt: skip
    report = files.bring(lines, "subs.jsonl", what="stripe")
    assert counts(report) == (4, 3, 0, 1)
    assert "no subscription" in refused(report)[0][1]
    assert standing(workspace, date(2026, 3, 1)).cents == 10000
    assert counts(files.bring(lines, "subs.jsonl", what="stripe")) == (4, 0, 3, 1)


def test_the_dashboards_table_of_subscriptions(files: Files, workspace: Workspace) -> None:
    head = ["id", "Customer ID", "Customer Email", "Plan", "Quantity", "Currency", "Interval", "Amount", "Status",
            "Created (UTC)", "Start (UTC)", "Ended At (UTC)"]  # fmt: skip
    rows = [
        ["sub_1", "cus_1", "a@acme.example", "pro", 3, "usd", "month", "19.00", "active", "2026-01-05 10:00", "2026-01-05 10:00", ""],
        ["sub_2", "cus_2", "", "pro", 1, "eur", "year", "1,200.00", "canceled", "2025-01-05 10:00", "2025-01-05 10:00", "2026-01-05 10:00"],
        ["sub_3", "cus_3", "", "pro", 1, "jpy", "month", "1000", "trialing", "2026-01-05 10:00", "2026-01-05 10:00", ""],
        ["", "cus_3", "", "pro", 1, "jpy", "month", "1000", "trialing", "2026-01-05 10:00", "2026-01-05 10:00", ""],
    ]  # fmt: skip
    report = files.bring(text_of(head, rows), "subscriptions.csv", what="stripe")
    assert counts(report) == (4, 3, 0, 1)
    told = Revenue.objects.order_by("ref").values_list("ref", "cents", "currency", "since", "until")
    assert list(told) == [
        ("sub_1", 5700, "USD", date(2026, 1, 5), None),
        ("sub_2", 10000, "EUR", date(2025, 1, 5), date(2026, 1, 5)),
    ]
    assert Account.objects.get(external_id="cus_1").name == "a@acme.example"
