"""debt show|answer|targets: who asked and has not heard from us."""

from __future__ import annotations

from pathlib import Path

import click

from wellheard.tell.queries import asks as reads
from wellheard.tell.services import debt as services

from .answer import Answer, FileHere, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def debt() -> None:
    """Reply debt: who asked and has not heard from us."""


@debt.command("show")
@click.option(
    "--state", type=click.Choice(["unanswered", *reads.STATES, "all"]), default="unanswered", show_default=True
)
@click.option("--problem", type=click.IntRange(1), default=None, help="Only about this problem.")
@click.option("--account", type=click.IntRange(1), default=None, help="Only of this account.")
@click.option("--owner", default="", help="Only of accounts this colleague looks after; - for nobody's.")
@click.option("--late", is_flag=True, help="Only those whose first reply is past its target.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@WORKSPACE
@JSON
def show(
    state: str, problem: int | None, account: int | None, owner: str, late: bool, limit: int, slug: str, as_json: bool
) -> Answer:
    """Everybody who asked, by person and thing, the longest waiting first."""
    from wellheard.console.api.debt import debt_as_dict  # slow to load

    found = debt_as_dict(workspace_access(slug).workspace, reads.Filters(state, problem, account, owner, late), limit)
    lines = [
        (f"{a['asked_at']:%Y-%m-%d}", a["name"], reads.STATES[a["state"]], "late" if a["late"] else "", a["problem"] or "-", a["voice"])
        for a in found["asks"]
    ]  # fmt: skip
    first, closing = found["first_reply"], found["closing"]
    words = [
        f"first reply within {found['targets']['first_hours']} h: {first['met']} in time, {first['missed']} not",
        f"closed within {found['targets']['close_days']} days: {closing['met']} in time, {closing['missed']} not",
        f"{found['total']} of {found['asked']} who asked:",
    ]
    text = "\n".join(words) + "\n\n" + table(["asked", "who", "state", "", "problem", "voice"], lines)
    told = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in found.items() if k != "asks"}
    told["asks"] = [{k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in a.items()} for a in found["asks"]]
    return Answer(told, text)


@debt.command("answer")
@click.argument("voices", nargs=-1, required=True, type=click.IntRange(1))
@click.option("--file", type=FileHere(), required=True, help="The text, with {hello}, {name} and {said}.")
@click.option("--send", is_flag=True, help="Send it; without, only show how each letter reads.")
@WORKSPACE
@JSON
def answer(voices: tuple[int, ...], file: Path, send: bool, slug: str, as_json: bool) -> Answer:
    """Answer these voices with one text, each with their own name and words."""
    access = workspace_access(slug)
    try:
        text = file.read_text("utf-8-sig")
        found = services.letters(access, voices, text)
        made = services.answer_many(access, voices, text) if send else 0
    except UnicodeDecodeError:
        raise Refused(f"{file.name} is not valid UTF-8. Save it as UTF-8.") from None
    except ValueError as e:
        raise Refused(str(e)) from None
    letters = [{"person": x.person.pk, "voice": x.voice.pk, "text": x.text, "by_mail": x.by_mail} for x in found]
    shown = "\n\n".join(f"To {x.person}{'' if x.by_mail else ' (own page only)'}:\n{x.text}" for x in found)
    end = f"{made} answered." if send else "Nothing was sent. Send it with --send."
    return Answer({"answered": made, "letters": letters}, f"{shown}\n\n{end}")


@debt.command("targets")
@click.option("--first-hours", type=int, required=True, help="Hours to the first reply.")
@click.option("--close-days", type=int, required=True, help="Days until it is closed.")
@WORKSPACE
@JSON
def targets(first_hours: int, close_days: int, slug: str, as_json: bool) -> Answer:
    """How soon people are to hear from us."""
    try:
        held = services.set_targets(workspace_access(slug), first_hours, close_days)
    except ValueError as e:
        raise Refused(str(e)) from None
    told = {"first_hours": held.first_hours, "close_days": held.close_days}
    return Answer(told, f"First reply within {held.first_hours} hours, closed within {held.close_days} days.")


COMMANDS = [debt]
