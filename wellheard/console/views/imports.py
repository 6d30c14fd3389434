"""Files on their way in: choose the source, upload, say what is what, look, store, watch, take back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.core import rows
from wellheard.core.bundle import Bundle
from wellheard.listen import mapping as maps
from wellheard.listen import sources
from wellheard.listen.importing import words_of
from wellheard.listen.models import Channel, Import, Kind
from wellheard.listen.queries import imports as reads
from wellheard.listen.services import import_check, import_undo, uploads
from wellheard.listen.services import imports as service
from wellheard.listen.services.reading import Manual, columns, manual_of
from wellheard.listen.services.states import MOVING, OPEN
from wellheard.listen.tasks import look_at_import, store_import, undo_import
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..fields import CALLED, EXPLAINED, SELDOM
from ..frame import page

COUNTED_AT_ONCE = 50_000
WHAT = {
    "voices": "What people said",
    "people": "People",
    "accounts": "Accounts",
    "money": "Revenue and income",
    "rates": "Exchange rates",
    "stripe": "What Stripe exported",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose where it comes from and upload; nothing is stored by that."""
    access = enter(request, slug, Role.EDITOR)
    given = {
        "what": request.POST.get("what", "voices"),
        "format": request.POST.get("format", request.GET.get("format", "guess")),
        "source": request.POST.get("source", "").strip()[:60],
        "encoding": request.POST.get("encoding", "").strip()[:20],
    }
    error = ""
    if request.method == "POST":
        try:
            return redirect("import_mapping", slug, _upload(request, access, given).pk)
        except ValueError as e:
            error = str(e)
    return page(
        request, access, "console/listen/imports.html", "listen", status=422 if error else 200, given=given, error=error,
        what=WHAT.items(), sources=sources.readers().values(), limit=settings.UPLOAD_MAX_MB,
        jobs=reads.recent(access.workspace),
    )  # fmt: skip


