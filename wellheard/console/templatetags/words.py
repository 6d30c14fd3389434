"""Template words: numbers, money and times as people read them, available in every template."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from wellheard.core.markdown import to_html

from .. import history

register = template.Library()
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


@register.filter
def did(verb: str) -> str:
    """A verb of the journal as people would tell it."""
    return history.did(verb)


@register.filter
def number(value: Any) -> str:
    """1234567 → 1,234,567; a dash when there is none."""
    if value is None or value == "":
        return "–"
    return formats.number_format(value, 0 if isinstance(value, int) else None, use_l10n=True, force_grouping=True)


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    """Cents a month as whole currency, with cents only when they are not zero: 123450 → €1,234.50."""
    if cents is None:
        return "–"
    sign = "−" if cents < 0 else ""
    whole, rest = divmod(abs(int(cents)), 100)
    amount = f"{whole:,}" + (f".{rest:02d}" if rest else "")
    mark = SIGNS.get(currency)
    return f"{sign}{mark}{amount}" if mark else f"{sign}{amount} {currency}"


@register.filter
def rounded_money(cents: int | None, currency: str = "EUR") -> str:
    """Whole currency, for figures: 8412050 → €84,121."""
    return money(None if cents is None else round(cents / 100) * 100, currency)


@register.filter
def signed_money(cents: int | None, currency: str = "EUR") -> str:
    """A change: 1200 → +€12, 0 → ±€0."""
    text = money(None if cents is None else abs(cents), currency)
    return text if cents is None else ("±" if cents == 0 else "+" if cents > 0 else "−") + text


@register.filter
def as_figure(told: Any, currency: str = "EUR") -> str:
    """Something with a value and a unit, such as measure.earning has: 0.253 share → 25.3%, 1250 cents → €12.50."""
    value, unit = told.value, told.unit
    if value is None:
        return "–"
    if unit == "cents":
        return rounded_money(round(value), currency) if abs(value) >= 100_000 else money(round(value), currency)
    if unit == "share":
        return f"{value * 100:.1f}%" if value >= 0 else f"−{-value * 100:.1f}%"
    if unit in ("minutes", "ratio"):
        return f"{value:,.1f}" + (" min" if unit == "minutes" else "")
    if unit in ("days", "months"):
        return f"{value:,.0f} {unit if value != 1 else unit[:-1]}"
    return number(round(value)) if unit == "count" else str(value)


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """0.253 → 25%."""
    return "–" if share is None else f"{share * 100:.{digits}f}%"


@register.filter
def signed_percent(share: float | None, digits: int = 0) -> str:
    """0.253 → +25%; zero is ±0."""
    if share is None:
        return "–"
    text = f"{abs(share) * 100:.{digits}f}%"
    if float(text[:-1]) == 0:
        return "±0%"
    return ("+" if share > 0 else "−") + text


@register.filter
def signed(value: int | None) -> str:
    if value is None:
        return "–"
    return "±0" if value == 0 else f"{'+' if value > 0 else '−'}{abs(value):,}"


@register.filter
def ago(moment: datetime | date | None) -> SafeString | str:
    """A <time> with a relative text and the exact moment on hover."""
    if moment is None:
        return "–"
    if not isinstance(moment, datetime):
        days = (timezone.localdate() - moment).days
        text = (
            _("today")
            if days == 0
            else _("yesterday")
            if days == 1
            else _("%(n)s days ago") % {"n": days}
            if 0 < days < 60
            else formats.date_format(moment, "j M Y")
        )
        exact = formats.date_format(moment, "j F Y")
        return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text)
    local = timezone.localtime(moment)
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        text = _("just now") if seconds > -60 else formats.date_format(local, "j M Y H:i")
    elif seconds < 60 * 86_400:
        text = _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    else:
        text = formats.date_format(local, "j M Y")
    exact = formats.date_format(local, "j F Y, H:i T")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, text)


@register.filter
def markdown(source: str) -> SafeString:
    """Markdown that somebody wrote, as HTML that core.markdown made safe."""
    return mark_safe(to_html(source or ""))  # noqa: S308 - cleaned there


@register.filter
def day(value: date | datetime | None) -> str:
    return "–" if value is None else f"{value:%-d %b %Y}"


@register.filter
def times(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}×"


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some of its query changed, for filters and paging."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"
