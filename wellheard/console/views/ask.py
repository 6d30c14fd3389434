"""Questions about what people did: active people and accounts, adoption per event, a funnel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wellheard import store
from wellheard.charts.lines import Series, line_chart
from wellheard.measure import active, funnel
from wellheard.measure.question import Active, Funnel, Period, Unaskable, window
from wellheard.people.access import Access, enter
from wellheard.people.models import Person
from wellheard.people.queries.lists import Page, cut
from wellheard.people.queries.money import today
from wellheard.store.reader import EventName, Reader

from ..asked import day, one_of, page_number
from ..frame import page

EVERY = ("week", "day", "month")
UNITS = ("person", "session", "account")
MOST_DAYS = 800


@dataclass(frozen=True, slots=True)
class Used:
    """One event in the adoption table, against everybody active in the period."""

    event: str
    people: int
    accounts: int
    share_people: float | None
    share_accounts: float | None
    url: str


def _period(request: HttpRequest, access: Access, newest: date | None = None) -> Period:
    """What was asked for, else the last 90 days; when nothing happened in them, the last 90 days in which it did."""
    end = day(request, "to") or today(access.workspace)
    if newest and not request.GET.get("to") and newest < end - timedelta(days=89):
        end = newest
    begin = day(request, "from") or end - timedelta(days=89)
    if begin > end:
        begin, end = end, begin
    return Period(max(begin, end - timedelta(days=MOST_DAYS)), end)


@login_required
@require_safe
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    newest = None
    with suppress(store.StoreError):
        newest = max((n.last for n in store.get().reader.event_names(access.workspace.pk)), default=None)
    period = _period(request, access, newest)
    every = one_of(request, "every", EVERY)
    given = {k: request.GET.get(k, "").strip() for k in ("step1", "step2", "step3", "window")}
    shown: dict[str, Any] = {"period": period, "every": every, "everies": EVERY, "units": UNITS, "given": given}
    try:
        reader = store.get().reader
    except store.StoreError:
        return page(request, access, "console/measure/ask.html", "measure", closed=True, **shown)
    names = reader.event_names(access.workspace.pk)
    shown |= {"names": names, "unit": one_of(request, "unit", UNITS)}
    if names:
        shown |= {"chart": _active(reader, access, every, period), "adoption": _adoption(reader, access, names, period)}
        shown |= _funnel(reader, access, given, shown["unit"], period)
    return page(request, access, "console/measure/ask.html", "measure", **shown)


def _people_url(access: Access, first: date, last: date, event: str = "") -> str:
    query = f"?from={first}&to={last}"
    if event:
        from urllib.parse import quote

        query += f"&event={quote(event)}"
    return reverse("ask_people", args=[access.workspace.slug]) + query


def _active(reader: Reader, access: Access, every: str, period: Period) -> Any:
    points = active.active(reader, access.workspace.pk, Active(every, period))  # type: ignore[arg-type]
    form = "%b %Y" if every == "month" else "%-d %b"
    ends = [p.start - timedelta(days=1) for p in points[1:]] + [period.last]
    urls = [_people_url(access, max(p.start, period.first), end) for p, end in zip(points, ends, strict=True)]
    return line_chart(
        f"Active people and accounts per {every}",
        [p.start.strftime(form) for p in points],
        [
            Series("people", "u", [p.people for p in points], urls),
            Series("accounts", "c", [p.accounts for p in points]),
        ],
        head=every.capitalize(),
    )


def _adoption(reader: Reader, access: Access, names: list[EventName], period: Period) -> list[Used]:
    workspace = access.workspace.pk
    all_people = len(reader.people_behind(workspace, None, period.first, period.last))
    all_accounts = len(reader.accounts_behind(workspace, None, period.first, period.last))
    rows = []
    for name in names[:40]:
        people = len(reader.people_behind(workspace, name.name, period.first, period.last))
        accounts = len(reader.accounts_behind(workspace, name.name, period.first, period.last))
        rows.append(
            Used(
                name.name,
                people,
                accounts,
                people / all_people if all_people else None,
                accounts / all_accounts if all_accounts else None,
                _people_url(access, period.first, period.last, name.name),
            )
        )
    return sorted(rows, key=lambda r: -r.people)


def _funnel(reader: Reader, access: Access, given: dict[str, str], unit: str, period: Period) -> dict[str, Any]:
    steps = tuple(s for s in (given["step1"], given["step2"], given["step3"]) if s)
    if len(steps) < 2:
        return {"funnel_error": "Choose at least two steps." if steps else ""}
    try:
        length = window(given["window"] or "7d")
        order = "any" if unit == "session" else "this"
        found = funnel.funnel(reader, access.workspace.pk, Funnel(steps, period, length, unit, order=order))  # type: ignore[arg-type]
    except Unaskable as e:
        return {"funnel_error": f"{str(e)[:1].upper()}{str(e)[1:]}."}
    return {"funnel": found, "most": found[0].count if found else 0}


@login_required
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """The people behind a point: active, or doing one event, on these days."""
    access = enter(request, slug)
    period = _period(request, access)
    event = request.GET.get("event", "")[:200]
    numbers: list[int] = []
    with suppress(store.StoreError):
        reader = store.get().reader
        numbers = reader.people_behind(access.workspace.pk, event or None, period.first, period.last).tolist()
    known = Person.objects.filter(workspace=access.workspace, number__in=numbers[:20_000]).order_by("name", "pk")
    rows, total, at = cut(known, page_number(request))
    return page(
        request, access, "console/measure/ask_people.html", "measure", found=Page(rows, total, at), event=event, period=period,
        unnamed=max(0, len(numbers) - total), count=len(numbers),
    )  # fmt: skip
