"""Who stands behind a point of an answer: to read, to take away as a file, to keep as a segment."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard import store
from wellheard.core.rows import harmless
from wellheard.measure import asking, listing
from wellheard.measure.kinds import KINDS, Kind, Word
from wellheard.measure.question import Unaskable
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.people.services.segments import make_of

from ..asked import page_number
from ..frame import page
from .ask import LABELS, words_of

COLUMNS = {"people": ("external_id", "name", "email", "language"), "accounts": ("external_id", "name", "plan", "state")}


def _kind(name: str) -> Kind[Any, Any]:
    if name not in KINDS or KINDS[name].behind is None:
        raise Http404("There is no such question.")
    return KINDS[name]


@login_required
@require_safe
def behind(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    access = enter(request, slug)
    wanted = _kind(kind)
    words = words_of(request, wanted, [])
    back = {k: v for k, v in words.items() if k not in {w.name for w in wanted.points} | {"part", "period"}}
    shown: dict[str, Any] = {
        "kind": wanted, "about": about(wanted, words), "query": request.GET.urlencode(),
        "back": reverse("ask_kind", args=[slug, kind]) + f"?{urlencode(back)}",
    }  # fmt: skip
    try:
        if request.GET.get("format") == "csv":
            return _file(access, kind, words)
        found = listing.behind(store.get().reader, access.workspace, kind, words, page_number(request))
    except Unaskable as e:
        return page(
            request, access, "console/measure/behind.html", "measure", status=400,
            error=f"{str(e)[:1].upper()}{str(e)[1:]}.", **shown,
        )  # fmt: skip
    except store.StoreError:
        return page(request, access, "console/measure/behind.html", "measure", closed=True, **shown)
    return page(
        request, access, "console/measure/behind.html", "measure", found=found, of_accounts=found.of_accounts,
        unnamed=found.unnamed, cut_off=found.cut, **shown,
    )  # fmt: skip


def _file(access: Access, kind: str, words: Mapping[str, str]) -> HttpResponse:
    """Everybody known by name, as CSV; no cell is a formula."""
    of, rows = listing.everybody(store.get().reader, access.workspace, kind, words)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{of}-behind-{kind}.csv"'
    out = csv.writer(answer)
    out.writerow(COLUMNS[of])
    for row in rows:
        out.writerow([harmless(str(getattr(row, column) or "")) for column in COLUMNS[of]])
    return answer


@login_required
@require_POST
def keep(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Makes a static segment of those behind the point."""
    access = enter(request, slug, Role.EDITOR)
    wanted = _kind(kind)
    words = words_of(request, wanted, [])
    try:
        of, rows = listing.everybody(store.get().reader, access.workspace, kind, words)
        made = make_of(access, request.POST.get("name", ""), of, [r.pk for r in rows], about(wanted, words))
    except store.StoreError:
        messages.error(request, "The event store is open in another process.")
    except ValueError as e:  # a question that makes no sense, or a name that cannot be
        messages.error(request, str(e))
    else:
        messages.success(request, f"Kept as the segment “{made.name}”.")
        return redirect("segment", slug, made.pk)
    return redirect(f"{reverse('behind', args=[slug, kind])}?{request.GET.urlencode()}")


def about(kind: Kind[Any, Any], words: Mapping[str, str]) -> str:
    """What the people listed have in common, as far as the words tell."""
    parts = [kind.title]
    order: list[Word] = [*kind.words, *asking.COMMON, *kind.points, asking.PART]
    for word in order:
        value = words.get(word.name)
        if not value or word.name in ("of", "compare", "more") or value == word.default:
            continue
        name = LABELS.get(word.name, word.name).lower().replace("_", " ")
        if word.name == "at":
            name = {"week": "week of", "month": "month of"}.get(words.get("every") or _usual(kind), "on")
        parts.append(f"{name} {value}")
    return " · ".join(parts)


def _usual(kind: Kind[Any, Any]) -> str:
    return next((w.default for w in kind.words if w.name == "every"), "day")
