"""What a workspace does not want to keep is turned away on arrival, answered like the rest, and counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine import Events
from tests.listen.wire import Wire, track
from wellheard.core.models import Entry
from wellheard.listen.intake import rules as why
from wellheard.listen.intake.live import Live
from wellheard.listen.intake.rules import Rules, is_bot
from wellheard.listen.models import IntakeRules
from wellheard.listen.queries.rules import rules_of
from wellheard.listen.services.rules import set_rules
from wellheard.people.access import Access
from wellheard.people.models import Workspace

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


class Held:
    """A wire whose workspace has rules."""

    def __init__(self, events: Events, access: Access, **rules: Any) -> None:
        hops = rules.pop("hops", 0)
        set_rules(access, **rules)
        self.events, self.live = events, Live()
        number = access.workspace.pk
        self.wire = Wire(events, rules=lambda _, dropped: rules_of(number, dropped), live=self.live, proxy_hops=hops)

    def send(self, *messages: dict[str, Any], address: str = "198.51.100.7", **headers: str) -> None:
        body: Any = {"batch": list(messages)}
        wire = self.wire
        inner = wire.intake

        def from_there(environ: dict[str, Any], start_response: Any) -> Any:
            return inner(environ | {"REMOTE_ADDR": address}, start_response)

        wire.intake = from_there  # type: ignore[assignment]
        try:
            answer = wire.send("/v1/batch", body, **headers)
        finally:
            wire.intake = inner
        assert (answer.status, answer.body) == (200, b'{"success":true}')

    @property
    def kept(self) -> dict[str, int]:
        self.events.store.flush()
        return {name.name: name.count for name in self.events.reader.event_names(self.events.workspace)}

    @property
    def turned(self) -> dict[str, int]:
        return dict(self.live.of(self.events.workspace).turned)


def test_a_workspace_without_rules_keeps_everything(events: Events, access: Access) -> None:
    held = Held(events, access)
    held.send(track(), user_agent=GOOGLEBOT, origin="http://localhost:3000")
    assert (held.kept, held.turned) == ({"Seen": 1}, {})
    assert not IntakeRules.objects.exists()


@pytest.mark.parametrize(
    ("address", "own"),
    [("203.0.113.9", True), ("203.0.114.9", False), ("::ffff:203.0.113.9", True), ("2001:db8:1::7", True),
     ("2001:db9::7", False), ("unknown", False), ("", False), ("203.0.113.9:4711", True), ("[2001:db8:1::7]:4711", True)],
)  # fmt: skip
def test_own_networks(events: Events, access: Access, address: str, own: bool) -> None:
    held = Held(events, access, own_networks=["203.0.113.0/24", "2001:db8::/32"])
    held.send(track(), track(), address=address)
    assert held.turned == ({why.OWN_NETWORK: 2} if own else {})
    assert held.kept == ({} if own else {"Seen": 2})
    everything = str(events.reader.rows("SELECT * FROM events WHERE workspace = {w:UInt32}", {"w": events.workspace}))
    assert "203.0.1" not in everything, "an address is compared and not kept"


def test_T25_an_address_is_believed_from_our_own_proxies_only(events: Events, access: Access) -> None:
    held = Held(events, access, own_networks=["203.0.113.0/24"])
    held.send(track(), address="198.51.100.7", x_forwarded_for="203.0.113.9")
    assert held.kept == {"Seen": 1}
    behind = Held(events, access, own_networks=["203.0.113.0/24"], hops=1)
    behind.send(track(), address="10.0.0.1", x_forwarded_for="203.0.113.9, 198.51.100.7")
    assert behind.kept == {"Seen": 2}, "only the last hop is ours"
    behind.send(track(), address="10.0.0.1", x_forwarded_for="198.51.100.7, 203.0.113.9")
    assert behind.turned == {why.OWN_NETWORK: 1}


def test_bots(events: Events, access: Access) -> None:
    held = Held(events, access, exclude_bots=True)
    held.send(track(), user_agent=GOOGLEBOT)
    held.send(
        track(context={"userAgent": GOOGLEBOT}), track(context={"userAgent": CHROME}), user_agent="python-requests/2"
    )
    held.send(track(event="Browser"), user_agent=CHROME, origin="https://app.example")
    assert held.turned == {why.BOT: 2}
    assert held.kept == {"Seen": 1, "Browser": 1}, "a server's library is no bot"
    assert not is_bot("")


def test_hosts_of_pages(events: Events, access: Access) -> None:
    held = Held(events, access, own_hosts=["http://localhost:3000/", "*.staging.example.com"])

    def seen_at(url: str) -> dict[str, Any]:
        return track(context={"page": {"url": url}})

    held.send(
        seen_at("http://localhost:8080/a"), seen_at("https://x.staging.example.com/"), seen_at("https://app.example.com/"),
        seen_at("https://staging.example.com.evil.example/"), seen_at("http://[bad/"), track(),
    )  # fmt: skip
    held.send(track(), origin="http://localhost:5173")
    assert held.turned == {why.OWN_HOST: 3}
    assert held.kept == {"Seen": 4}


def test_people_and_accounts(events: Events, access: Access) -> None:
    held = Held(events, access, own_people=["tester", "9"], own_accounts=["acme-test"])
    held.send(
        track(userId="tester"), track(userId=9), track(userId="ann", context={"groupId": "acme-test"}), track(userId="ann"),
        {"type": "identify", "userId": "tester", "traits": {"email": "t@example.com"}},
        {"type": "group", "userId": "ann", "groupId": "acme-test", "traits": {"name": "x"}},
    )  # fmt: skip
    assert held.turned == {why.OWN_PERSON: 3, why.OWN_ACCOUNT: 2}
    assert held.kept == {"Seen": 1}
    assert [n for n in events.reader.profiles_since(events.workspace, 0) if n.traits] == []


def test_only_pages_of_these_hosts(events: Events, access: Access) -> None:
    held = Held(events, access, origins=["https://app.example.com"])
    held.send(track(), origin="https://app.example.com")
    held.send(track(), origin="https://other.example.com")
    held.send(track(), origin="null")
    held.send(track(), user_agent="python-requests/2")
    assert held.turned == {why.STRANGER: 2}
    assert held.kept == {"Seen": 2}, "a server has no origin"


def test_properties_are_dropped_besides_the_usual_ones(events: Events, access: Access) -> None:
    held = Held(events, access, drop_properties=["Date of Birth"])
    held.send(track(properties={"dateOfBirth": 1, "a": {"date_of_birth": 2, "password": 3, "kept": 4}}))
    events.store.flush()
    assert events.reader.person_events(events.workspace, [1])[0].properties == {"a": {"kept": 4}}


def test_rules_that_cannot_be_read_keep_events_waiting(events: Events) -> None:
    def away(workspace: int, dropped: frozenset[str]) -> Rules:
        raise ConnectionError("database")

    answer = Wire(events, rules=away).send("/v1/batch", {"batch": [track()]})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    events.store.flush()
    assert events.reader.event_names(events.workspace) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("own_networks", "300.1.1.1"), ("own_networks", "ann@example.com"), ("own_hosts", "a b"), ("origins", "*.*.com"),
     ("own_hosts", "x" * 300), ("drop_properties", "x" * 200), ("own_people", "a\0b")],
)  # fmt: skip
def test_what_can_be_no_rule(access: Access, field: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        set_rules(access, **{field: [value]})
    assert not IntakeRules.objects.exists()


def test_setting_rules_is_one_entry(access: Access, workspace: Workspace) -> None:
    held = set_rules(
        access, own_hosts=["HTTPS://App.Example.com:8443/x", "app.example.com", " "], own_networks=["10.0.0.7"]
    )
    assert (held.own_hosts, held.own_networks) == (["app.example.com"], ["10.0.0.7/32"])
    set_rules(access, own_hosts=["app.example.com"], own_networks=["10.0.0.7/32"])
    (entry,) = Entry.objects.filter(workspace_id=workspace.pk, verb="intake_rules.set")
    assert sorted(entry.data["changed"]) == ["own_hosts", "own_networks"]
    set_rules(access)
    assert Entry.objects.filter(workspace_id=workspace.pk, verb="intake_rules.set").count() == 2
    assert rules_of(workspace.pk) == Rules(frozenset())
    with pytest.raises(ValueError, match="500 at most"):
        set_rules(access, own_people=[str(n) for n in range(501)])


def test_a_key_that_sends_too_much_waits(events: Events) -> None:
    wire = Wire(events, rate=2)
    wire.keys["wk_more"] = events.workspace
    assert wire.send("/v1/batch", {"batch": [track(str(n)) for n in range(140)]}).status == 200, "never cut in two"
    answer = wire.send("/v1/batch", {"batch": [track("late")]}, origin="https://app.example")
    assert (answer.status, answer.json["code"]) == (429, "too_many")
    assert 5 <= int(answer.headers["Retry-After"]) <= 11
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    events.store.flush()
    assert [n.count for n in events.reader.event_names(events.workspace)] == [140], "told and not kept"


def test_after_waiting_it_may_send_again(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    from wellheard.listen.intake import senders

    now = [1000.0]
    monkeypatch.setattr(senders.time, "monotonic", lambda: now[0])
    buckets = senders.Buckets(10)
    buckets.take("a", 650)
    assert (buckets.wait("a"), buckets.wait("b")) == (6, 0)
    now[0] += 6
    assert buckets.wait("a") == 0
    now[0] += 3600
    buckets.take("a", 600)
    assert buckets.wait("a") == 1, "a quiet hour saves up a minute's worth and no more"
    assert senders.Buckets(0).wait("a") == 0
