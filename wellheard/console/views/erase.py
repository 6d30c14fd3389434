"""Erasing a person: what would go and what would stay, then a number typed to be sure."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from wellheard.people.access import enter
from wellheard.people.models import Person, Role
from wellheard.tell.services import erasing

from ..frame import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.OWNER)
    person = access.get(Person, number, "workspace")
    error = ""
    if request.method == "POST":
        if request.POST.get("number", "").strip().lstrip("#") == str(person.pk):
            try:
                erasing.erase(access, person)
            except ValueError as e:
                error = str(e)
            else:
                messages.success(request, "They are erased. What they did in your product follows within a minute.")
                return redirect("people", slug)
        else:
            error = f"Nothing was erased: type {person.pk} to be sure."
    return page(
        request, access, "console/people/erase.html", "people", status=422 if error else 200, person=person, error=error,
        outlook=erasing.outlook(person),
    )  # fmt: skip
