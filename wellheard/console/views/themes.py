"""Suggested themes: what the machine groups, and what a member makes of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.models import Problem, Theme
from wellheard.understand.queries import themes as queries
from wellheard.understand.services import encoding, naming, problems
from wellheard.understand.services.themes import find_themes, rename_theme
from wellheard.understand.tasks import look_for_themes, under_way
from wellheard.understand.writing_model import Proposal, Unavailable

from ..asked import page_number
from ..frame import page
from .understand import tabs

# More voices than this are not grouped, or encoded, while somebody waits for the page.
AT_ONCE = 3000


def _targets(access: Access) -> list[Problem]:
    return list(Problem.objects.filter(workspace=access.workspace, merged_into=None, closed_at=None).order_by("name"))


@login_required
@require_safe
def themes(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(
        request, access, "console/understand/themes.html", "understand", areas=queries.areas(access.workspace),
        lately=queries.lately(access.workspace), tabs=tabs(access), targets=_targets(access), loose=queries.loose(access.workspace),
    )  # fmt: skip


def _numbers(given: list[str]) -> set[int]:
    """Numbers of a form. Raises ValueError: a slip here would confirm what somebody meant to leave out."""
    if not all(v.isascii() and v.isdecimal() and len(v) < 19 for v in given):
        raise ValueError("What is left out is named by numbers of voices.")
    return {int(v) for v in given}


def _one(
    request: HttpRequest,
    access: Access,
    theme: Theme,
    error: str = "",
    given: str = "",
    proposal: Proposal | None = None,
) -> HttpResponse:
    return page(
        request, access, "console/understand/theme.html", "understand", status=422 if error else 200, theme=theme,
        found=queries.members(theme, page_number(request)), parts=queries.parts(theme), targets=_targets(access),
        error=error, name=given or (proposal.name if proposal else theme.name), proposal=proposal,
        model_host=naming.may_ask(access.workspace), most=naming.QUOTES,
    )  # fmt: skip


@login_required
@require_safe
def theme(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _one(request, access, access.get(Theme, number, "problem"))


@login_required
@require_POST
def confirm(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """As a problem of its own, or into one that is known."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Theme, number, "problem")
    into = request.POST.get("into", "")
    target = access.get(Problem, into) if into.isdecimal() else None
    try:
        without = _numbers(request.POST.getlist("without"))
        made = problems.confirm_theme(
            access, found, request.POST.get("name", ""), request.POST.get("summary", ""), target, without
        )
    except ValueError as e:
        return _one(request, access, found, str(e), request.POST.get("name", ""))
    placed = found.members.count()
    messages.success(request, f"{placed} voice{'' if placed == 1 else 's'} now evidence of “{made}”.")
    return redirect("problem", slug, made.pk)


@login_required
@require_POST
def dismiss(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Theme, number)
    problems.dismiss_theme(access, found)
    messages.success(request, f"Dismissed “{found}”. Its voices stay; it will not be suggested again.")
    return redirect("themes", slug)


@login_required
@require_POST
def rename(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A name of a member's stays when themes are looked for anew."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Theme, number)
    try:
        rename_theme(access, found, request.POST.get("name", ""))
    except ValueError as e:
        return _one(request, access, found, str(e), request.POST.get("name", ""))
    return redirect("theme", slug, found.pk)


@login_required
@require_POST
def propose(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask the language model of the settings for a name and a summary; the form shows them, nothing is stored."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Theme, number, "problem")
    try:
        return _one(request, access, found, proposal=naming.propose(access, found))
    except Unavailable as e:
        return _one(request, access, found, str(e))


@login_required
@require_POST
def look(request: HttpRequest, slug: str) -> HttpResponse:
    """Group the voices that stand under no problem once more. A few seconds for some thousand voices."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    waiting = encoding.progress(access.workspace)
    if queries.loose(access.workspace) > AT_ONCE or waiting.total - waiting.done > AT_ONCE:
        if not under_way(look_for_themes, access.workspace.pk):
            look_for_themes.enqueue(access.workspace.pk, access.actor.name)
        messages.success(request, "That are many voices: it is worked out in the background. Look again in a minute.")
        return redirect("themes", slug)
    made = find_themes(access)
    if made:
        messages.success(request, f"{len(made)} themes in {sum(t.size for t in made)} voices.")
    else:
        messages.warning(request, "No theme yet: too few voices say the same thing. That is an answer, too.")
    return redirect("themes", slug)
