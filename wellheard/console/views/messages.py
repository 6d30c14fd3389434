"""Settings → Messages: what mails to those who asked say, by kind and language."""

from __future__ import annotations

from django.contrib import messages as notes
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.tell import wording
from wellheard.tell.channels.mail import as_mail
from wellheard.tell.queries import wordings as reads
from wellheard.tell.services import wordings as services

from ..frame import page


@login_required
@require_safe
def messages(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/settings/messages.html", rows=reads.texts(access.workspace))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, slug: str, what: str, language: str) -> HttpResponse:
    """One text. POST keeps it, shows how it would read, sends it to oneself, or goes back to ours."""
    access = enter(request, slug, Role.EDITOR if request.method == "POST" else Role.VIEWER)
    try:
        text = reads.text_for(access.workspace.pk, what, language)
    except ValueError as e:
        raise Http404(str(e)) from None
    subject, body, error = text.subject, text.body, ""
    if request.method == "POST":
        subject, body = request.POST.get("subject", ""), request.POST.get("body", "")
        todo = request.POST.get("do", "save")
        try:
            if todo == "reset":
                services.reset(access, what, language)
                notes.success(request, "It reads as it came with Wellheard again.")
                return redirect("message", slug, what, language)
            if todo == "test":
                to = services.send_test(access, what, language, subject, body)
                notes.success(
                    request,
                    f"Sent to {to}. It is not saved yet."
                    if (subject, body) != (text.subject, text.body)
                    else f"Sent to {to}.",
                )
            elif todo == "save":
                services.set_wording(access, what, language, subject, body)
                notes.success(request, "Saved. It holds for every mail from now on.")
                return redirect("message", slug, what, language)
            else:
                services.checked(subject, body)
        except ValueError as e:
            error = str(e)
    said = None if error else reads.sample(access.workspace, what, language, subject, body.replace("\r\n", "\n"))
    plain = as_mail(access.workspace, said, "", "", page="", unsubscribe="", key="").body if said else ""
    return page(
        request, access, "console/settings/message.html", status=422 if error else 200, text=text, subject=subject, body=body,
        error=error, said=said, plain=plain, places=wording.PLACES.items(), languages=reads.NAMES.items(),
    )  # fmt: skip