def _upload(request: HttpRequest, access: Access, given: dict[str, str]) -> Import:
    files = request.FILES.getlist("file")
    if given["what"] not in WHAT:
        raise ValueError("Choose what the file holds.")
    if not files:
        raise ValueError("Choose a file first.")
    if sum(f.size or 0 for f in files) > settings.UPLOAD_MAX_MB * 1024 * 1024:
        raise ValueError(f"That is larger than {settings.UPLOAD_MAX_MB} MB. Use the command line: wellheard import.")
    path, name = uploads.keep_files([(Path(f.name or "file.csv").name, f.chunks()) for f in files])
    try:
        chosen = given["format"] if given["what"] == "voices" else "table"
        source = sources.guess(Bundle.of(path)) if chosen == "guess" else sources.named(chosen)
        manual = Manual(encoding=given["encoding"], format=source.name)
        found = columns(path, manual)
        called = given["source"] or service.source_name(manual, name)
        manual = reads.remembered(access.workspace, given["what"], manual, called, found) or manual
        return service.draft(access, given["what"], path, manual, called, name=name)
    except (ValueError, rows.Unreadable):
        uploads.forget(path)
        raise


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Which column is what, with the first rows as they would be read; then check it all, or store it."""
    access = enter(request, slug, Role.EDITOR)
    job = access.get(Import, number)
    if job.state not in OPEN:
        return redirect("import", slug, job.pk)
    manual, source, error = manual_of(job), job.source, ""
    if request.method == "POST":
        manual = _manual(request, job)
        source = request.POST.get("source", "").strip()[:60] or job.source
        try:
            service.map_again(access, job, job.what, manual, source)
            if "store" in request.POST:
                service.start(access, job)
                store_import.enqueue(job.pk)
                return redirect("import", slug, job.pk)
            if "check" in request.POST:
                service.begin_check(access, job)
                look_at_import.enqueue(job.pk)
                return redirect("import", slug, job.pk)
            manual = manual_of(job)
        except (ValueError, rows.Unreadable) as e:
            error = str(e)
    shown = _shown(access, job, manual, source)
    return page(
        request, access, "console/listen/import_mapping.html", "listen", status=422 if error else 200, job=job,
        error=error or shown.pop("problem"), manual=manual, called=source, origin=sources.named(job.format), **shown,
    )  # fmt: skip


def _shown(access: Access, job: Import, manual: Manual, source: str) -> dict[str, Any]:
    """The preview, or why there is none, and for each field what may be chosen."""
    path = uploads.file_of(job)
    preview, problem, found = None, "", []
    try:
        if not path.exists():
            raise ValueError("The upload is gone. Bring the file in again.")
        found = columns(path, manual)
        preview = import_check.preview(access, job.what, path, manual, source)
    except (ValueError, rows.Unreadable, OSError) as e:
        problem = str(e)
    mapped = preview.mapping if preview else dict(manual.pairs)
    used = {p for c in mapped.values() if "+" not in c for p in maps.parts(c, found)}
    shown_fields = [f for f in maps.FIELDS[job.what] if job.format != "table" or f != "voters"]
    origin = sources.named(job.format)
    return {
        "problem": problem,
        "preview": preview,
        "columns": found,
        "fields": [_field(job.what, f, mapped.get(f, "")) for f in shown_fields],
        "rest": [(c, c not in manual.dropped) for c in found if c not in used],
        "choices": _choices(origin, path, manual),
        "mapped": [_called(f) for f in _shown_of(job.what, shown_fields, preview)],
        "first": [_cells(job.what, r, shown_fields, preview) for r in preview.first] if preview else [],
    }


# The order people read a row in: what was said, by whom, when; ids last.
READ = ("text", "name", "email", "author", "account", "created_at", "channel", "kind")


def _shown_of(what: str, fields: list[str], preview: import_check.Preview | None) -> list[str]:
    """The fields that any of the first rows has; a title is shown with the words it belongs to."""
    if preview is None:
        return []
    some = [f for f in fields if f in preview.mapping and any(r.get(f) for r in preview.first)]
    if what != "voices":
        return some
    some = [f for f in dict.fromkeys(["text", *some]) if f != "title"]
    return [*(f for f in READ if f in some), *(f for f in some if f not in READ)]


def _cells(what: str, row: dict[str, Any], fields: list[str], preview: import_check.Preview) -> dict[str, Any]:
    """A row as it would be read: each field that any row has, and the traits."""

    def shown(field: str) -> Any:
        if what == "voices" and field == "text":
            with suppress(ValueError):  # what cannot be said is among the refused
                return words_of(row)
        value = row.get(field)
        return f"{len(value)} people" if isinstance(value, list) else value

    cells = [(f, shown(f)) for f in _shown_of(what, fields, preview)]
    return {"cells": cells, "traits": [(k, v) for k, v in row.get("traits", {}).items() if v not in (None, "")]}


def _choices(origin: sources.Source, path: Path, manual: Manual) -> list[sources.base.Choice]:
    if origin.choices is None or manual.mended is not None:
        return []
    try:
        reading = sources.base.Reading(manual.encoding, frozenset(manual.switches), manual.chosen)
        return origin.choices(Bundle.of(path), reading)
    except (rows.Unreadable, OSError):
        return []


CONSTANT = {"channel": Channel.choices, "kind": Kind.choices[1:]}


def _called(name: str) -> str:
    return CALLED.get(name, name.replace("_", " ").capitalize())


def _field(what: str, name: str, column: str) -> dict[str, Any]:
    first, plus, second = column.partition("+")
    constants = [(f"={value}", label) for value, label in CONSTANT.get(name, [])] if what == "voices" else []
    return {
        "name": name, "help": EXPLAINED.get((what, name), EXPLAINED.get(("", name), "")), "column": column, "first": first,
        "second": second if plus else "", "constants": constants, "joins": name == "id", "called": _called(name),
        "seldom": what == "voices" and name in SELDOM,
    }  # fmt: skip


def _manual(request: HttpRequest, job: Import) -> Manual:
    """What the form says."""
    pairs = {}
    for name in maps.FIELDS[job.what]:
        column = request.POST.get(f"map-{name}", "")
        second = request.POST.get(f"and-{name}", "")
        if column and column != "-" and second and second != column:
            column = f"{column}+{second}"
        if column:
            pairs[name] = column
    asked = request.POST.getlist("column")
    kept = set(request.POST.getlist("keep"))
    known = {s.name for s in sources.named(job.format).switches}
    before = manual_of(job)
    return Manual(
        pairs=pairs or before.pairs,
        encoding=request.POST.get("encoding", before.encoding).strip()[:20],
        format=job.format,
        switches=[s for s in request.POST.getlist("switch") if s in known],
        chosen=tuple(request.POST.getlist("open")) if "asked" in request.POST else before.chosen,
        dropped=[c for c in asked if c not in kept and c not in pairs.values()],
        mended=before.mended,
    )


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    job = access.get(Import, number)
    moving = job.state in MOVING
    over = job.state in (Import.State.DONE, Import.State.STOPPED)
    # Counting what would go takes a while with a million rows: then only when somebody asks.
    back = over and (job.stored <= COUNTED_AT_ONCE or "back" in request.GET)
    template = "console/listen/import_state.html" if request.headers.get("HX-Request") else "console/listen/import.html"
    # Where no script runs the page asks again by itself.
    refresh = {"refresh": 3} if moving and not request.headers.get("HX-Request") else {}
    return page(
        request, access, template, "listen", job=job, moving=moving, facts=reads.facts(job),
        undoing=import_undo.outlook(job) if back else None,
        may_undo=over and not back and job.what == "voices" and job.stored > 0,
        there=uploads.file_of(job).exists(), **refresh,
    )  # fmt: skip


@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Store, stop, go on, take back, forget, or bring mended rows."""
    access = enter(request, slug, Role.EDITOR)
    job = access.get(Import, number)
    todo = request.POST.get("do", "")
    try:
        if todo in ("store", "go on"):
            service.start(access, job)
            store_import.enqueue(job.pk)
        elif todo == "stop":
            service.stop(access, job)
        elif todo == "undo":
            import_undo.begin(access, job)
            undo_import.enqueue(job.pk)
        elif todo == "forget":
            service.discard(access, job)
            messages.success(request, "The file is gone; nothing of it was stored.")
            return redirect("imports", slug)
        elif todo == "mended":
            return redirect("import_mapping", slug, _mended(request, access, job).pk)
        else:
            messages.error(request, "Choose what to do.")
    except (ValueError, rows.Unreadable, OSError) as e:
        messages.error(request, str(e))
    return redirect("import", slug, number)


def _mended(request: HttpRequest, access: Access, job: Import) -> Import:
    """The refused rows of an import, mended: read with its mapping and under its source's name."""
    upload = request.FILES.get("file")
    if upload is None:
        raise ValueError("Choose the mended file first.")
    if (upload.size or 0) > settings.UPLOAD_MAX_MB * 1024 * 1024:
        raise ValueError(f"The file is larger than {settings.UPLOAD_MAX_MB} MB.")
    path = uploads.keep_file(upload.chunks(), "mended.csv")
    try:
        return service.mend(access, job, path, Path(upload.name or "mended.csv").name)
    except (ValueError, rows.Unreadable):
        uploads.forget(path)
        raise


@login_required
@require_safe
def refused(request: HttpRequest, slug: str, number: int) -> FileResponse:
    """The refused rows, each with its line and the reason."""
    access = enter(request, slug, Role.EDITOR)
    job = access.get(Import, number)
    path = Path(settings.DATA) / "refused" / f"import-{job.pk}.csv"
    if not job.refused or not path.is_file():
        raise Http404("No row of this import was refused.")
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=f"refused-{job.pk}.csv", content_type="text/csv; charset=utf-8"
    )
