"""Money: what is paid a month as of any day, what moved, who is behind each number, and income by source."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard.charts.columns import ColumnChart, Layer, column_chart
from wellheard.core.rows import harmless
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.people.queries import income, money
from wellheard.people.queries.billing import counted_twice
from wellheard.people.queries.movements import Kind, Moved, Movements, month_ends, moved, paying, waterfall
from wellheard.people.services.segments import make_of

from ..asked import day, one_of, page_number
from ..frame import page
from .people import Narrowed, narrow

SPANS = ("12", "6", "24", "36")
SHOWN = 100
COLOURS = ("s1", "s2", "s3", "s5", "s6", "s7", "s8")


def months_back(last: date, months: int) -> date:
    """The first of the month that lies so many months before the one of `last`."""
    count = last.year * 12 + last.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _on(request: HttpRequest, access: Access) -> date:
    """As of which day: what is asked, within reason, else today."""
    asked = day(request, "on")
    return asked if asked and date(1970, 1, 1) <= asked <= date(2199, 12, 31) else money.today(access.workspace)


@login_required
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    workspace, on = access.workspace, _on(request, access)
    span = one_of(request, "months", SPANS)
    narrowed = narrow(request, access, "accounts")
    rows = waterfall(workspace, month_ends(months_back(on, int(span) - 1), on), narrowed.keys)
    last = waterfall(workspace, [on - timedelta(days=30), on], narrowed.keys)[0]
    earned = None if narrowed.said else income.earned(workspace, on - timedelta(days=29), on)
    links = Links(slug, narrowed.said)
    standing = money.standing(workspace, on, narrowed.keys)
    return page(
        request, access, "console/people/money.html", "people", on=on, today=money.today(workspace), span=span, spans=SPANS,
        standing=standing, last=last, rows=[links.row(m) for m in reversed(rows)],
        chart=_waterfall_chart(rows, links) if any(m.start or m.end or m.accounts for m in rows) else None,
        earned=earned, income_chart=_income_chart(earned) if earned and (earned.sources or any(earned.received)) else None,
        uncounted=money.uncounted(workspace), twice=counted_twice(workspace), links=links, kinds=list(Kind),
        plans=[(p, links.paying(on, p.name)) for p in standing.plans], paying_url=links.paying(on),
        received=sum(earned.received) if earned else 0, segments=narrowed.choices, ask={"segment": narrowed.said}, trouble=narrowed.trouble,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Links:
    slug: str
    segment: str

    def to(self, kind: str, begin: date, until: date) -> str:
        return self._url({"kind": kind, "from": begin.isoformat(), "to": until.isoformat()})

    def paying(self, on: date, plan: str | None = None) -> str:
        words = {"kind": "paying", "to": on.isoformat()}
        return self._url(words if plan is None else words | {"plan": plan})

    def _url(self, words: dict[str, str]) -> str:
        if self.segment:
            words["segment"] = self.segment
        return f"{reverse('money_behind', args=[self.slug])}?{urlencode(words)}"

    def row(self, m: Movements) -> tuple[Movements, list[tuple[int, str]]]:
        return m, [(m.cents(k), self.to(k, m.begin, m.until) if m.counts.get(k) else "") for k in Kind]


def _waterfall_chart(rows: Sequence[Movements], links: Links) -> ColumnChart:
    def layer(kind: Kind, style: str, below: bool = False) -> Layer:
        values = [abs(m.cents(kind)) / 100 for m in rows]
        urls = [links.to(kind, m.begin, m.until) if m.counts.get(kind) else "" for m in rows]
        return Layer(kind.words, style, values, urls, below)

    layers = [
        layer(Kind.NEW, "s1"), layer(Kind.EXPANSION, "s2"), layer(Kind.REACTIVATION, "s6"),
        layer(Kind.CONTRACTION, "s3", True), layer(Kind.CHURN, "s4", True),
    ]  # fmt: skip
    labels = [f"{m.until:%b %Y}" for m in rows]
    return column_chart("What moved recurring revenue each month", labels, layers, "Month")


def _income_chart(earned: income.Earned) -> ColumnChart:
    """By day; beyond six sources the smaller ones are one."""
    shown, rest = earned.sources[:6], earned.sources[6:]
    layers = [
        Layer(s.name, c, [v / 100 for v in s.cents]) for s, c in zip(shown, COLOURS, strict=False) if min(s.cents) >= 0
    ]
    spent = [s for s in shown if min(s.cents) < 0]
    layers += [Layer(s.name, "s4", [abs(v) / 100 for v in s.cents], below=True) for s in spent]
    if rest:
        layers.append(
            Layer("others", "s8", [max(0, sum(s.cents[i] for s in rest)) / 100 for i in range(len(earned.days))])
        )
    labels = [f"{d.day} {d:%b}" for d in earned.days]
    return column_chart("Income by day and source", labels, layers, "Day")


@dataclass(frozen=True, slots=True)
class Behind:
    """What a number on the money page is made of."""

    title: str
    rows: list[Moved]
    paying: bool
    back: str
    query: str

    @property
    def cents(self) -> int:
        return sum(m.now if self.paying else m.now - m.was for m in self.rows)


def _behind(request: HttpRequest, access: Access) -> tuple[Behind, Narrowed]:
    workspace = access.workspace
    kind = one_of(request, "kind", ("paying", *Kind, "any"))
    until = day(request, "to") or money.today(workspace)
    begin = min(day(request, "from") or until - timedelta(days=30), until)
    narrowed = narrow(request, access, "accounts")
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("format", None)
    back = reverse("money", args=[access.workspace.slug]) + (f"?segment={narrowed.said}" if narrowed.said else "")
    if kind == "paying":
        plan = request.GET.get("plan")
        found = paying(workspace, until, plan, narrowed.keys)
        of = f" on the plan {plan or 'without a name'}" if plan is not None else ""
        return Behind(f"Accounts that pay on {until}{of}", found, True, back, query.urlencode()), narrowed
    wanted = None if kind == "any" else Kind(kind)
    found = moved(workspace, begin, until, wanted, narrowed.keys)
    name = wanted.words if wanted else "Every change"
    return Behind(f"{name}, after {begin} up to {until}", found, False, back, query.urlencode()), narrowed


@login_required
@require_safe
def behind(request: HttpRequest, slug: str) -> HttpResponse:
    """The accounts behind a number; as CSV with `format=csv`."""
    access = enter(request, slug)
    found, narrowed = _behind(request, access)
    if request.GET.get("format") == "csv":
        return _file(found)
    number = page_number(request)
    last = max(1, -(-len(found.rows) // SHOWN))
    number = min(number, last)
    return page(
        request, access, "console/people/money_behind.html", "people", behind=found, trouble=narrowed.trouble,
        shown=found.rows[(number - 1) * SHOWN : number * SHOWN], number=number, last=last,
    )  # fmt: skip


def _file(found: Behind) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="accounts-behind-money.csv"'
    out = csv.writer(answer)
    out.writerow(["id", "name", "plan", "state", "day", "was", "now", "change"])
    for m in found.rows:
        cells: list[Any] = [m.account.external_id, m.account.name, m.account.plan, m.account.state, m.day or ""]
        out.writerow(
            [*(harmless(str(c or "")) for c in cells), *(f"{c / 100:.2f}" for c in (m.was, m.now, m.now - m.was))]
        )
    return answer


@login_required
@require_POST
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes a static segment of the accounts behind the number."""
    access = enter(request, slug, Role.EDITOR)
    found, _ = _behind(request, access)
    try:
        made = make_of(
            access, request.POST.get("name", ""), "accounts", [m.account.pk for m in found.rows], found.title
        )
    except ValueError as e:
        messages.error(request, str(e))
        return redirect(f"{reverse('money_behind', args=[slug])}?{request.GET.urlencode()}")
    messages.success(request, f"Kept as the segment “{made.name}”.")
    return redirect("segment", slug, made.pk)
