"""flag list, show, make, change, kill, revive, archive, restore, back, evaluate: feature flags."""

from __future__ import annotations

import json
from typing import Any

import click
from django.http import Http404

from wellheard.measure.flags import queries, services
from wellheard.measure.models import Flag
from wellheard.people.access import Access

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
KEY = click.argument("key")
REASON = click.option("--reason", default="", help="Kept in its history.")


@click.group()
def flag() -> None:
    """Feature flags."""


def _held(slug: str, key: str) -> tuple[Access, Flag]:
    access = workspace_access(slug)
    try:
        return access, queries.by_key(access, key)
    except Http404 as no:
        raise Refused(str(no)) from None


def _shown(found: Flag) -> Answer:
    row = queries.row(found)
    return Answer(row.as_dict(), f"{found.key}: {row.state}, version {found.version}\n{row.serves}")


@flag.command("list")
@click.option("--search", default="", help="Part of the key, name or description.")
@click.option("--state", type=click.Choice(queries.STATES), help="Else all outside of the archive.")
@WORKSPACE
@JSON
def list_(search: str, state: str | None, slug: str, as_json: bool) -> Answer:
    """Flags, with who gets what."""
    rows = queries.flag_rows(workspace_access(slug).workspace, search, state or "")
    cells = [(r.flag.key, r.flag.kind, r.state, r.serves) for r in rows]
    return Answer({"flags": [r.as_dict() for r in rows]}, table(("key", "kind", "state", "who gets what"), cells))


@flag.command()
@KEY
@WORKSPACE
@JSON
def show(key: str, slug: str, as_json: bool) -> Answer:
    """One flag, its definition and history."""
    _, found = _held(slug, key)
    row = queries.row(found)
    past = queries.versions(found)
    lines = [f"{v.number}  {v.at:%Y-%m-%d %H:%M}  {v.by} {v.get_did_display()}  {v.reason}".rstrip() for v in past]
    history = [{"version": v.number, "did": v.did, "by": v.by, "at": v.at, "reason": v.reason} for v in past]
    text = f"{_shown(found).text}\n{json.dumps(found.definition, indent=2, ensure_ascii=False)}\n" + "\n".join(lines)
    return Answer({**row.as_dict(), "history": history}, text)


def _definition(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as no:
        raise Refused(f"The definition is not JSON: {no}.") from None


@flag.command()
@KEY
@click.option("--kind", type=click.Choice(Flag.Kind.values), default="boolean")
@click.option("--definition", default="{}", help='As JSON: {"rules": [{"share": 20, "serve": "on"}]}')
@click.option("--name", default="")
@click.option("--description", default="")
@click.option("--algorithm", type=click.Choice(Flag.Algorithm.values), default="posthog", help="Chosen once.")
@click.option("--unit", type=click.Choice(Flag.Unit.values), default="person", help="Whom it deals. Chosen once.")
@WORKSPACE
@JSON
def make(
    key: str,
    kind: str,
    definition: str,
    name: str,
    description: str,
    algorithm: str,
    unit: str,
    slug: str,
    as_json: bool,
) -> Answer:
    """Make a flag. Without a definition one of kind boolean is off for everybody."""
    plan = services.Plan(key, kind, _definition(definition), name, description, algorithm, unit)
    try:
        return _shown(services.make(workspace_access(slug), plan))
    except ValueError as e:
        raise Refused(str(e)) from None


@flag.command()
@KEY
@click.option("--definition", default=None, help="As JSON; else it stays.")
@click.option("--name", default=None)
@click.option("--description", default=None)
@click.option("--seen", type=int, default=None, help="Refuse when this is no longer the newest version.")
@REASON
@WORKSPACE
@JSON
def change(
    key: str,
    definition: str | None,
    name: str | None,
    description: str | None,
    seen: int | None,
    reason: str,
    slug: str,
    as_json: bool,
) -> Answer:
    """Change a flag; what is not named stays."""
    access, found = _held(slug, key)
    given = None if definition is None else _definition(definition)
    try:
        return _shown(services.change(access, found, given, name, description, seen, reason))
    except ValueError as e:
        raise Refused(str(e)) from None


def _do(slug: str, key: str, what: str, reason: str = "", version: int | None = None) -> Answer:
    access, found = _held(slug, key)
    try:
        return _shown(services.do(access, found, what, reason, version))
    except ValueError as e:
        raise Refused(str(e)) from None


@flag.command()
@KEY
@REASON
@WORKSPACE
@JSON
def kill(key: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Switch it off for everybody, whatever its rules say."""
    return _do(slug, key, "kill", reason)


@flag.command()
@KEY
@REASON
@WORKSPACE
@JSON
def revive(key: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Switch it on again."""
    return _do(slug, key, "revive", reason)


@flag.command()
@KEY
@REASON
@WORKSPACE
@JSON
def archive(key: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Put it into the archive: programs are told that there is no such flag."""
    return _do(slug, key, "archive", reason)


@flag.command()
@KEY
@REASON
@WORKSPACE
@JSON
def restore(key: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Take it out of the archive."""
    return _do(slug, key, "restore", reason)


@flag.command()
@KEY
@click.argument("version", type=click.IntRange(1))
@WORKSPACE
@JSON
def back(key: str, version: int, slug: str, as_json: bool) -> Answer:
    """Go back to the rules of a version."""
    return _do(slug, key, "back", "", version)


@flag.command()
@KEY
@click.option("--person", default="", help="The id that programs ask with.")
@click.option("--account", default="", help="Else the account that the person is known to belong to.")
@click.option("--traits", default="{}", help="As JSON, over what is known.")
@WORKSPACE
@JSON
def evaluate(key: str, person: str, account: str, traits: str, slug: str, as_json: bool) -> Answer:
    """What a person would get now, and why."""
    _, found = _held(slug, key)
    said = _definition(traits)
    if not isinstance(said, dict):
        raise Refused('Traits are an object: {"plan": "pro"}.')
    try:
        answer = queries.preview(found, person, account, said)
    except ValueError as e:
        raise Refused(str(e)) from None
    data = {"variant": answer.variant, "value": answer.value, "reason": str(answer.reason), "why": answer.why}
    return Answer(data, f"{answer.variant}: {answer.why}")


COMMANDS = [flag]
