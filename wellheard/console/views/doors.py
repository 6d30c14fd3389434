"""Ways in that are not pages of the loop: one-time links, commands from the same machine, health."""

from __future__ import annotations

import hmac
import json

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wellheard.people.services.workspaces import open_link, use_link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """A one-time link: looking at it changes nothing (mail scanners look), pressing the button signs in."""
    if request.method != "POST":
        link = open_link(secret)
        return render(request, "console/enter.html", {"link": link}, status=200 if link else 410)
    user = use_link(secret)
    if user is None:
        return render(request, "console/enter.html", {"link": None}, status=410)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("workspaces")


@csrf_exempt
@require_POST
def command(request: HttpRequest) -> HttpResponse:
    """Run a command line for the owner of the data folder, who alone can read the secret of this process."""
    from wellheard.__main__ import run
    from wellheard.commands.answer import here
    from wellheard.commands.running import SECRET

    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), SECRET.encode()):
        raise Http404
    body = json.loads(request.body)
    token = here.set(str(body["cwd"]))
    try:
        code, out, err = run([str(a) for a in body["argv"]])
    finally:
        here.reset(token)
    return JsonResponse({"code": code, "out": out, "err": err})


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 while the process answers and reaches its database; says nothing else."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
