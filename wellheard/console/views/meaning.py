"""How this workspace finds what is alike, how far encoding is, and whether a language model may be asked."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand import writing_model
from wellheard.understand.meaning import encoders
from wellheard.understand.models import Meaning, Method
from wellheard.understand.services import encoding

from ..frame import page

WAYS = [
    (Method.AUTO, "Chosen by itself", "By the languages people write in: English alone gets the English way."),
    (Method.ENGLISH, "English", "Sentences by what they mean. Finds “cannot log in” beside “the password is refused”."),
    (Method.LANGUAGES, "Many languages", "Sentences by what they mean, in sixteen languages and across them."),
    (
        Method.WORDS,
        "Words alone",
        "Texts that share words. Works everywhere and in every language, and is the smallest.",
    ),
]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meaning(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.OWNER if request.method == "POST" else Role.VIEWER)
    error = ""
    if request.method == "POST":
        try:
            encoding.choose(access, request.POST.get("method", ""), bool(request.POST.get("uses_model")))
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, "Kept. What is not encoded yet is worked on in the background.")
            return redirect("meaning", slug)
    held = Meaning.objects.filter(workspace=access.workspace).first()
    return page(
        request, access, "console/settings/meaning.html", "settings", status=422 if error else 200, error=error,
        ways=[(w.value, label, about, encoders.why_not(w.value) if w.value not in ("", "words") else "") for w, label, about in WAYS],
        method=held.method if held else "", uses_model=bool(held and held.uses_model), host=writing_model.host(),
        progress=encoding.progress(access.workspace), most=writing_model.QUOTES,
    )  # fmt: skip


@login_required
@require_safe
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """The bar alone, asked again every few seconds while it moves."""
    access: Access = enter(request, slug)
    return page(
        request, access, "console/settings/meaning_progress.html", "settings",
        progress=encoding.progress(access.workspace),
    )  # fmt: skip
