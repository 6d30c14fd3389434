"""Segments: the list, the builder, who is in one, frozen copies and lists."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.people.access import Access, enter
from wellheard.people.models import Role, Segment
from wellheard.people.queries import lists
from wellheard.people.queries.segments import Preview, preview, segment_row, segment_rows
from wellheard.people.segments import UnknownSegment, members
from wellheard.people.segments.facts import Of
from wellheard.people.segments.rule import BadRule, check, decode
from wellheard.people.services import segments as services
from wellheard.store import StoreError

from .. import builder, history
from ..asked import page_number
from ..frame import page

MOST_BYTES = 20 << 20


@login_required
@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(request, access, "console/people/segments.html", "people", rows=segment_rows(access.workspace))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    of = builder.side(request.POST.get("of", "") or request.GET.get("of", ""))
    if request.method != "POST":
        return _form(request, access, builder.Builder(of))
    form = builder.of_form(request.POST.dict(), of)
    if request.POST.get("do") != "save":
        return _pressed(request, access, form)
    try:
        made = services.make_segment(access, request.POST.get("name", ""), of, form.rule())
    except ValueError as e:
        return _form(request, access, form, error=str(e))
    messages.success(request, f"“{made}” is there now, for the whole team.")
    return redirect("segment", slug, made.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Segment, number, "workspace")
    of = cast(Of, found.of)
    if not found.live:
        return _rename(request, access, found)
    if request.method != "POST":
        try:
            held = builder.of_rule(decode(found.rule), of)
        except BadRule as e:
            return _form(request, access, builder.Builder(of), found, error=str(e))
        return _form(request, access, held, found)
    form = builder.of_form(request.POST.dict(), of)
    if request.POST.get("do") != "save":
        return _pressed(request, access, form, found)
    try:
        services.change_segment(access, found, request.POST.get("name", ""), form.rule())
    except ValueError as e:
        return _form(request, access, form, found, error=str(e))
    return redirect("segment", slug, number)


def _rename(request: HttpRequest, access: Access, found: Segment) -> HttpResponse:
    error, name = "", request.POST.get("name", found.name)
    if request.method == "POST":
        try:
            services.change_segment(access, found, name)
        except ValueError as e:
            error = str(e)
        else:
            return redirect("segment", access.workspace.slug, found.pk)
    return page(
        request, access, "console/people/segment_rename.html", "people", status=422 if error else 200,
        segment=found, name=name, error=error,
    )  # fmt: skip


def _pressed(
    request: HttpRequest, access: Access, form: builder.Builder, segment: Segment | None = None
) -> HttpResponse:
    do = request.POST.get("do", "preview")
    form.press(do, request.POST.dict())
    return _form(request, access, form, segment, asked=do == "preview")


def _form(
    request: HttpRequest, access: Access, form: builder.Builder, segment: Segment | None = None, error: str = "",
    asked: bool = False,
) -> HttpResponse:  # fmt: skip
    """The builder with whom it finds so far. What hinders the preview is told when it was asked for."""
    seen: Preview | None = None
    trouble = ""
    try:
        rule = decode(form.rule())
        check(rule, access.workspace, form.of)
        seen = preview(access.workspace, form.of, rule)
    except StoreError as e:
        trouble = f"The rule asks what people did, and the events cannot be read: {e}."
    except ValueError as e:
        trouble = str(e) if asked else ""
    return page(
        request, access, "console/people/segment_form.html", "people", status=422 if error else 200, form=form,
        blocks=builder.shown(form, access.workspace), kinds=builder.kinds_by_group(), segment=segment, error=error,
        name=request.POST.get("name", segment.name if segment else ""), seen=seen, trouble=trouble,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A static segment of those named in a list that is pasted or sent as a file."""
    access = enter(request, slug, Role.EDITOR)
    given = {"of": builder.side(request.POST.get("of", "")), "name": "", "lines": ""} | {
        k: request.POST[k] for k in ("name", "lines") if k in request.POST
    }
    error, unknown = "", []
    if request.method == "POST":
        try:
            made = services.make_list(access, given["name"], given["of"], _lines(request, given["lines"]))
        except services.UnknownMembers as e:
            error, unknown = str(e), e.unknown
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"“{made}” is there now, for the whole team.")
            return redirect("segment", slug, made.pk)
    return page(
        request, access, "console/people/segment_list.html", "people", status=422 if error else 200, given=given,
        error=error, unknown=unknown[:500],
    )  # fmt: skip


def _lines(request: HttpRequest, pasted: str) -> list[str]:
    sent = request.FILES.get("file")
    if sent is None:
        return pasted.splitlines()
    if (sent.size or 0) > MOST_BYTES:
        raise ValueError(f"The file is larger than {MOST_BYTES >> 20} MB.")
    try:
        return pasted.splitlines() + sent.read().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError("The file is not UTF-8 text: save it as plain text or CSV.") from None


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    return _one(request, access, access.get(Segment, number, "workspace"))


def _one(request: HttpRequest, access: Access, segment: Segment, **more: Any) -> HttpResponse:
    found: lists.Page[Any] | None = None
    trouble = ""
    try:
        keys = members(segment).keys
        ask = lists.people if segment.of == Segment.Of.PEOPLE else lists.accounts
        found = ask(access.workspace, keys=keys, number=page_number(request))
    except StoreError as e:
        trouble = f"It asks what people did, and the events cannot be read: {e}."
    except UnknownSegment as e:
        trouble = str(e)
    return page(
        request, access, "console/people/segment.html", "people", status=422 if more.get("error") else 200,
        segment=segment, row=segment_row(segment), found=found, trouble=trouble,
        happened=history.of(access.workspace.pk, segment), **more,
    )  # fmt: skip


@login_required
@require_POST
def freeze(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Segment, number, "workspace")
    name = request.POST.get("name", "")
    try:
        made = services.freeze_segment(access, found, name)
    except StoreError as e:
        return _one(request, access, found, error=f"The events cannot be read: {e}.", frozen_name=name)
    except ValueError as e:
        return _one(request, access, found, error=str(e), frozen_name=name)
    messages.success(request, f"“{made}” holds who is in “{found}” now, and stays so.")
    return redirect("segment", slug, made.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Asks first, and names what still uses it."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Segment, number, "workspace")
    error = ""
    if request.method == "POST":
        try:
            services.delete_segment(access, found)
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"“{found.name}” is deleted.")
            return redirect("segments", slug)
    return page(
        request, access, "console/people/segment_delete.html", "people", status=422 if error else 200,
        row=segment_row(found), segment=found, error=error,
    )  # fmt: skip
