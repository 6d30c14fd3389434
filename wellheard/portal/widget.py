"""Who speaks through the widget, and keeping what they say. No cookie: whoever wrote holds a key, whoever is signed in to
the team's product comes with a token the team signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
from django.core import signing
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.journal import Actor
from wellheard.listen.importing import Past
from wellheard.listen.models import Channel, Kind, Picture, Voice, Widget
from wellheard.listen.services import pictures
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Role, Workspace
from wellheard.people.services import visitors
from wellheard.people.services.persons import find_or_make_account, find_or_make_person

SALT = "widget-visitor"
KEY_SECONDS = 365 * 86_400
LONGEST = 7 * 86_400  # a token that lives longer is refused: it would be a password in a page
TEXT = 5_000
KINDS = {"feedback": Kind.UNSORTED, "bug": Kind.BUG}


class Forged(ValueError):
    """The token does not say who somebody is; the message says what is wrong with it, for the team that signs it."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """`sure`: the team signed who it is, so what concerns them may be shown."""

    person: Person
    account: Account | None
    sure: bool


def may_stand_on(widget: Widget, origin: str) -> bool:
    """Whether pages of that origin may use it. Browsers tell it truly; programs can say anything, so it is no lock."""
    if not widget.open:
        return False
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:  # no address at all
        host = ""
    return not widget.sites or any(host == site or host.endswith(f".{site}") for site in widget.sites)


def identify(workspace: Workspace, raw: str) -> Speaker:
    """Who the team says it is: a JSON web token, HS256 by the workspace's secret key, with `sub` (your id of the person) and
    `exp`; `email`, `name` and `account` (your id of it) if you like. Raises Forged."""
    try:
        told = jwt.decode(
            raw, workspace.secret_key, algorithms=["HS256"], leeway=30,
            options={"require": ["exp", "sub"], "verify_sub": False, "verify_aud": False, "verify_iat": False},
        )  # fmt: skip
    except jwt.ExpiredSignatureError:
        raise Forged("The token has expired. Sign a new one when the page is made.") from None
    except jwt.MissingRequiredClaimError as e:
        raise Forged(f"The token lacks {e.claim}.") from None
    except jwt.DecodeError as e:
        if isinstance(e, jwt.InvalidSignatureError) or "exp" not in str(e).lower():
            raise Forged("The token is not signed with this workspace's secret key (HS256).") from None
        raise Forged("The token's exp is not a time in seconds.") from None
    except jwt.PyJWTError:
        raise Forged("The token is not signed with this workspace's secret key (HS256).") from None
    if int(told["exp"]) - timezone.now().timestamp() > LONGEST:
        raise Forged("The token lives longer than seven days. Give it an hour.")
    access = Access(workspace, Actor(workspace.pk, "person", None, "widget"), Role.CONTRIBUTOR)
    for name in ("sub", "email", "name", "account"):
        if not isinstance(told.get(name, ""), str | int | None) or isinstance(told.get(name), bool):
            raise Forged(f"The token's {name} is neither a text nor a number.")
    try:
        own = clean.text(told["sub"], 255, "sub")
        email, name = clean.email(told.get("email")), clean.text(told.get("name"), 200, "name")
        account = clean.text(told.get("account"), 200, "account")
    except ValueError as e:
        raise Forged(str(e)) from None
    if not own:
        raise Forged("The token's sub is empty.")
    with journal.record(access.actor, "person.identified") as entry:
        person = find_or_make_person(access, external_id=own, email=email, name=name, by_hand=True)
        company = find_or_make_account(access, external_id=account, name=account) if account else None
        entry.about(person)
        entry.nothing_changed()
    return Speaker(person, company, True)


def holder(workspace: Workspace, raw: str) -> Speaker | None:
    """Who wrote before with this key. Once their address is confirmed the key no longer opens what is theirs: whoever typed
    a stranger's address holds it too."""
    try:
        held, pk = signing.loads(raw, salt=SALT, max_age=KEY_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if held != workspace.pk:
        return None
    person = Person.objects.filter(workspace=workspace, pk=pk, email=None).first()
    return Speaker(person, None, False) if person else None


def key_of(person: Person) -> str:
    return signing.dumps([person.workspace_id, person.pk], salt=SALT)


@dataclass(frozen=True, slots=True)
class Said:
    voice: Voice
    speaker: Speaker
    confirm: str | None  # the token to mail to an address that was left


def say(
    workspace: Workspace,
    speaker: Speaker | None,
    text: str,
    kind: str,
    context: dict[str, Any],
    picture: bytes = b"",
    email: str = "",
) -> Said:
    """Keep what somebody said, with the page and browser they agreed to send. Raises ValueError for what cannot be kept."""
    words = clean.text(text, TEXT, "What you wrote")
    if not words:
        raise ValueError("Write something first.")
    if kind not in KINDS:
        raise ValueError("Choose feedback or bug.")
    traits = _context(context)
    seen = pictures.kind_of(picture) if picture else ""
    clean.email(email)
    who = speaker or Speaker(visitors.new_visitor(workspace), None, False)
    file = pictures.keep(picture, seen) if seen else None
    try:
        with journal.record(Actor(workspace.pk, "person", who.person.pk, str(who.person)), "voice.said") as entry:
            account = who.account or _only_account(who.person)
            then = Past(workspace, [account] if account else []).at(account, timezone.now())
            voice = Voice.objects.create(
                workspace=workspace, text=words, kind=KINDS[kind], channel=Channel.WIDGET, author=who.person, account=account,
                said_at=timezone.now(), source="widget", account_state=then.state, account_cents=then.cents, traits=traits,
            )  # fmt: skip
            if file is not None:
                Picture.objects.create(workspace=workspace, voice=voice, name=file.name, kind=seen, size=len(picture))
            entry.about(voice)
    except BaseException:
        if file is not None:
            file.unlink(missing_ok=True)
        raise
    confirm = visitors.claim(who.person, "", email) if email and not who.sure else None
    return Said(voice, who, confirm)


def _only_account(person: Person) -> Account | None:
    rows = list(person.relations.select_related("account")[:2])
    return rows[0].account if len(rows) == 1 else None


def _plain(page: str) -> str:
    """An address of the web without what is often a secret in it; nothing when it is none."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


CONTEXT = {"page": 500, "title": 200, "browser": 300, "language": 20, "window": 20, "screen": 20, "time_zone": 60}


def _context(given: dict[str, Any]) -> dict[str, str]:
    """What we asked for and no more. Addresses lose what stands behind ? and #: it is often a secret."""
    found = {
        name: str(given[name])[:most].strip() for name, most in CONTEXT.items() if isinstance(given.get(name), str)
    }
    if "page" in found:
        found["page"] = _plain(found["page"])
    held = {k: v for k, v in found.items() if v}
    if wrong := clean.flaw_inside(held):
        raise ValueError(f"What the browser told holds {wrong}.")
    return held
