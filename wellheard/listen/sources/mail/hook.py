"""Mail as it comes: a program on the mail server hands a letter over, or posts it here as it is."""

from __future__ import annotations

import base64
import binascii

from .. import signed
from ..base import Arrived, Hook, Leave, Say, Sender, Switch, Told, Turned
from .files import row
from .letter import MOST_BYTES, NotALetter, open_letter


def check(arrived: Arrived, secrets: tuple[str, ...]) -> None:
    """The secret as a bearer token, or as the password of the address (providers that can do no more)."""
    given = arrived.header("authorization")
    if not given:
        raise Turned(401, "no secret")
    kind, _, rest = given.partition(" ")
    if kind.lower() == "basic":
        try:
            rest = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            rest = ""
    if not any(signed.same(rest.strip(), s) for s in secrets):
        raise Turned(401, "wrong secret")


def key(arrived: Arrived) -> str:
    try:
        return open_letter(arrived.raw).id
    except NotALetter as e:
        raise Turned(422, "no letter that can be read") from e


def read(arrived: Arrived) -> list[Told]:
    letter = open_letter(arrived.raw)
    if letter.automatic and "lists" not in arrived.switches:
        return [Leave(letter.automatic)]
    if not (letter.text or letter.subject):
        return [Leave("letters without words")]
    fields = {k: v for k, v in row(letter).items() if k not in ("email", "name")}
    return [Say(fields, sender=Sender(letter.sender, letter.name, letter.proven, letter.forwarded))]


HOOK = Hook(
    recipe=(
        "Forward letters to the secret address, or let your mail server hand them over.",
        'Postfix: an alias  feedback: "|wellheard mail receive"  on the machine that serves Wellheard.',
        "A provider's inbound route: POST the raw letter (message/rfc822) to this connection's address with "
        "Authorization: Bearer and what stands behind the + as the secret.",
        "Of a colleague's forwarded letter the author is who wrote it first; the colleague passes it on.",
    ),
    check=check,
    key=key,
    read=read,
    switches=(Switch("lists", "Take in automatic replies and mailing lists too"),),
    most_bytes=MOST_BYTES,
    by_mail=True,
)
