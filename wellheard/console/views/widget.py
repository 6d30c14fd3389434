"""The widget: how it is set, what to paste; pictures people sent; answering one voice."""

from __future__ import annotations

from django.conf import settings as config
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.listen.models import Picture, Voice
from wellheard.listen.services import pictures
from wellheard.listen.services.widgets import set_widget, widget_of
from wellheard.people.access import enter
from wellheard.people.models import Role
from wellheard.tell.services import replies

from ..frame import page

SIGNING = """import jwt, time

token = jwt.encode(
    {"sub": user.id, "email": user.email, "name": user.name, "account": user.company_id, "exp": int(time.time()) + 3600},
    SECRET_KEY, algorithm="HS256",
)
"""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def widget(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    held, error = widget_of(access.workspace), ""
    if request.method == "POST":
        try:
            set_widget(
                access, open_="open" in request.POST, sites=request.POST.get("sites", "").split(),
                greeting=request.POST.get("greeting", ""), pictures="pictures" in request.POST,
            )  # fmt: skip
            messages.success(request, "Kept. Pages that stand open take it over when they are loaded anew.")
            return redirect("widget_settings", slug)
        except ValueError as e:
            error = str(e)
    snippet = f'<script async src="{config.PUBLIC_URL}/widget.js" data-workspace="{slug}"></script>'
    return page(
        request, access, "console/settings/widget.html", status=422 if error else 200, widget=held, error=error, snippet=snippet,
        token=SIGNING, url=config.PUBLIC_URL, sites="\n".join(held.sites), secret=access.workspace.secret_key if access.may_own else "",
    )  # fmt: skip


@login_required
@require_safe
def picture(request: HttpRequest, slug: str, number: int) -> FileResponse:
    """To members only, as the kind it was seen to be when it came, and never as a page."""
    found = enter(request, slug).get(Picture, number)
    path = pictures.path_of(found)
    if not path.is_file():
        raise Http404("The picture is gone.")
    reply = FileResponse(path.open("rb"), content_type=f"image/{found.kind}")
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Cache-Control"] = "private, max-age=86400"
    return reply


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    voice = access.get(Voice, number, "author")
    try:
        made = replies.answer(access, voice, request.POST.get("text", ""))
    except ValueError as e:
        messages.error(request, str(e))
    else:
        by = "It goes by mail, and stands" if made.mail == made.Mail.OWED else "It stands"
        messages.success(request, f"Answered. {by} on {made.person}’s page and in the widget.")
    return redirect("voice", slug, number)
