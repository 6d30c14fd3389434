"""A problem's chain from quote to result: to read, to print, and to take along."""

from __future__ import annotations

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wellheard.people.access import enter
from wellheard.understand.models import Problem

from .. import chain_words
from ..asked import one_of
from ..chain import as_dict, chain_of
from ..frame import page

FORMS = {"markdown": ("md", "text/markdown; charset=utf-8"), "json": ("json", "application/json")}


@login_required
@require_safe
def chain(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    problem = access.get(Problem, number, "workspace", "merged_into")
    named = request.GET.get("names") != "no"
    form = one_of(request, "as", ("page", *FORMS))
    found = chain_of(problem, named)
    if form == "page":
        text = chain_words.markdown(found).split("\n", 2)[-1]  # the page has its own heading
        return page(
            request, access, "console/understand/chain.html", "understand", problem=problem, text=text, named=named
        )
    end, kind = FORMS[form]
    body = (
        chain_words.markdown(found) if form == "markdown" else json.dumps(as_dict(found), ensure_ascii=False, indent=1)
    )
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="problem-{problem.pk}.{end}"'
    return answer
