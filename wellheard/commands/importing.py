"""import voices|people|accounts|money|rates|stripe|events FILE."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from wellheard.core.bundle import Bundle
from wellheard.core.rows import Unreadable
from wellheard.listen import mapping as maps
from wellheard.listen import sources
from wellheard.listen.intake.messages import DROPPED
from wellheard.listen.models import Import
from wellheard.listen.queries.rules import dropped_names
from wellheard.listen.services import import_check, imports, uploads
from wellheard.listen.services.reading import Manual
from wellheard.listen.sources import events as event_files
from wellheard.people.models import Workspace

from .answer import Answer, FileHere, Refused, engine, here, workspace_access

WHAT = ["voices", "people", "accounts", "money", "rates", "stripe", "events"]


@click.command("import")
@click.argument("what", type=click.Choice(WHAT))
@click.argument("file", type=FileHere(folders=True))
@click.option("--workspace", "slug", required=True)
@click.option(
    "--source", default="", help="A name for where the rows come from; the same source never stores an id twice."
)
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column is which field; repeat it.")
@click.option(
    "--set", "constants", multiple=True, metavar="FIELD=VALUE", help="The same for every row, e.g. channel=survey."
)
@click.option(
    "--from", "format_", default="table", metavar="SOURCE", help="What made the file, e.g. zendesk; guess finds out."
)
@click.option("--with", "switches", multiple=True, metavar="SWITCH", help="What a source takes in only when asked.")
@click.option("--open", "chosen", multiple=True, metavar="COLUMN", help="Survey: a question answered in own words.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="A column that is not even kept as a trait; repeat it.")
@click.option("--encoding", default="", help="Of the file; utf-8 when not given.")
@click.option("--dry-run", is_flag=True, help="Read everything, store nothing.")
@click.option(
    "--refused", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where to write refused rows."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    what: str, file: Path, slug: str, source: str, pairs: tuple[str, ...], constants: tuple[str, ...], format_: str,
    switches: tuple[str, ...], chosen: tuple[str, ...], drop: tuple[str, ...], encoding: str, dry_run: bool,
    refused: Path | None, as_json: bool,
) -> Answer:  # fmt: skip
    """Bring a file in: a table, or what another product exports (--from). Good rows are stored, bad ones written out
    with their reason. FILE may be a folder or a zip of files that belong together."""
    access = workspace_access(slug)
    where = Path(here.get() or ".") / (refused or f"{file.name}.refused.csv")
    try:
        given = maps.parse(pairs) | {field: f"={value}" for field, value in maps.parse(constants).items()}
        if what == "events" and file.is_dir():
            raise Refused("Events come as one file, not as a folder.")
        if what == "events":
            return _events(access.workspace, file, source, given, dry_run, where, encoding)
        path = uploads.unpacked(file, keep=True)
        if what != "voices":
            format_ = "table"
        elif format_ == "guess":
            format_ = sources.guess(Bundle.of(path)).name
        known = {s.name for s in sources.named(format_).switches}
        if unknown := sorted(set(switches) - known):
            raise Refused(f"{format_} has no switch {unknown[0]!r}. It has: {', '.join(sorted(known)) or 'none'}.")
        manual = Manual(given, encoding, format_, switches, chosen or None, drop)
        source = source or imports.source_name(manual, file.name)
        if dry_run:
            report, reasons = import_check.dry_run(access, what, path, manual, source)
            told = {**report.as_dict(), "skips": dict(reasons.skips), "why": dict(reasons.refused)}
            return _told(told, what, True)
        job = imports.start_import(access, what, path, manual, source, name=file.name)
        job = imports.run(job.pk, _progress if not as_json and sys.stderr.isatty() else None)
    except (Unreadable, ValueError) as e:
        raise Refused(str(e)) from None
    if job.state == Import.State.FAILED:
        raise Refused(f"{job.error} {job.stored:,} rows before it were stored; mend the file and run the same command.")
    try:
        return _told({**imports.report(job, where).as_dict(), "skips": job.skips}, what, False)
    except OSError:  # the folder here cannot be written to: the rows lie under the data folder
        return _told({**imports.report(job).as_dict(), "skips": job.skips}, what, False)


def _progress(job: Import) -> None:
    click.echo(f"\r{job.read:,} rows read …", nl=False, err=True)


def _events(
    workspace: Workspace, file: Path, source: str, given: dict[str, str], dry_run: bool, where: Path, encoding: str
) -> Answer:
    result = event_files.import_events(
        file,
        engine(),
        workspace.pk,
        workspace.time_zone,
        mapping=given,
        source=source or "import",
        dry_run=dry_run,
        refused_file=where,
        dropped=(*DROPPED, *settings.EVENTS_DROP_PROPERTIES, *dropped_names(workspace.pk)),
        encoding=encoding,
    )
    return _told({**result.as_dict(), "refused_file": result.refused_file or None}, "events", dry_run)


def _told(report: Mapping[str, Any], what: str, dry: bool) -> Answer:
    verb = "would be stored" if dry else "stored"
    text = f"{report['read']:,} rows read: {report['stored']:,} {what} {verb}, "
    if report.get("changed"):
        text += f"{report['changed']:,} changed, "
    text += f"{report['repeated']:,} held already, {report['refused']:,} refused"
    if report.get("skipped"):
        text += f", {report['skipped']:,} left out"
    for reason, count in (report.get("skips") or {}).items():
        text += f"\n  left out: {reason} ({count:,})"
    for reason, count in (report.get("why") or {}).items():
        text += f"\n  refused: {reason} ({count:,})"
    if report.get("refused_file"):
        text += f"\nThe refused rows and why: {report['refused_file']}"
    return Answer(report, text)


COMMANDS = [import_]
