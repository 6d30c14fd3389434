"""mail receive, mail bounce: letters that a mail server hands over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from django.db import DatabaseError

from wellheard.listen.services import mail as letters
from wellheard.tell import feedback

from .answer import Answer, FileHere, Refused


class NotOurs(Refused):
    """The letter goes back: there is no such address."""

    exit_code = 67


class NoLetter(Refused):
    """The letter goes back: it cannot be read."""

    exit_code = 65


class Later(Refused):
    """The mail server tries again."""

    exit_code = 75


@click.group()
def mail() -> None:
    """Letters from people."""


@mail.command("receive")
@click.argument("file", type=FileHere(), required=False)
@click.option(
    "--to", "recipients", multiple=True, metavar="ADDRESS", help="Where it was sent; else what the server says."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def receive(file: Path | None, recipients: tuple[str, ...], as_json: bool) -> Answer:
    """Take one letter from standard input (or FILE), for mail servers that hand letters to a program."""
    raw = file.read_bytes() if file else sys.stdin.buffer.read()
    named = [*recipients, *(os.environ.get(k, "") for k in ("ORIGINAL_RECIPIENT", "RECIPIENT", "LOCAL_PART"))]
    try:
        delivery, new = letters.receive(raw, [n for n in named if n])
    except letters.NoSuchBox as e:
        raise NotOurs(str(e)) from None
    except ValueError as e:
        raise NoLetter(str(e)) from None
    except DatabaseError as e:
        raise Later(f"The database does not answer ({e}).") from None
    return Answer({"id": delivery.pk, "new": new}, "Kept." if new else "Held already.")


@mail.command("bounce")
@click.argument("file", type=FileHere(), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bounce(file: Path | None, as_json: bool) -> Answer:
    """Take a report that mail came back, from standard input (or FILE), for mail servers that hand letters to a program."""
    raw = file.read_bytes() if file else sys.stdin.buffer.read()
    try:
        address = feedback.letter_came_back(raw)
    except ValueError as e:
        raise NoLetter(str(e)) from None
    except DatabaseError as e:
        raise Later(f"The database does not answer ({e}).") from None
    return Answer({"address": address}, f"Nothing goes to {address} any more.")


COMMANDS = [mail]
