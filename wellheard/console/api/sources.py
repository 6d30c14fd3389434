"""Connections, imports, and many voices at once over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.responses import Status

from wellheard.listen.models import Connection, Import
from wellheard.listen.queries import connections as reads
from wellheard.listen.queries import imports as import_reads
from wellheard.listen.services import connections as service
from wellheard.listen.services import import_undo, imports
from wellheard.listen.services.voices import bring
from wellheard.listen.tasks import store_import, undo_import
from wellheard.people.models import Role

from .loop import Strict, _access

router = Router()


class BroughtIn(Strict):
    """One voice; `id` is its id at the source, by which a repeat is known."""

    id: str = Field(min_length=1)
    text: str = ""
    title: str = ""
    author: str = Field("", description="The id your product knows the person by")
    email: str = ""
    name: str = ""
    account: str = ""
    created_at: str = ""
    channel: str = ""
    kind: str = ""
    url: str = ""
    thread: str = ""
    language: str = ""
    relayed_by: str = ""
    traits: dict[str, Any] = {}


class BatchIn(Strict):
    source: str = Field(min_length=1, max_length=60, description="Ids are told apart by it")
    voices: list[BroughtIn] = Field(min_length=1, max_length=1000)
    follow: bool = Field(False, description="Other words under a held id are an edit; else they are refused")


@router.post("/voices/batch", summary="Bring up to 1000 voices of a source, each once")
def bring_voices(request: HttpRequest, given: BatchIn) -> dict[str, Any]:
    rows = [one.dict() for one in given.voices]
    result = bring(_access(request), given.source, rows, given.follow)
    return {
        "stored": result.stored, "changed": result.changed, "repeated": result.repeated,
        "refused": [{"index": b.line, "reason": b.reason} for b in sorted(result.bad, key=lambda b: b.line)],
    }  # fmt: skip


class ImportOut(Schema):
    id: int
    what: str
    format: str
    source: str
    file_name: str
    state: str
    total: int | None
    read: int
    stored: int
    changed: int
    repeated: int
    skipped: int
    refused: int
    undone: int
    error: str
    started_by: str
    created_at: datetime
    finished_at: datetime | None


@router.get("/imports", response=list[ImportOut], summary="Files that were brought in, newest first")
def list_imports(request: HttpRequest) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    return import_reads.recent(access.workspace)


@router.get("/imports/{number}", response=ImportOut, summary="How far one file is")
def one_import(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    return access.get(Import, number)


@router.post("/imports/{number}/stop", response=ImportOut, summary="Store no more of it")
def stop_import(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    imports.stop(access, access.get(Import, number))
    return access.get(Import, number)


@router.post("/imports/{number}/start", response=ImportOut, summary="Store it, or go on storing")
def start_import(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    job = access.get(Import, number)
    imports.start(access, job)
    store_import.enqueue(job.pk)
    return access.get(Import, number)


@router.post("/imports/{number}/undo", response=ImportOut, summary="Take it back")
def take_back(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    job = access.get(Import, number)
    import_undo.begin(access, job)
    undo_import.enqueue(job.pk)
    return access.get(Import, number)


def _told(row: reads.Row) -> dict[str, Any]:
    c = row.connection
    return {
        "id": c.pk, "source": c.source, "name": c.name, "path": f"/hooks/{c.source}/{c.public_id}", "paused": c.paused,
        "switches": c.switches, "last_at": c.last_at, "heard": row.heard, "left_out": row.aside, "failed": row.failed,
        "turned_away": row.turned,
    }  # fmt: skip


@router.get("/sources", summary="Connections, with what came in 30 days")
def list_sources(request: HttpRequest) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    return {"connections": [_told(row) for row in reads.connections(access.workspace)]}


class SourceIn(Strict):
    source: str
    name: str = ""
    secret: str = Field("", description="For Slack, Zendesk and Intercom: the one they made")
    switches: list[str] = []


@router.post("/sources", response={201: dict[str, Any]}, summary="Connect a source; its secret is told once")
def connect_source(request: HttpRequest, given: SourceIn) -> Any:
    access = _access(request)
    made = service.connect(access, given.source, given.name, given.secret, given.switches)
    told = {
        "id": made.pk,
        "path": f"/hooks/{made.source}/{made.public_id}",
        "secret": None if given.secret else made.secret,
    }
    return Status(201, told)


class PausedIn(Strict):
    paused: bool


@router.post("/sources/{number}/pause", summary="Pause a connection, or let it go on")
def pause_source(request: HttpRequest, number: int, given: PausedIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    connection = access.get(Connection, number)
    service.pause(access, connection, given.paused)
    return {"id": connection.pk, "paused": connection.paused}
