"""Telling silent sufferers of a release: whom it may concern, the words, and the press that sends them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from wellheard.measure import suffering
from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.tell.models import Release

from ..frame import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def silent(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.VIEWER if request.method != "POST" else Role.EDITOR)
    release = access.get(Release, number)
    subject, words, error = suffering.SUBJECT, suffering.WORDS, ""
    if request.method == "POST":
        subject, words = request.POST.get("subject", ""), request.POST.get("words", "").replace("\r\n", "\n")
        try:
            count = suffering.tell_silent(access, release, subject, words)
            messages.success(
                request,
                f"{count:,} {'person is' if count == 1 else 'people are'} being told, within what they may get.",
            )
            return redirect("release_silent", slug, number)
        except ValueError as e:
            error = str(e)
    return page(
        request, access, "console/tell/silent.html", "tell", status=422 if error else 200, release=release, found=suffering.silent(release),
        subject=subject, words=words, error=error, fields=suffering.FIELDS,
    )  # fmt: skip
