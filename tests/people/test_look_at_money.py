"""The money page, the accounts behind its numbers, Stripe's calls and its settings; API and command line beside them."""

from __future__ import annotations

import csv
import json
import time
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from tests.conftest import Town
from tests.people.test_bill_with_stripe import event, subscription
from wellheard.__main__ import run
from wellheard.core import ratelimit
from wellheard.people.access import Access
from wellheard.people.billing.signature import sign
from wellheard.people.models import Account, Billing, BillingCustomer, BillingEvent, Revenue, Segment
from wellheard.people.services import billing, billing_work
from wellheard.people.services.workspaces import Made


def ran(*argv: str) -> str:
    code, out, err = run(list(argv))
    assert code == 0, err
    return out


@pytest.fixture
def api_token(made: Made) -> str:
    return made.api_token


@pytest.fixture
def changed(town: Town) -> Town:
    """In March one grows, one leaves, one begins."""
    Revenue.objects.filter(account=town.lind).update(until=date(2026, 3, 10))
    Revenue.objects.create(
        workspace=town.workspace, account=town.fjord, cents=100, currency="EUR", since=date(2026, 3, 5), ref="more"
    )
    Revenue.objects.create(
        workspace=town.workspace, account=town.free, cents=700, currency="EUR", since=date(2026, 3, 20)
    )
    return town


def test_as_of_any_day_with_what_moved_it(changed: Town, as_viewer: Client) -> None:
    text = as_viewer.get("/w/acme/people/money?on=2026-03-31").content.decode()
    for words in ("€307", "€3,684", "+€7", "+€1", "−€49", "−€41"):
        assert words in text, words
    before = as_viewer.get("/w/acme/people/money?on=2026-02-01&months=6").content.decode()
    assert "€348" in before
    assert "Connect Stripe" not in before, "a viewer changes nothing"


def test_each_number_opens_the_accounts_behind_it(changed: Town, as_owner: Client) -> None:
    where = "/w/acme/people/money/behind?kind=churn&from=2026-02-28&to=2026-03-31"
    text = as_owner.get(where).content.decode()
    assert "Bäckerei Lind" in text
    assert "Fjord" not in text
    told = list(csv.DictReader(as_owner.get(f"{where}&format=csv").content.decode().splitlines()))
    assert [(r["name"], r["day"], r["was"], r["now"], r["change"]) for r in told] == [
        ("Bäckerei Lind", "2026-03-10", "49.00", "0.00", "-49.00")
    ]
    reply = as_owner.post(f"/w/acme/people/money/keep?{where.partition('?')[2]}", {"name": "Lost in March"})
    assert reply.status_code == 302
    kept = Segment.objects.get(name="Lost in March")
    assert [m.account for m in kept.listed.all()] == [changed.lind]
    paying = as_owner.get("/w/acme/people/money/behind?kind=paying&to=2026-03-31&plan=free").content.decode()
    assert "Tiny Tea" in paying
    assert "Fjord" not in paying


def test_nothing_is_known_yet(as_owner: Client) -> None:
    text = as_owner.get("/w/acme/people/money").content.decode()
    assert "No recurring revenue is known" in text
    assert "nobody paid 30 days before" in text


