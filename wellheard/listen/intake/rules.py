"""What a workspace does not want to keep: its own traffic, machines, properties, pages of others.

The caller's address is compared here and kept nowhere. What the rules turn away is answered like everything else, so
that no library tries again, and counted by reason, so that nobody wonders where it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from crawlerdetect import CrawlerDetect

from wellheard.store.rows import Row

__all__ = ["BOT", "OWN_ACCOUNT", "OWN_HOST", "OWN_NETWORK", "OWN_PERSON", "STRANGER", "Caller", "Rules", "is_bot"]

BOT = "a bot"
OWN_NETWORK = "your own network"
OWN_HOST = "a host that is left out"
OWN_PERSON = "a person who is left out"
OWN_ACCOUNT = "an account that is left out"
STRANGER = "a page whose origin is not allowed"

_detector = CrawlerDetect()


@lru_cache(maxsize=5_000)
def is_bot(agent: str) -> bool:
    """Whether a browser's user agent names a crawler, a monitor or a browser without a person in front."""
    return bool(agent) and _detector.isCrawler(agent[:500])


@lru_cache(maxsize=5_000)
def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def matches(host: str, hosts: Iterable[str]) -> bool:
    """`*.shop.example` stands for every host below shop.example, a plain name for itself."""
    return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in hosts)


def address_of(environ: dict[str, Any], hops: int) -> str:
    """The connection's address, or, behind `hops` proxies of ours, the one the outermost of them reports."""
    found: str = environ.get("REMOTE_ADDR") or ""
    if hops:
        chain = [part.strip() for part in (environ.get("HTTP_X_FORWARDED_FOR") or "").split(",") if part.strip()]
        found = chain[-hops] if len(chain) >= hops else found
    if found.startswith("["):
        return found[1:].partition("]")[0]
    return found.partition(":")[0] if found.count(":") == 1 else found


@dataclass(frozen=True, slots=True)
class Caller:
    """What the rules ask about a request."""

    address: str
    origin: str
    agent: str

    @classmethod
    def of(cls, environ: dict[str, Any], hops: int) -> Caller:
        agent = environ.get("HTTP_USER_AGENT") or ""
        origin = environ.get("HTTP_ORIGIN") or ""
        # A server's library names itself (python-requests): that says nothing about the person it speaks of.
        from_browser = bool(origin) or agent.startswith("Mozilla/")
        return cls(address_of(environ, hops), origin, agent if from_browser else "")


@dataclass(frozen=True, slots=True)
class Rules:
    """`dropped`: names of properties, plainly. `account_group`: which of PostHog's group types is the account."""

    dropped: frozenset[str]
    bots: bool = False
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: tuple[str, ...] = ()
    people: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    origins: tuple[str, ...] = ()
    account_group: str = ""

    def against(self, caller: Caller) -> str:
        """Why everything this caller sends is turned away, or ""."""
        if self.networks and self._is_own(caller.address):
            return OWN_NETWORK
        if caller.origin:
            host = host_of(caller.origin)
            if self.origins and not matches(host, self.origins):
                return STRANGER
            if self.hosts and matches(host, self.hosts):
                return OWN_HOST
        return BOT if self.bots and is_bot(caller.agent) else ""

    def _is_own(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.networks)

    @property
    def per_row(self) -> bool:
        return bool(self.hosts or self.people or self.accounts or self.bots)

    def against_row(self, row: Row, agent: Any) -> str:
        """Why this message is turned away, or "". `agent`: the browser that the message itself names."""
        if self.people and (row.user in self.people or row.anonymous in self.people):
            return OWN_PERSON
        if self.accounts and row.account in self.accounts:
            return OWN_ACCOUNT
        if self.hosts and row.url and matches(host_of(row.url), self.hosts):
            return OWN_HOST
        return BOT if self.bots and isinstance(agent, str) and is_bot(agent) else ""
