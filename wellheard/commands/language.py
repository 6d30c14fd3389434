"""language check and language list: how texts speak of people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wellheard.understand.language import LABELS, check
from wellheard.understand.queries.language import audit

from .answer import Answer, Refused, here, workspace_access
from .loop import JSON, WORKSPACE


@click.group()
def language() -> None:
    """How texts speak of the people they are for."""


@language.command("check")
@click.argument("file", default="-")
@click.option("--language", "spoken", default="", help="Two letters; left out: guessed.")
@JSON
def check_file(file: str, spoken: str, as_json: bool) -> Answer:
    """What a text could say better. FILE is a path, or - for standard input."""
    found = check(_read(file), spoken)
    lines = [
        f"{LABELS[f.rule]}: “{f.words}”" + (f" → “{f.instead}”" if f.instead else "") + f"\n  {f.why}\n  {f.sentence}"
        for f in found
    ]
    return Answer({"findings": [f.as_dict() for f in found]}, "\n".join(lines) or "Nothing to say against it.")


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        return (Path(here.get() or ".") / file).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{file} is not valid UTF-8. Save it as UTF-8.") from None
    except OSError as e:
        raise Refused(f"{file} cannot be read ({e.strerror}).") from None


@language.command("list")
@click.option("--waived", is_flag=True, help="Also what was left as it is.")
@WORKSPACE
@JSON
def list_findings(waived: bool, slug: str, as_json: bool) -> Answer:
    """What the team's own texts could say better."""
    found = audit(workspace_access(slug).workspace)
    shown = [*found.open, *(found.waived if waived else [])]
    lines = [f"{f.place.label}: {f.before}[{f.finding.words}]{f.after}\n  {f.finding.why}" for f in shown]
    data = {"texts": found.texts, "findings": [f.as_dict() for f in shown]}
    return Answer(data, "\n".join(lines) or f"Nothing to say against {found.texts} texts.")


COMMANDS = [language]
