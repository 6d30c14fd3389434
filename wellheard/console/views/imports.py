"""Files on their way in: upload, look at what would happen, store, watch the progress, fetch refused rows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.core import rows
from wellheard.listen import mapping as maps
from wellheard.listen.models import Import
from wellheard.listen.services import imports as service
from wellheard.listen.tasks import store_import
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page

SALT = "import-file"
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
    """Upload → preview with the mapping → store. The file is checked before anything is stored."""
    access = enter(request, slug, Role.EDITOR)
    given = {
        "what": request.POST.get("what", "voices"),
        "source": request.POST.get("source", "").strip()[:60],
        "encoding": request.POST.get("encoding", "").strip()[:20],
    }
    error, preview, held = "", None, request.POST.get("held", "")
    if request.method == "POST":
        try:
            path, name, held = _file(request, access, held)
            if given["what"] not in WHAT:
                raise ValueError("Choose what the file holds.")
            asked = {
                f: c for f in maps.FIELDS[given["what"]] if (c := request.POST.get(f"map-{f}", "").strip()) and c != "-"
            }
            source = given["source"] or service.source_of(name)
            if "store" in request.POST:
                job = service.start_import(access, given["what"], path, asked, source, given["encoding"], name=name)
                store_import.enqueue(job.pk)
                return redirect("import", slug, job.pk)
            preview = service.preview(access, given["what"], path, asked, source, given["encoding"])
            given["source"] = source
        except (ValueError, rows.Unreadable) as e:
            error = str(e)
    fields = []
    if preview:
        fields = [(f, preview.mapping.get(f, "")) for f in maps.FIELDS[given["what"]]]
    return page(
        request, access, "console/listen/imports.html", "listen", status=422 if error else 200, given=given, error=error,
        what=WHAT.items(), preview=preview, fields=fields, held=held, limit=settings.UPLOAD_MAX_MB,
        jobs=Import.objects.filter(workspace=access.workspace).order_by("-pk")[:20],
    )  # fmt: skip


def _file(request: HttpRequest, access: Access, held: str) -> tuple[Path, str, str]:
    """The uploaded file, or the one kept since the preview; its signed name binds it to this workspace."""
    upload = request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > settings.UPLOAD_MAX_MB * 1024 * 1024:
            raise ValueError(
                f"The file is larger than {settings.UPLOAD_MAX_MB} MB. Use the command line: wellheard import."
            )
        name = Path(upload.name or "file.csv").name
        path = service.keep_file(upload.chunks(), name)
        return path, name, signing.dumps([access.workspace.pk, path.name, name], salt=SALT)
    if not held:
        raise ValueError("Choose a file first: CSV with a header line, or JSON lines.")
    try:
        workspace, stored, name = signing.loads(held, salt=SALT, max_age=86_400)
    except signing.BadSignature:
        raise ValueError("The upload has expired. Choose the file again.") from None
    path = Path(settings.DATA) / "imports" / stored
    if workspace != access.workspace.pk or not path.is_file():
        raise ValueError("The upload is gone. Choose the file again.")
    return path, name, held


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    job = access.get(Import, number)
    moving = job.state in (Import.State.WAITING, Import.State.RUNNING)
    template = "console/listen/import_state.html" if request.headers.get("HX-Request") else "console/listen/import.html"
    return page(request, access, template, "listen", job=job, moving=moving)


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
