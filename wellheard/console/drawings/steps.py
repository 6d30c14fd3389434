"""Steps, cohorts, paths and pages drawn."""

from __future__ import annotations

import json
from typing import Any

from django.utils.timezone import localtime

from wellheard.charts.lines import Series, line_chart
from wellheard.console.templatetags.words import number, percent
from wellheard.measure.aha import cannot_show, sentence, verdict
from wellheard.measure.aha.words import points as in_points
from wellheard.measure.kinds import Asked
from wellheard.measure.kinds.others import everything
from wellheard.measure.kinds.steps import span
from wellheard.measure.retention import average

from .sets import heading, label, shade
from .shapes import Cell, Figure, Figures, Head, Lines, Links, Say, Shape, Table

MOST_COLUMNS = 13
BRANCHES = (8, 4, 3, 2)  # how many are told at each depth


def funnel(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found, unit = asked.answer, asked.question.unit
    lens = {"person": "u", "account": "c", "session": ""}[unit]
    name = {"person": "People", "account": "Accounts", "session": "Sessions"}[unit]
    first = found.steps[0].count
    before = asked.before.answer.steps if asked.before else None
    head = [
        Head("Step", False),
        Head(name, lens=lens),
        Head("Of the first"),
        Head("Of the step before"),
        Head("Went no further"),
    ]
    if found.between:
        head.append(Head("Time since the step before"))
    if before:
        head.append(Head("Of the first, before"))
    rows = []
    for at, step in enumerate(found.steps):
        further = found.steps[at + 1].count if at + 1 < len(found.steps) else step.count
        left = step.count - further
        row = [
            Cell(f"{at + 1}. {step.event}", number=False, bar=step.count / first if first else 0),
            Cell(number(step.count), links.to(step=at + 1) if step.count else ""),
            Cell(percent(step.of_first, 1)),
            Cell(percent(step.of_previous, 1)),
            Cell(
                number(left) if at + 1 < len(found.steps) else "", links.to(step=at + 1, dropped="yes") if left else ""
            ),
        ]
        if found.between:
            gap = found.between[at - 1] if 0 < at <= len(found.between) else None
            row.append(
                Cell(span(gap.median) if gap else "", sub=f"nine in ten within {span(gap.ninth)}" if gap else "")
            )
        if before:
            row.append(
                Cell(
                    percent(before[at].of_first, 1), links.to(step=at + 1, period="before") if before[at].count else ""
                )
            )
        rows.append(row)
    shapes: list[Shape] = [Table("", head, rows, "" if first else "Nobody took the first step in these days.")]
    if asked.parts:
        steps = [f"{at + 1}. {step.event}" for at, step in enumerate(found.steps)]
        parts = []
        for part, one in asked.parts:
            cells = [
                Cell(
                    percent(step.of_first, 1) if at else number(step.count),
                    links.to(part=part, step=at + 1) if step.count else "",
                    number(step.count) if at else "",
                    shade=shade(step.of_first) if at and step.of_first is not None else None,
                )
                for at, step in enumerate(one.answer.steps)
            ]
            parts.append([Cell(part, number=False), *cells])
        shapes.append(Table("By part", [Head("Part", False), *(Head(s) for s in steps)], parts, triangle=True))
    return shapes


def conversion(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    every, found = asked.question.every, asked.answer
    labels = [label(c.start, every) for c in found]

    def values(answer: Any) -> list[float]:
        held = [round(100 * (c.share or 0), 1) for c in answer]
        return [held[i] if i < len(held) else 0 for i in range(len(labels))]

    lens = "c" if asked.question.funnel.unit == "account" else "u"
    if asked.parts:
        drawn = [Series(part, f"s{at}", values(one.answer)) for at, (part, one) in enumerate(asked.parts, 1)]
    else:
        urls = [links.to(at=c.start, converted="yes") if c.converted else "" for c in found]
        drawn = [Series("percent converted", lens, values(found), urls)]
        if asked.before:
            drawn.append(Series("percent before", "m", values(asked.before.answer)))
    entered, converted = sum(c.entered for c in found), sum(c.converted for c in found)
    rows = [
        [
            Cell(label(c.start, every), number=False),
            Cell(number(c.entered), links.to(at=c.start) if c.entered else ""),
            Cell(number(c.converted), links.to(at=c.start, converted="yes") if c.converted else ""),
            Cell(percent(c.share, 1), bar=c.share),
        ]
        for c in found
    ]
    head = [Head(heading(every), False), Head("Took the first step"), Head("and the last"), Head("Share")]
    note = f"In all {percent(converted / entered if entered else None, 1)} of {number(entered)}. Newest tries may still have time left."
    return [
        Lines(line_chart("Converted, percent", labels, drawn, head=heading(every), open_end=asked.open)),
        Table("", head, rows, note),
    ]


def retention(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    q, found = asked.question, asked.answer
    name = {"day": "day", "week": "week", "month": "month"}[q.every]
    wide = min(MOST_COLUMNS, max((len(c.returned) for c in found), default=0))
    head = [
        Head(heading(q.every), False),
        Head("Began", lens="u" if q.unit == "person" else "c"),
        *(Head(f"{name} {k}") for k in range(1, wide)),
    ]
    rows = []
    for c in found:
        cells = []
        for k in range(1, min(wide, len(c.returned))):
            share = c.returned[k] / c.size if c.size else None
            url = links.to(at=c.start, later=k) if c.returned[k] else ""
            cells.append(
                Cell(percent(share), url, number(c.returned[k]), shade=None if share is None else shade(share))
            )
        rows.append(
            [
                Cell(label(c.start, q.every), number=False),
                Cell(number(c.size), links.to(at=c.start) if c.size else ""),
                *cells,
            ]
        )
    mean = average(found, over=1)
    last = ["All", *(percent(mean[k], 1) if k < len(mean) else "–" for k in range(1, wide))]
    rows.append(
        [Cell(last[0], number=False), Cell(number(sum(c.size for c in found))), *(Cell(text) for text in last[1:])]
    )
    lens = "u" if q.unit == "person" else "c"

    def curve(answer: Any) -> list[float]:
        held = average(answer, over=1)
        return [round(100 * (held[k] or 0), 1) if k < len(held) else 0 for k in range(1, max(2, wide - 1))]

    labels = [f"{name} {k}" for k in range(1, max(2, wide - 1))]
    drawn = [Series("percent back", lens, curve(found))]
    if asked.parts:
        drawn = [Series(part, f"s{at}", curve(one.answer)) for at, (part, one) in enumerate(asked.parts, 1)]
    elif asked.before:
        drawn.append(Series("percent before", "m", curve(asked.before.answer)))
    how = "then or later" if q.unbounded else "then"
    note = f"Of those who began in each {name}, how many were back {how}. The last of each line may not be over; “All” leaves it out."
    return [
        Lines(line_chart("Back, percent of those old enough", labels, drawn, head="After")),
        Table("", head, rows, note, triangle=True),
    ]


def paths(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    root = asked.answer
    forth = asked.question.direction == "from"
    rows: list[list[Cell]] = []

    def walk(branch: Any, depth: int) -> None:
        rest = branch.others
        told = [one for one in branch.next if one.count * 100 >= root.count][: BRANCHES[min(depth, 3)]]
        for one in told:
            share = one.count / root.count if root.count else 0
            url = links.to(path=json.dumps(one.path, ensure_ascii=False))
            rows.append(
                [
                    Cell(("→ " if forth else "← ") + one.label, number=False, indent=depth, bar=share),
                    Cell(number(one.count), url),
                    Cell(percent(share, 1)),
                ]
            )
            walk(one, depth + 1)
        rest += sum(one.count for one in branch.next) - sum(one.count for one in told)
        for name, n in (("something else", rest), ("nothing more" if forth else "nothing before", branch.ended)):
            if n and (told or not depth):
                rows.append(
                    [Cell(name, number=False, indent=depth, sub=""), Cell(number(n)), Cell(percent(n / root.count, 1))]
                )

    walk(root, 0)
    unit = "Sessions" if asked.question.unit == "session" else "People"
    head = [
        Head("Next" if forth else "Before", False),
        Head(unit, lens="u" if unit == "People" else ""),
        Head("Of all"),
    ]
    word = "after" if forth else "before"
    told = f"{number(root.count)} {unit.lower()} did “{root.label}”; what they did {word} it, the first time in the period."
    return [Say(told), Table("", head, rows, "" if root.count else "Nobody did it in these days.")]


def pages(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    most = max((p.views for p in asked.answer), default=0)
    rows = [
        [
            Cell(p.page, number=False, bar=p.views / most if most else 0),
            Cell(number(p.views)),
            Cell(number(p.people), links.to(page=p.page, of="people")),
            Cell(number(p.accounts), links.to(page=p.page, of="accounts") if p.accounts else ""),
            Cell(
                span(p.seconds),
                sub=f"of {number(p.timed)}{'' if p.reported else ', by the next event'}" if p.timed else "",
            ),
        ]
        for p in asked.answer[:100]
    ]
    head = [
        Head("Page", False),
        Head("Views"),
        Head("People", lens="u"),
        Head("Accounts", lens="c"),
        Head("Time, median"),
    ]
    note = "Time as the browser told it; where it did not, the time to the person's next event within half an hour."
    return [Table("", head, rows, note if rows else "No page was viewed in these days.")]


def aha(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found, early = asked.answer, asked.question.question.early
    shapes: list[Shape] = [Say(verdict(found), strong=True)]
    if found.candidates:
        rows = [
            [
                Cell(
                    f"{c.event}, {c.times} or more times" if c.times > 1 else c.event,
                    number=False,
                    sub="confirmed" if c.confirmed else "not confirmed",
                ),
                Cell(percent(c.of_did), sub=f"of {number(c.did)}"),
                Cell(percent(c.of_other), sub=f"of {number(c.other)}"),
                Cell(in_points(c.raw.value), sub=f"{in_points(c.raw.low)} to {in_points(c.raw.high)}"),
                Cell(in_points(c.adjusted.value), sub=f"{in_points(c.adjusted.low)} to {in_points(c.adjusted.high)}"),
            ]
            for c in found.candidates
        ]
        head = [
            Head(f"In the first {early} days", False),
            Head("Stayed who did"),
            Head("who did not"),
            Head("Plain difference"),
            Head("Among equally active"),
        ]
        shapes.append(
            Table(
                "What goes with staying",
                head,
                rows,
                "95% intervals, from the half of the accounts that did not propose it.",
            )
        )
        shapes += [Say(sentence(c, early)) for c in found.confirmed]
    shapes.append(Say(cannot_show(found)))
    return shapes


def activity(asked: Asked[Any, Any], links: Links) -> list[Shape]:
    found, period = asked.answer, asked.question.period
    days = everything(found.days, period)
    labels = [
        f"{day:%-d %b}" for day in (period.first.fromordinal(period.first.toordinal() + n) for n in range(period.days))
    ]
    figures = Figures(
        [Figure("events", Cell(number(found.count))), Figure("days with any", Cell(number(len(found.days))))]
    )
    rows = [
        [
            Cell(e.event, number=False),
            Cell(number(e.count)),
            Cell(f"{localtime(e.first):%-d %b %Y}"),
            Cell(f"{localtime(e.last):%-d %b %Y %H:%M}"),
        ]
        for e in found.events
    ]
    head = [Head("Event", False), Head("Times"), Head("First"), Head("Last")]
    return [
        figures,
        Lines(line_chart("Events a day", labels, [Series("events", "asked", days)], head="Day")),
        Table("", head, rows),
    ]