def test_the_same_by_api_and_command(changed: Town, api_token: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {api_token}"})
    told = client.get("/api/money?on=2026-03-31").json()
    assert (told["mrr"], told["arr"], told["accounts"]) == (30700, 368400, 2)
    moved = client.get("/api/money/movements?from=2026-03-01&to=2026-03-31").json()["movements"]
    assert [(m["new"], m["expansion"], m["churn"], m["start"], m["end"]) for m in moved] == [
        (700, 100, -4900, 34800, 30700)
    ]
    behind = client.get("/api/money/accounts?kind=new&from=2026-03-01&to=2026-03-31").json()
    assert [a["name"] for a in behind["accounts"]] == ["Tiny Tea"]
    assert client.get("/api/money/movements?from=2026-03-02&to=2026-03-01").status_code == 422
    data = json.loads(ran("money", "--workspace", "acme", "--on", "2026-03-31", "--months", "1", "--json"))
    assert (data["mrr"], data["movements"][0]["churn"]) == (30700, -4900)
    assert "Tiny Tea" in ran("money", "--workspace", "acme", "--on", "2026-03-31", "--behind", "new")


def test_revenue_and_income_are_noted_over_the_api(changed: Town, api_token: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {api_token}"})

    def post(path: str, **body: object) -> tuple[int, dict[str, object]]:
        reply = client.post(f"/api/{path}", json.dumps(body), content_type="application/json")
        return reply.status_code, reply.json()

    status, made = post("money/revenue", account="Tiny Tea", amount="1,200", period="year", since="2026-04-01")
    assert (status, made["cents"]) == (201, 10000)
    status, ended = post(f"money/revenue/{made['id']}/end", until="2026-05-01")
    assert (status, ended["until"]) == (200, "2026-05-01")
    assert post("money/income", day="2026-04-02", amount=3.5, source="advertising")[0] == 201
    income = client.get("/api/money/income?from=2026-04-01&to=2026-04-03").json()
    assert {s["source"]: s["cents"] for s in income["sources"]}["advertising"] == [0, 350, 0]
    for body in (
        {"account": "Nobody", "amount": 1, "since": "2026-04-01"},
        {"account": "Tiny Tea", "amount": "x", "since": "2026-04-01"},
        {"account": "Tiny Tea", "amount": 1, "since": "2026-04-01", "until": "2026-04-01"},
        {"account": "Tiny Tea", "amount": 1, "since": "2026-04-01", "until": "2026-05-01", "period": "once"},
    ):
        assert post("money/revenue", **body)[0] == 422
    assert post(f"money/revenue/{made['id']}/end", until="2026-04-01")[0] == 422


@pytest.fixture
def connected(access: Access) -> Billing:
    ratelimit.forget()
    made = billing.make(access, "Stripe")
    billing.add_secret(access, made, "whsec_one_secret")
    return made


def call(made: Billing, raw: bytes, secret: str = "whsec_one_secret", header: str | None = None) -> int:
    now = int(time.time())
    signature = header if header is not None else f"t={now},v1={sign(secret, now, raw)}"
    where = f"/hooks/stripe/{made.key}"
    return Client(enforce_csrf_checks=True).post(
        where, raw, content_type="application/json", headers={"Stripe-Signature": signature}
    ).status_code  # fmt: skip


def test_T12_only_what_stripe_signed_is_believed(connected: Billing) -> None:
    raw = json.dumps(event(1, "customer.subscription.created", subscription())).encode()
    assert call(connected, raw, "whsec_another_one") == 401
    assert call(connected, raw, header="") == 401
    assert not BillingEvent.objects.exists()
    assert call(connected, raw) == 200
    assert call(connected, raw) == 200, "told again"
    kept = BillingEvent.objects.get()
    billing_work.work(kept.pk)
    assert Revenue.objects.get().cents == 5000
    assert call(connected, json.dumps(event(2, "payout.paid", {"id": "po_1"})).encode()) == 200, "what is not needed"
    assert BillingEvent.objects.get(event_id="evt_2").body == {}
    assert call(connected, b"no json") == 400
    assert call(connected, b" " * (1024 * 1024 + 1)) == 413
    assert Client().get(f"/hooks/stripe/{connected.key}").status_code == 405
    assert Client().post("/hooks/stripe/nobody", b"{}", content_type="application/json").status_code == 404


def test_a_paused_connection_asks_to_be_called_later(connected: Billing, access: Access) -> None:
    billing.pause(access, connected, True)
    assert call(connected, b"{}") == 503
    billing.pause(access, connected, False)
    assert call(connected, json.dumps(event(1, "ping", {})).encode()) == 200


def test_an_owner_connects_stripe_on_the_page(town: Town, as_owner: Client, as_viewer: Client) -> None:
    page = "/w/acme/settings/billing"
    assert "Stripe is not connected" in as_owner.get(page).content.decode()
    assert as_viewer.get(page).status_code == 403
    as_owner.post(f"{page}/make", {"name": "Shop"})
    made = Billing.objects.get()
    assert f"/hooks/stripe/{made.key}" in as_owner.get(page).content.decode()
    wrong = as_owner.post(f"{page}/{made.pk}", {"do": "secret", "secret": "sk_live_1234567890"})
    assert wrong.status_code == 422
    assert "signing secret" in wrong.content.decode()
    as_owner.post(f"{page}/{made.pk}", {"do": "secret", "secret": "whsec_one_secret"})
    made.refresh_from_db()
    billing_work.work(billing.keep(made, event(1, "customer.subscription.created", subscription())).pk)  # type: ignore[union-attr]
    text = as_owner.get(page).content.decode()
    assert "whsec_one_secret" not in text, "a secret is never shown again"
    assert "cus_1" in text
    refused = as_owner.post(f"{page}/{made.pk}/link", {"customer": "cus_1", "account": "Nobody"})
    assert "There is no account" in refused.content.decode()
    as_owner.post(f"{page}/{made.pk}/link", {"customer": "cus_1", "account": "tiny tea"})
    assert BillingCustomer.objects.get().account == town.free
    assert not Account.objects.filter(external_id="cus_1").exists()
    Revenue.objects.create(workspace=town.workspace, account=town.free, cents=1, currency="EUR", since=date(2026, 1, 1))
    assert "Perhaps counted twice" in as_owner.get("/w/acme/people/money").content.decode()
    as_owner.post(f"{page}/{made.pk}", {"do": "delete", "revenue": "on"})
    assert not Billing.objects.exists()
    assert not Revenue.objects.filter(ref="sub_1").exists()


def test_the_command_line_makes_a_connection(access: Access, tmp_path: Path) -> None:
    made = json.loads(ran("billing", "make", "--workspace", "acme", "--json"))
    held = tmp_path / "secret.txt"
    held.write_text("whsec_one_secret\n")
    ran("billing", "secret", str(made["id"]), "--file", str(held), "--workspace", "acme")
    assert Billing.objects.get().secrets == ["whsec_one_secret"]
    assert made["path"] in ran("billing", "list", "--workspace", "acme")
