"""One address that writes without end is asked to wait; everybody else goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from wellheard.core import ratelimit
from wellheard.listen.models import Idea, Vote
from wellheard.people.models import Workspace

from .conftest import visitors_of


def test_after_forty_writes_in_ten_minutes_we_ask_to_wait(idea: Idea) -> None:
    address = f"/p/acme/ideas/{idea.pk}/vote"
    for n in range(40):
        assert Client(REMOTE_ADDR="203.0.113.5").post(address).status_code == 302, n
    reply = Client(REMOTE_ADDR="203.0.113.5").post(address)
    assert reply.status_code == 429
    assert "A little slower, please" in reply.content.decode()
    assert (
        Client(REMOTE_ADDR="203.0.113.5").post("/p/acme/post", {"looked": 1, "title": "Dark colours"}).status_code
        == 429
    )
    assert Client(REMOTE_ADDR="203.0.113.5").post(f"/p/acme/ideas/{idea.pk}/follow").status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.6").post(address).status_code == 302
    assert Client(REMOTE_ADDR="203.0.113.5").get(f"/p/acme/ideas/{idea.pk}").status_code == 200
    assert Vote.objects.filter(idea=idea).count() == 42


def test_T23_clearing_cookies_or_changing_within_a_64_does_not_help(idea: Idea) -> None:
    replies = [
        Client(REMOTE_ADDR=f"2001:db8:1:2::{n:x}").post(f"/p/acme/ideas/{idea.pk}/vote").status_code
        for n in range(1, 45)
    ]
    assert replies.count(429) == 4


def test_one_address_is_asked_to_confirm_three_times_a_day_at_most(workspace: Workspace) -> None:
    said = set()
    for n in range(5):
        reply = Client(REMOTE_ADDR=f"10.0.0.{n}").post(
            "/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "Victim@shop.example"}, follow=True
        )
        said.add(tuple(str(m) for m in reply.context["messages"]))
    assert len(mail.outbox) == 3
    assert len(said) == 1, "the reply must not tell that the address is full"
    assert len(visitors_of(workspace)) == 5


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, "198.51.100.9", "10.0.0.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        (2, "6.6.6.6, 198.51.100.9, 10.1.1.1", "198.51.100.9"),
        (2, "198.51.100.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "198.51.100.9:4711", "198.51.100.9"),
        (1, "2001:db8:0:1::9", "2001:db8:0:1::/64"),
        (1, "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        (1, "[2001:db8:0:1::9]:443", "2001:db8:0:1::/64"),
        (1, "2001:db8::9", "2001:db8::/64"),
        (1, "fe80::1%eth0", "fe80::/64"),
        (1, "::ffff:198.51.100.9", "198.51.100.9"),
        (1, "::ffff:c633:6409", "198.51.100.9"),
        (1, "unknown", "unknown"),
        (1, "' OR 1=1", "unknown"),
    ],
)
def test_T25_the_callers_address_comes_from_our_own_proxies_only(
    settings: Any, hops: int, forwarded: str, expected: str
) -> None:
    settings.PROXY_HOPS = hops
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert ratelimit.address(request) == expected


def test_T25_without_proxies_of_ours_a_forged_header_buys_nothing(idea: Idea) -> None:
    replies = [
        Client().post(f"/p/acme/ideas/{idea.pk}/vote", headers={"x-forwarded-for": f"10.9.8.{n}"}).status_code
        for n in range(45)
    ]
    assert replies.count(429) == 5


def test_many_addresses_do_not_make_the_busy_one_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "MOST_KEYS", 50)
    for n in range(300):
        ratelimit.allow("x", f"other {n}", 1, 600)
        ratelimit.allow("x", "busy", 5, 600)
    assert not ratelimit.allow("x", "busy", 5, 600)
    assert len(ratelimit._seen) <= 50
