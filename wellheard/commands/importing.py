"""import voices|people|accounts|money|rates|stripe|events FILE."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from django.conf import settings

from wellheard.core.rows import Unreadable
from wellheard.listen import mapping as maps
from wellheard.listen.intake.messages import DROPPED
from wellheard.listen.models import Import
from wellheard.listen.queries.rules import dropped_names
from wellheard.listen.services import imports
from wellheard.listen.sources import events as event_files
from wellheard.people.models import Workspace

from .answer import Answer, FileHere, Refused, engine, here, workspace_access

WHAT = ["voices", "people", "accounts", "money", "rates", "stripe", "events"]


@click.command("import")
@click.argument("what", type=click.Choice(WHAT))
@click.argument("file", type=FileHere())
@click.option("--workspace", "slug", required=True)
@click.option(
    "--source", default="", help="A name for where the rows come from; the same source never stores an id twice."
)
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column is which field; repeat it.")
@click.option(
    "--set", "constants", multiple=True, metavar="FIELD=VALUE", help="The same for every row, e.g. channel=survey."
)
@click.option("--encoding", default="", help="Of the file; utf-8 when not given.")
@click.option("--dry-run", is_flag=True, help="Read everything, store nothing.")
@click.option(
    "--refused", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where to write refused rows."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    what: str, file: Path, slug: str, source: str, pairs: tuple[str, ...], constants: tuple[str, ...], encoding: str, dry_run: bool,
    refused: Path | None, as_json: bool,
) -> Answer:  # fmt: skip
    """Bring a CSV or JSON lines file in. Good rows are stored, bad ones written out with their reason."""
    access = workspace_access(slug)
    where = Path(here.get() or ".") / (refused or f"{file.name}.refused.csv")
    try:
        given = maps.parse(pairs) | {field: f"={value}" for field, value in maps.parse(constants).items()}
        if what == "events":
            return _events(access.workspace, file, source, given, dry_run, where, encoding)
        source = source or imports.source_of(file.name)
        if dry_run:
            return _told(imports.dry_run(access, what, file, given, source, encoding).as_dict(), what, True)
        job = imports.start_import(access, what, file, given, source, encoding)
        job = imports.run(job.pk, _progress if not as_json and sys.stderr.isatty() else None)
    except (Unreadable, ValueError) as e:
        raise Refused(str(e)) from None
    if job.state == Import.State.FAILED:
        raise Refused(f"{job.error} {job.stored:,} rows before it were stored; mend the file and run the same command.")
    try:
        return _told(imports.report(job, where).as_dict(), what, False)
    except OSError:  # the folder here cannot be written to: the rows lie under the data folder
        return _told(imports.report(job).as_dict(), what, False)


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


def _told(report: Mapping[str, object], what: str, dry: bool) -> Answer:
    verb = "would be stored" if dry else "stored"
    text = (
        f"{report['read']:,} rows read: {report['stored']:,} {what} {verb}, "
        f"{report['repeated']:,} held already, {report['refused']:,} refused"
    )
    if report.get("refused_file"):
        text += f"\nThe refused rows and why: {report['refused_file']}"
    return Answer(report, text)


COMMANDS = [import_]
