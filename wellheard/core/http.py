"""Calls to addresses that somebody typed: only to machines of the open internet, small, short, and never led elsewhere.

The name is looked up here and the connection goes to exactly the address that was checked, so a name that answers
differently a moment later leads nowhere. Redirects are not followed; what comes back is cut off.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

CONNECT, WHOLE = 5.0, 20.0
MOST_BYTES = 64 * 1024
# Networks that carry an address of version 4 inside: it is that one which counts.
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Refused(ValueError):
    """The address is one that must not be called; the text says why, for whoever typed it."""


class Failed(RuntimeError):
    """The other side could not be reached, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` holds at most MOST_BYTES; `headers` have small names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_address(url: str) -> str:
    """The address as it will be called. Raises Refused; looking up the name is left to each call."""
    if len(url) > 500 or any(ord(c) <= 32 or ord(c) == 127 or c == "\\" for c in url):
        raise Refused("The address is too long, or holds spaces or signs that no address holds.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("That is no address. Write one such as https://example.com/hooks/wellheard.") from None
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("https", "http") or not host:
        raise Refused("That is no address. Write one such as https://example.com/hooks/wellheard.")
    if parts.username is not None or parts.password is not None:
        raise Refused("An address with a name or password in it is not called.")
    if not _allowed(host):
        if parts.scheme != "https":
            raise Refused("Only https:// is called, so nobody on the way can read or change it.")
        if port not in (None, 443, 8443):
            raise Refused("Only the ports 443 and 8443 are called.")
        literal = _literal(host)
        if literal is not None and not is_open(literal):
            raise Refused("That address is within a private network, and is not called from here.")
        if literal is None and ("." not in host or host.endswith((".local", ".internal", ".localhost", ".home.arpa"))):
            raise Refused("That name is within a private network, and is not called from here.")
    return url


def _allowed(host: str) -> bool:
    """Whoever runs the server may name machines of their own network."""
    return host in {h.lower() for h in settings.OUTGOING_PRIVATE_HOSTS}


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host written in numbers means, in any of the ways a resolver takes (127.1, 0x7f000001, 017…)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    if host and all(c in "0123456789abcdefx." for c in host) and host[-1:].isalnum() and host[0].isdigit():
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return None


def is_open(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is a machine of the open internet, also behind the ways to write version 4 in version 6."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is None and address.teredo is not None:
            return False
        if inside is None and any(address in net for net in NAT64):
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is None and int(address) >> 32 == 0:
            inside = ipaddress.IPv4Address(int(address))
        if inside is not None:
            return is_open(inside)
    return address.is_global and not address.is_multicast and not address.is_reserved


def addresses(host: str, port: int) -> list[str]:
    """What the name stands for now. One closed address among them and none is used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed(f"The name {host} is not known.") from None
    numbers = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not _allowed(host) and not all(is_open(ipaddress.ip_address(n.partition("%")[0])) for n in numbers):
        raise Refused(f"{host} stands for an address within a private network, and is not called from here.")
    return numbers


class Bounded(httpcore.NetworkStream):
    """A connection with an end: whoever answers a letter a second does not hold a worker."""

    def __init__(self, inner: httpcore.NetworkStream, end: float) -> None:
        self._inner, self._end = inner, end

    def _left(self, timeout: float | None) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole call is over")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Bounded(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Pinned(httpcore.NetworkBackend):
    """Connects to the very address that was checked. The name stays in the certificate's check."""

    def __init__(self, end: float) -> None:
        self._plain, self._end = httpcore.SyncBackend(), end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        last: Exception | None = None
        for number in addresses(host, port)[:3]:
            try:
                made = self._plain.connect_tcp(number, port, timeout, local_address, socket_options)
                return Bounded(made, self._end)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                last = e
        raise last or httpcore.ConnectError("no address")

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Refused("Sockets of this machine are not called.")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def post(url: str, body: bytes, headers: Mapping[str, str], most: int = MOST_BYTES) -> Answer:
    """POST a body. Raises Refused when the address must not be called, Failed when nobody answered within twenty seconds.

    A redirect is an answer like any other: it is not followed. Packed answers are not asked for and not unpacked.
    """
    return _call("POST", check_address(url), body, headers, most)


def get(url: str, headers: Mapping[str, str], most: int = MOST_BYTES) -> Answer:
    """GET, under the same rules."""
    return _call("GET", check_address(url), b"", headers, most)


def _call(method: str, url: str, body: bytes, headers: Mapping[str, str], most: int) -> Answer:
    end = time.monotonic() + WHOLE
    sent: Any = {"User-Agent": "Wellheard", "Accept-Encoding": "identity", **headers}
    limits = {"timeout": {"connect": CONNECT, "read": WHOLE, "write": WHOLE, "pool": CONNECT}}
    try:
        with (
            httpcore.ConnectionPool(max_connections=1, retries=0, network_backend=Pinned(end)) as pool,
            pool.stream(method, url, headers=sent, content=body, extensions=limits) as answer,
        ):
            held = b""
            for part in answer.iter_stream():
                held += part
                if len(held) >= most:
                    break
            told = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in answer.headers}
            return Answer(answer.status, told, held[:most])
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as e:
        raise Failed(f"{urlsplit(url).hostname} could not be reached ({type(e).__name__}).") from None
