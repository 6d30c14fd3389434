"""meaning: how a workspace finds what is alike, and encoding what is missing now instead of in the background."""

from __future__ import annotations

import click

from wellheard.understand import writing_model
from wellheard.understand.meaning import encoders
from wellheard.understand.models import Meaning, Method
from wellheard.understand.services import encoding

from .answer import Answer, Refused, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def meaning() -> None:
    """How a workspace finds what is alike."""


def _told(slug: str) -> Answer:
    workspace = workspace_access(slug).workspace
    held = Meaning.objects.filter(workspace=workspace).first()
    found = encoding.progress(workspace)
    data = {
        "chosen": held.method if held else "", "method": found.method, "model": found.model, "encoded": found.done,
        "voices": found.total, "may_ask_model": bool(held and held.uses_model), "model_host": writing_model.host(),
    }  # fmt: skip
    by = f"{found.done} of {found.total} voices encoded by {found.model}." if found.model else "Words alone."
    return Answer(
        data, f"{'Chosen by a member' if data['chosen'] else 'By the languages written'}: {found.method}. {by}"
    )


@meaning.command("show")
@WORKSPACE
@JSON
def show(slug: str, as_json: bool) -> Answer:
    """The way in use, and how many voices are encoded."""
    return _told(slug)


@meaning.command("choose")
@click.argument("way", type=click.Choice(["auto", *(m for m in Method.values if m)]))
@click.option("--ask-model/--never-ask-model", default=None, help="Whether members may ask the language model.")
@WORKSPACE
@JSON
def choose(way: str, ask_model: bool | None, slug: str, as_json: bool) -> Answer:
    """Choose a way; what is not encoded by it yet follows in the background."""
    access = workspace_access(slug)
    if way in (Method.ENGLISH, Method.LANGUAGES) and (trouble := encoders.why_not(way)):
        raise Refused(trouble)
    held = Meaning.objects.filter(workspace=access.workspace).first()
    uses = ask_model if ask_model is not None else bool(held and held.uses_model)
    encoding.choose(access, "" if way == "auto" else way, uses)
    return _told(slug)


@meaning.command("encode")
@WORKSPACE
@JSON
def encode(slug: str, as_json: bool) -> Answer:
    """Encode now what is missing or was edited."""
    workspace = workspace_access(slug).workspace
    encoding.edited(workspace)
    encoding.encode(workspace)
    return _told(slug)


COMMANDS = [meaning]
