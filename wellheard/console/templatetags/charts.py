"""Drawings in console templates: {% load charts %}. Geometry comes from wellheard.charts, words from here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from wellheard.charts import lines, marks
from wellheard.measure.models import Outcome
from wellheard.understand.queries.problems import ProblemRow

from .words import number, rounded_money, signed_percent

register = template.Library()

MOST_SHOWN = 10.0


@register.filter
def change(share: float | None) -> str:
    """A proportional change in words: 0.12 → +12%; beyond anything a page should say, "more than +1,000%"."""
    if share is None:
        return "–"
    if not math.isfinite(share) or share > MOST_SHOWN:
        return "more than +1,000%"
    if share < -0.99:
        return "almost −100%"
    return signed_percent(share)


@register.filter
def extra(share: float | None) -> str:
    """A proportional change inside a sentence: 0.58 → 58% more, −0.2 → 20% less."""
    if share is None:
        return "no more and no less"
    if not math.isfinite(share) or share > MOST_SHOWN:
        return "more than ten times as much"
    percent = f"{abs(share) * 100:.0f}%"
    return "no more and no less" if percent == "0%" else f"{percent} {'more' if share > 0 else 'less'}"


@register.filter(name="verdict_kind")
def kind_of(word: str) -> str:
    """The class of a verdict: only what is likely gets a colour."""
    return {"likely helped": "good", "helped": "good", "likely hurt": "bad", "hurt": "bad"}.get(word, "plain")


@register.filter
def verdict_side(found: dict[str, Any]) -> str:
    """The class of a comparison or guardrail in an experiment's report."""
    if "verdict" in found:
        return {"helped": "good", "hurt": "bad", "holds": "good", "worse": "bad"}.get(found["verdict"], "plain")
    return "plain"


@register.filter
def small_p(p: float | None) -> str:
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


@register.simple_tag
def verdict_word(outcome: Outcome) -> SafeString:
    return format_html(
        '<b class="verdict {}">{}</b>', kind_of(outcome.word), outcome.word[:1].upper() + outcome.word[1:]
    )


@register.simple_tag
def verdict_numbers(outcome: Outcome) -> str:
    """ "+61%, +22% to +98%", or that there is nothing to say."""
    if outcome.estimate is None:
        return "no number yet"
    return f"{change(outcome.estimate)}, {change(outcome.low)} to {change(outcome.high)}"


@register.filter
def ordinal(value: int) -> str:
    """13 → 13th."""
    end = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{end}"


def _told(estimate: float | None, low: float | None, high: float | None) -> str:
    if estimate is None:
        return "No number"
    return f"{change(estimate)}, 95% interval {change(low)} to {change(high)}; the upright line is no change"


@register.inclusion_tag("charts/interval.html")
def interval(
    estimate: float | None, low: float | None, high: float | None, half: float = marks.WIDEST, kind: str = "plain"
) -> dict[str, Any]:
    return {"interval": marks.interval(estimate, low, high, half, _told(estimate, low, high), kind)}


@register.inclusion_tag("charts/interval.html")
def wide_interval(estimate: float | None, low: float | None, high: float | None, kind: str = "plain") -> dict[str, Any]:
    """One alone and larger, on a scale that fits it and stands under it."""
    half = 1.2 * marks.reach(estimate, low, high)
    return {"interval": marks.interval(estimate, low, high, half, _told(estimate, low, high), kind), "wide": True}


@register.inclusion_tag("charts/lines.html")
def line_chart(chart: lines.LineChart) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("charts/spark.html")
def spark(values: Sequence[int], what: str = "voices") -> dict[str, Any]:
    title = f"{what} a week, oldest first: {', '.join(str(v) for v in values)}"
    return {"spark": lines.spark(values, title)}


@register.inclusion_tag("charts/bar.html")
def bar(value: float, most: float, kind: str = "") -> dict[str, Any]:
    return {"length": marks.bar(value, most), "kind": kind}


@register.inclusion_tag("charts/disagreement.html", takes_context=True)
def disagreement(context: dict[str, Any], rows: Sequence[ProblemRow], total: int, slug: str) -> dict[str, Any]:
    """Problems as dumbbells between their two ranks. The numbers open the people and the accounts behind them."""
    currency = context["workspace"].currency
    told = []
    for row in rows:
        title = f"{row.problem}: users rank it {row.user_rank}, customers {row.customer_rank} of {total}"
        told.append(
            {
                "name": row.problem.name,
                "url": reverse("problem", args=[slug, row.problem.pk]),
                "first": row.user_rank,
                "second": row.customer_rank,
                "drawing": marks.dumbbell(row.user_rank, row.customer_rank, total, title),
                "why": _why(row, currency),
            }
        )
    return {"lines": told, "last": ordinal(total)}


def _why(row: ProblemRow, currency: str) -> str:
    return (
        f"{number(row.users)} {'person' if row.users == 1 else 'people'} · {number(row.customers)} paying "
        f"{'account' if row.customers == 1 else 'accounts'}, {rounded_money(row.customer_cents, currency)} a month"
    )


@register.inclusion_tag("charts/span.html")
def rank_span(low: int, rank: int, high: int, out_of: int, lens: str) -> dict[str, Any]:
    """Where a thing stands among `out_of`, the first on the left; the lens's mark at its rank."""
    title = f"rank {rank}; nine times out of ten {low} to {high} of {out_of}"
    return {"span": marks.span(low, rank, high, 1, out_of, title), "lens": lens}
