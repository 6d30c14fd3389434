"""What a source says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip

Records = Iterator[Row | Bad | Skip]


@dataclass(frozen=True, slots=True)
class Switch:
    """Something a source leaves out or takes in only when asked."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: its encoding ("" guesses), the switches that are on, the columns chosen as open
    questions (None: those the source thinks are)."""

    encoding: str = ""
    switches: frozenset[str] = frozenset()
    chosen: tuple[str, ...] | None = None


class Choice(NamedTuple):
    """A column that may or may not hold people's own words."""

    column: str
    label: str
    example: str
    open: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a letter says it is from. `proven`: a mail server we trust checked that. Of a letter that was passed on,
    `passed_on` is (name, address, words) of who wrote it first."""

    address: str
    name: str
    proven: bool
    passed_on: tuple[str, str, str] | None = None


# What a delivery tells us to do.
@dataclass(frozen=True, slots=True)
class Say:
    """Somebody said something, or said it differently: a voice is made, or the one with this id follows. With a
    sender the author is not among the fields: who it is depends on what is proven, and on who is of the team."""

    fields: Mapping[str, Any]
    before: str = ""  # the id it had so far, when it moved
    sender: Sender | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something became of what was said (closed, labelled): traits of the held voice follow; unknown ids are left."""

    id: str
    traits: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gone:
    """It was taken back at the source: the voice is set aside, its words are not shown as new any more."""

    id: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing for us, and why."""

    reason: str


Told = Say | Mark | Gone | Leave


class Turned(Exception):
    """Refused at the door with an HTTP status; the reason is one of a few fixed texts, for it is counted."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request at a door: lower-case header names, the raw body, when it came, the connection's switches."""

    headers: Mapping[str, str]
    raw: bytes
    now: datetime
    switches: frozenset[str] = frozenset()
    query: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back at once, instead of a plain 200."""

    body: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Noted:
    """A member notes from there what a customer said: `by` is their id at the source, `who` a name, address or id."""

    text: str
    who: str
    by: str
    by_name: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A door. `check` raises Turned unless one of the secrets signed the body; `key` is the sender's id for the
    event, so that a repeat is known; `read` says what to do, after the answer was given."""

    recipe: tuple[str, ...]
    check: Callable[[Arrived, tuple[str, ...]], None]
    key: Callable[[Arrived], str]
    read: Callable[[Arrived], list[Told]]
    answer: Callable[[Arrived], Answer | None] = lambda arrived: None
    # A command that a member types there is read by `noted` and answered at once in the words of `reply`.
    noted: Callable[[Arrived], Noted | None] = lambda arrived: None
    commands: bool = False
    reply: Callable[[str], Answer] = lambda text: Answer(text)
    # Who makes the secret: we (it is shown once, to be pasted there), or the other side (it is pasted here).
    theirs: bool = False
    called_there: str = "Secret"
    switches: tuple[Switch, ...] = ()
    most_bytes: int = 2 * 1024**2
    by_mail: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    name: str
    label: str
    about: str
    channel: str
    recipe: tuple[str, ...] = ()
    accept: str = ""
    read: Callable[[Bundle, Reading], Records] | None = None
    fits: Callable[[Bundle], int] = lambda bundle: 0
    choices: Callable[[Bundle, Reading], list[Choice]] | None = None
    switches: tuple[Switch, ...] = ()
    # Ids are the source's own and last: other words under a held id are an edit, and voices of all its files and of
    # its connection are told apart by one name.
    lasting: bool = False
    hook: Hook | None = None


EMPTY: Mapping[str, Any] = {}


def prune(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, so that a preview and the traits show only what is there."""
    return {k: v for k, v in row.items() if v is not None and v != "" and v != []}


def who(provider: str, id_: Any, email: Any = None, name: Any = None, own: Any = None) -> dict[str, Any]:
    """Fields of an author: the team's own id when it is known, else the address, else the provider's id marked as
    such. An address is never bound to a provider's id: the team's own id may still come for it."""
    found = {"email": email, "name": name}
    if own:
        found["author"] = str(own)
    elif id_ and not email:
        found["author"] = f"{provider}:{id_}"
    return prune(found)
