"""Sets of people drawn: lines over time, stages, shares, days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from wellheard.charts.columns import Layer, column_chart
from wellheard.charts.lines import Series, line_chart
from wellheard.console.templatetags.words import number, percent, signed_percent
from wellheard.measure.kinds import Asked
from wellheard.measure.kinds.steps import span

from .shapes import Cell, Columns, Figure, Figures, Head, Lines, Links, Shape, Table


def label(start: date, every: str) -> str:
    return f"{start:%b %Y}" if every == "month" else f"{start:%-d %b}"


def heading(every: str) -> str:
    return {"day": "Day", "week": "Week of", "month": "Month"}[every]


def change(now: float, before: float | None) -> tuple[str, bool | None]:
    """ "+12% against 1,200"."""
    if not before:
        return ("against none" if before == 0 else "", None)
    share = now / before - 1
    return f"{signed_percent(share)} against {number(int(before))}", None if abs(share) < 0.005 else share > 0


def figure(name: str, now: int, before: int | None, url: str, lens: str) -> Figure:
    told, up = change(now, before)
    return Figure(name, Cell(number(now), url if now else "", lens=lens), told, up)


# count ------------------------------------------------------------------------------------------------------


def count(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found, before = asked.answer, asked.before.answer if asked.before else None
    figures = Figures(
        [
            figure("times", found.count, before and before.count, "", ""),
            figure("people", found.people, before and before.people, links.to(of="people"), "u"),
            figure("accounts", found.accounts, before and before.accounts, links.to(of="accounts"), "c"),
        ]
    )
    if not asked.parts:
        return [figures]
    rows = [
        [
            Cell(name, number=False),
            Cell(number(p.answer.count)),
            Cell(number(p.answer.people), links.to(part=name, of="people")),
            Cell(number(p.answer.accounts), links.to(part=name, of="accounts")),
        ]
        for name, p in asked.parts
    ]
    head = [Head("Part", False), Head("Times"), Head("People", lens="u"), Head("Accounts", lens="c")]
    return [figures, Table("By part", head, rows)]


# lines over time --------------------------------------------------------------------------------------------


def _over_time(
    asked: Asked[Any, Any],
    links: Links,
    title: str,
    every: str,
    points: Callable[[Any], Sequence[Any]],
    series: Sequence[tuple[str, str, Callable[[Any], float], dict[str, str]]],
) -> Lines:
    """`series`: (name, kind, value of a point, what its link says). With parts, the first series of each part."""
    mine = points(asked.answer)
    labels = [label(p.start, every) for p in mine]
    drawn = []
    if asked.parts:
        name, _, value, said = series[0]
        for at, (part, one) in enumerate(asked.parts, 1):
            urls = [links.to(at=p.start, part=part, **said) if value(p) else "" for p in points(one.answer)]
            drawn.append(Series(f"{part}, {name}", f"s{at}", [value(p) for p in points(one.answer)], urls))
    else:
        for name, kind, value, said in series:
            urls = [links.to(at=p.start, **said) if value(p) and said is not NOBODY else "" for p in mine]
            drawn.append(Series(name, kind, [value(p) for p in mine], urls))
        if asked.before:
            earlier = points(asked.before.answer)
            name, _, value, said = series[0]
            held = [value(earlier[i]) if i < len(earlier) else 0 for i in range(len(mine))]
            urls = [
                links.to(at=earlier[i].start, period="before", **said)
                if i < len(earlier) and said is not NOBODY
                else ""
                for i in range(len(mine))
            ]
            drawn.append(Series(f"{name} before", "m", held, urls))
    return Lines(line_chart(title, labels, drawn, head=heading(every), open_end=asked.open))


NOBODY: dict[str, str] = {}
PEOPLE, ACCOUNTS = {"of": "people"}, {"of": "accounts"}


def _people(p: Any) -> float:
    return float(p.people)


def _accounts(p: Any) -> float:
    return float(p.accounts)


def active(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    every = asked.question.every
    total, before = asked.answer.total, asked.before.answer.total if asked.before else None
    figures = Figures(
        [
            figure("people in all", total.people, before and before.people, links.to(of="people"), "u"),
            figure("accounts in all", total.accounts, before and before.accounts, links.to(of="accounts"), "c"),
        ]
    )
    lines = _over_time(
        asked, links, f"Active people and accounts per {every}", every, lambda a: a.points,
        [("people", "u", _people, PEOPLE), ("accounts", "c", _accounts, ACCOUNTS)],
    )  # fmt: skip
    return [figures, lines]


def trend(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    every = asked.question.every

    class Timed:
        def __init__(self, start: date, times: int) -> None:
            self.start, self.times = start, times

    def points(a: Any) -> list[Timed]:
        return [Timed(p.start, n) for p, n in zip(a.points, a.times, strict=True)]

    times = _over_time(
        asked, links, f"Times per {every}", every, points, [("times", "asked", lambda p: float(p.times), PEOPLE)]
    )
    return [times, *active(asked, links)]


def rolling(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    title = f"People and accounts active in {asked.question.days} days"
    series = [("people", "u", _people, PEOPLE), ("accounts", "c", _accounts, ACCOUNTS)]
    return [_over_time(asked, links, title, "day", lambda points: points, series)]


def stickiness(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    every = asked.question.every
    title = f"Share of a {every}'s people active on an average day, percent"
    series = [("percent of people", "u", lambda p: round(100 * (p.share or 0), 1), PEOPLE)]
    lines = _over_time(asked, links, title, every, lambda points: points, series)
    rows = [
        [
            Cell(label(p.start, every), number=False),
            Cell(percent(p.share, 1), bar=p.share),
            Cell(number(p.people), links.to(at=p.start, of="people") if p.people else ""),
        ]
        for p in asked.answer
    ]
    return [lines, Table("", [Head(heading(every), False), Head("Stickiness"), Head("Of people", lens="u")], rows)]


def lifecycle(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    every, found = asked.question.every, asked.answer

    def layer(name: str, kind: str, below: bool = False) -> Layer:
        values = [getattr(s, name) for s in found]
        urls = [links.to(at=s.start, stage=name) if v else "" for s, v in zip(found, values, strict=True)]
        return Layer(name, kind, values, urls, below)

    whom = "accounts" if asked.question.unit == "account" else "people"
    layers = [layer("returning", "s1"), layer("new", "s2"), layer("resurrected", "s3"), layer("dormant", "s4", True)]
    title = f"New, returning, resurrected and dormant {whom} per {every}"
    return [Columns(column_chart(title, [label(s.start, every) for s in found], layers, heading(every), asked.open))]


def habit(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found, every = asked.answer, asked.question.every
    most = 7 if every == "week" else 31
    groups = [(d, d) for d in range(1, 8)] if every == "week" else [(1, 1), (2, 3), (4, 7), (8, 14), (15, 21), (22, 31)]
    head = [
        Head(heading(every), False), Head("People", lens="u"), Head("Days each"),
        *(Head(f"{a} day{'s' if a > 1 else ''}" if a == b else f"{a}–{b} days") for a, b in groups),
    ]  # fmt: skip
    rows = []
    for d in found:
        cells = []
        for a, b in groups:
            n = sum(d.people[a - 1 : min(b, most)])
            share = n / d.total if d.total else 0
            url = links.to(at=d.start, days=a) if n and a == b else ""
            cells.append(
                Cell(percent(share) if d.total else "–", url, number(n), shade=shade(share) if d.total else None)
            )
        average = "–" if d.average is None else f"{d.average:.1f}"
        rows.append([Cell(label(d.start, every), number=False), Cell(number(d.total)), Cell(average), *cells])
    note = "Shares of the people who were there at all. The last one may not be over."
    return [Table("On how many days", head, rows, note, triangle=True)]


def shade(share: float) -> int:
    return min(9, int(share * 10))


# adoption ---------------------------------------------------------------------------------------------------


def adoption(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found = asked.answer
    b, d, t = found.breadth, found.depth, found.delay
    before = asked.before.answer.breadth if asked.before else None

    def breadth(name: str, share: Any, was: Any, lens: str, of: str) -> Figure:
        told = "" if was is None else f"{percent(was.share, 1)} before"
        text = f"{percent(share.share, 1)} of {number(share.whole)} {name}"
        up = None if was is None or share.share == was.share else (share.share or 0) > (was.share or 0)
        return Figure(text, Cell(number(share.part), links.to(of=of) if share.part else "", lens=lens), told, up)

    figures = [
        breadth("active people", b.people, before and before.people, "u", "people"),
        breadth("active accounts", b.accounts, before and before.accounts, "c", "accounts"),
        Figure("times each, median", Cell("–" if d.median_times is None else f"{d.median_times:g}")),
        Figure("days each, median", Cell("–" if d.median_days is None else f"{d.median_days:g}")),
        Figure(
            f"days from first seen to first use, median of {number(t.people)}",
            Cell("–" if t.median_days is None else f"{t.median_days:g}"),
        ),
    ]
    shapes: list[Shape] = [Figures(figures)]
    if t.people:
        names = {
            0: "on the day they came",
            1: "by the day after",
            7: "within 7 days",
            30: "within 30 days",
            90: "within 90 days",
        }
        rows = [[Cell(names[k], number=False), Cell(percent(share), bar=share)] for k, share in t.within.items()]
        note = f"Of the {number(t.people)} people whose first use ever lies in the period, counted from the day they were first seen."
        shapes.append(Table("How soon", [Head("First used it", False), Head("Share")], rows, note))
    idle = b.people.whole - b.people.part
    rest = Cell(number(idle), links.to(used="no", of="people") if idle else "", lens="u")
    shapes.append(
        Table(
            "",
            [Head("Active, and did not use it", False), Head("People", lens="u")],
            [[Cell("People", number=False), rest]],
        )
    )
    if asked.parts:
        rows = []
        for name, part in asked.parts:
            p, a = part.answer.breadth.people, part.answer.breadth.accounts
            rows.append(
                [
                    Cell(name, number=False),
                    Cell(
                        percent(p.share, 1),
                        links.to(part=name, of="people"),
                        f"{number(p.part)} of {number(p.whole)}",
                        bar=p.share,
                    ),
                    Cell(
                        percent(a.share, 1),
                        links.to(part=name, of="accounts"),
                        f"{number(a.part)} of {number(a.whole)}",
                        bar=a.share,
                    ),
                ]
            )
        shapes.append(
            Table("By part", [Head("Part", False), Head("People", lens="u"), Head("Accounts", lens="c")], rows)
        )
    return shapes


__all__ = [
    "active", "adoption", "change", "count", "figure", "habit", "heading", "label", "lifecycle", "rolling", "shade",
    "span", "stickiness", "trend",
]  # fmt: skip
