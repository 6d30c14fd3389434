"""What a tracker says of itself, and how it is spoken with. One folder for each; a folder can be deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from wellheard.core import http
from wellheard.listen.sources.base import Arrived

MOST_BYTES = 1024 * 1024
Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """Something to be typed when it is connected. `check` returns the value as it is kept, or raises ValueError."""

    name: str
    label: str
    help: str = ""
    needed: bool = True
    check: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Remote:
    """An issue as the tracker tells it. `id` never changes; `state` is one of models.Issue.State."""

    id: str
    key: str
    url: str
    title: str
    state: str
    state_name: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something became of an issue. `before`: the id it had, when it moved to another place; `gone`: it was deleted."""

    remote: Remote
    before: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Renamed:
    """The place (a repository) has a new name; its id stays."""

    place_id: str
    name: str
    old: str


Read = Change | Renamed | None


@dataclass(frozen=True, slots=True)
class Kind:
    """`probe` asks whether settings and token work and returns what is to be remembered; `make` creates an issue; `find` gets one
    by its stable id, or by what people paste. `check` raises listen's Turned for a wrong signature; `read` understands a
    body that is signed."""

    key: str
    name: str
    token_label: str
    token_help: str
    fields: tuple[Field, ...]
    recipe: tuple[str, ...]
    probe: Callable[[Settings, str], dict[str, str]]
    make: Callable[[Settings, str, str, str], Remote]
    find: Callable[[Settings, str, str], Remote]
    check: Callable[[Arrived, str], None]
    read: Callable[[Arrived], Read]
    api: str = ""


class NoAnswer(ValueError):
    """The tracker could not be asked, or refused; the text is for whoever pressed the button."""


@dataclass(frozen=True, slots=True)
class Call:
    """One way to speak with a tracker's API: its base address and headers that hold for every call."""

    name: str
    base: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> dict[str, Any]:
        return self._send("GET", urljoin(self.base + "/", path.lstrip("/")), b"")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        where = urljoin(self.base + "/", path.lstrip("/")) if path else self.base
        return self._send("POST", where, json.dumps(body).encode())

    def _send(self, method: str, url: str, body: bytes, again: bool = True) -> dict[str, Any]:
        sent = {"Accept": "application/json", **({"Content-Type": "application/json"} if body else {}), **self.headers}
        try:
            answer = http.post(url, body, sent, MOST_BYTES) if method == "POST" else http.get(url, sent, MOST_BYTES)
        except (http.Refused, http.Failed) as e:
            raise NoAnswer(f"{self.name} could not be asked: {e}") from None
        if answer.status in (301, 302, 307, 308) and again:
            return self._send(method, self._moved(url, answer.headers.get("location", "")), body, again=False)
        return self._read(answer)

    def _moved(self, url: str, location: str) -> str:
        """A renamed place answers with its new address. Only on the same machine: the token goes nowhere else."""
        there = urljoin(url, location)
        if not location or urlsplit(there)[:2] != urlsplit(url)[:2]:
            raise NoAnswer(f"{self.name} sends us elsewhere, and the token goes nowhere else.")
        return there

    def _read(self, answer: http.Answer) -> dict[str, Any]:
        if answer.status in (401, 403):
            raise NoAnswer(
                f"{self.name} refuses the token ({answer.status}). It may have expired, or lack the right to write issues."
            )
        if answer.status == 404:
            raise NoAnswer(f"{self.name} does not know it, or the token may not see it (404).")
        if answer.status == 429:
            raise NoAnswer(f"{self.name} asks us to wait (429). Try again in a minute.")
        if not 200 <= answer.status < 300:
            raise NoAnswer(f"{self.name} answered {answer.status}{_why(answer.body)}.")
        if len(answer.body) >= MOST_BYTES:
            raise NoAnswer(f"{self.name} answered with more than we read.")
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise NoAnswer(f"{self.name} answered something that cannot be read. Is the address right?")
        return found


def _why(body: bytes) -> str:
    """A short reason from an error's body, if it has a readable one."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    errors = told.get("errors")
    words = told.get("message") or (errors if isinstance(errors, dict) else "") or told.get("errorMessages")
    return f": {str(words)[:200]}" if words else ""


def text(value: Any, limit: int) -> str:
    """A string from somebody else's JSON, cut, without what no database holds."""
    found = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return "".join(c for c in found if c != "\x00" and not "\ud800" <= c <= "\udfff")[:limit]


def web(value: Any) -> str:
    """An address people may click: http or https, else nothing."""
    found = text(value, 500)
    return found if found.startswith(("https://", "http://")) else ""


def moment(value: Any) -> datetime | None:
    """2026-01-05T10:00:00Z, or with an offset such as +0000; None when it says no time."""
    raw = text(value, 40)
    if len(raw) > 5 and raw[-5] in "+-" and raw[-4:].isdigit():
        raw = f"{raw[:-2]}:{raw[-2:]}"
    try:
        found = datetime.fromisoformat(raw.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo and 1970 <= found.year <= 9000 else None


def dig(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def payload(arrived: Arrived) -> dict[str, Any]:
    found = json.loads(arrived.raw)
    if not isinstance(found, dict):
        raise ValueError("The body is no JSON object.")
    return found


def whole(remote: Remote, name: str) -> Remote:
    """Raises NoAnswer when what came back is no issue."""
    if not remote.id or not remote.key:
        raise NoAnswer(f"{name} answered without an issue.")
    return replace(remote, title=remote.title or remote.key)
