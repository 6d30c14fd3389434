"""What a command gives back, and the errors it may end with."""

from __future__ import annotations

import contextvars
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from django.conf import settings
from django.db import OperationalError, ProgrammingError
from django.db.models import Model
from django.http import Http404

from wellheard import store
from wellheard.people.access import Access, by_command
from wellheard.people.models import Workspace

M = TypeVar("M", bound=Model)

# A command may run inside the server for somebody in another folder; paths are theirs.
here: contextvars.ContextVar[str] = contextvars.ContextVar("here", default="")


class Refused(click.ClickException):
    """The command understood but cannot do it; exit code 1, the reason on standard error."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` for `--json`, `text` for people."""

    data: Any
    text: str

    def show(self, as_json: bool) -> str:
        return json.dumps(self.data, ensure_ascii=False, default=str) if as_json else self.text


class FileHere(click.ParamType):
    """A file that exists, relative to where the command was typed."""

    name = "file"

    def __init__(self, folders: bool = False) -> None:
        self.folders = folders

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(here.get() or ".", value).resolve()
        if not (path.is_file() or (self.folders and path.is_dir())):
            raise Refused(f"There is no file {value}.")
        return path


def workspace_access(slug: str) -> Access:
    try:
        found = Workspace.objects.filter(slug=slug).first()
    except (OperationalError, ProgrammingError):
        raise Refused("There is no workspace yet: the database is not prepared. Run: wellheard init") from None
    if found is None:
        known = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise Refused(
            f"There is no workspace {slug!r}. Known: {known or 'none yet; make one with: wellheard workspace create'}."
        )
    return by_command(found)


def found_in(access: Access, model: type[M], number: int, *related: str) -> M:
    """The thing with this number in the workspace; raises Refused when there is none."""
    try:
        return access.get(model, number, *related)
    except Http404 as e:
        raise Refused(str(e)) from None


def engine() -> store.Store:
    """The event store of this process; opening it fails with store.HeldElsewhere while a server has it."""
    try:
        return store.get()
    except store.Closed:
        opened = store.Store.open(settings.DATA, settings.EVENTS_URL, memory_mb=settings.EVENTS_MEMORY_MB)
        store.use(opened)
        return opened


def public_url() -> str:
    """Where links lead: the configured address, else that of the server running on this data folder."""
    if not os.environ.get("WELLHEARD_URL"):
        try:
            return str(json.loads((Path(settings.DATA) / "server.json").read_text())["url"])
        except (OSError, ValueError, KeyError):
            pass
    return str(settings.PUBLIC_URL)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Aligned columns; numbers to the right."""
    cells = [[("" if c is None else str(c)) for c in row] for row in rows]
    if not cells:
        return "(none)"
    widths = [max(len(r[i]) for r in [list(head), *cells]) for i in range(len(head))]
    numeric = [
        all(r[i].replace(".", "").replace("-", "").replace("%", "").isdigit() or not r[i] for r in cells)
        for i in range(len(head))
    ]

    def line(row: Sequence[str]) -> str:
        return "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, numeric, strict=True)).rstrip()

    return "\n".join([line(list(head)), *(line(r) for r in cells)])
