"""A problem's chain in Markdown: what the page shows, the command prints, and a colleague without an account can read."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from wellheard.measure.models import Outcome

from .chain import Bound, Chain, Quote
from .templatetags.charts import change
from .templatetags.words import number, rounded_money


def plain(text: str) -> str:
    """Somebody's words on one line, no sign of which means anything in Markdown."""
    one = re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+=])", r"\\\1", one))


def markdown(chain: Chain) -> str:
    zone = ZoneInfo(chain.workspace.time_zone)
    parts = [
        _head(chain, zone), _evidence(chain), _quotes(chain, zone), _trust(chain), _trend(chain), _behaviour(chain), _decided(chain, zone),
        *(_bet(b, zone) for b in chain.bets), _told(chain), _history(chain, zone),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%-d %b %Y}"


def _head(chain: Chain, zone: ZoneInfo) -> str:
    p = chain.problem
    lines = [f"# {plain(p.name)}"]
    if p.summary:
        lines.append(plain(p.summary))
    if p.merged_into:
        lines.append(f"Merged into {plain(p.merged_into.name)}; what follows is as it was.")
    lines.append(f"{plain(str(chain.workspace))}, as of {_day(chain.at, zone)}. Always at `{chain.here}`.")
    return "\n\n".join(lines)


def _evidence(chain: Chain) -> str:
    d, currency = chain.detail, chain.workspace.currency
    rows = [
        ("Users who spoke", number(len(d.lenses.users))),
        ("Paying accounts whose buyers spoke", f"{number(len(d.lenses.customers))} ({rounded_money(d.lenses.customer_cents, currency)} a month)"),
        ("All accounts in which anybody spoke", f"{number(len(d.lenses.accounts))} ({rounded_money(d.lenses.cents, currency)} a month)"),
        ("Voices", f"{number(d.voices)}, of which {number(d.relayed)} passed on by colleagues"),
    ]  # fmt: skip
    m = chain.money
    if m.accounts:
        rows.append((
            f"Revenue of {number(m.accounts)} accounts when they first spoke, and now",
            f"{rounded_money(m.then, currency)} and {rounded_money(m.now, currency)} a month",
        ))  # fmt: skip
    return "## Who has it\n\n| Who | How many |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)


def _quotes(chain: Chain, zone: ZoneInfo) -> str:
    if not chain.quotes:
        return "## In their words\n\nNobody has spoken of it yet."
    head = "## In their words\n\nChosen so that different people, accounts, channels, times and wordings are heard."
    return head + "\n\n" + "\n\n".join(_said(q, zone, chain.workspace.currency) for q in chain.quotes)


def _said(quote: Quote, zone: ZoneInfo, currency: str) -> str:
    v = quote.voice
    text = v.text if len(v.text) <= 1200 else v.text[:1200].rstrip() + " …"
    then = f"{v.get_account_state_display().lower()} then" if v.account_state else ""
    if v.account_cents:
        then = ", ".join(x for x in (then, f"{rounded_money(v.account_cents, currency)} a month then") if x)
    told = [
        plain(quote.who) or ("somebody" if not quote.lens else f"a {quote.lens}"), plain(quote.account), f"({then})" if then else "",
        quote.where.lower(), _day(v.said_at, zone), f"passed on by {plain(v.relayed_by)}" if v.relayed_by else "",
    ]  # fmt: skip
    lens = f" [{quote.lens}]" if quote.lens and quote.who else ""
    return f"> {plain(text)}\n>\n> — {', '.join(t for t in told if t)}{lens}".replace(", (", " (")


def _trust(chain: Chain) -> str:
    lines = []
    for c in chain.checked.checks:
        if not chain.named and (c.account or c.person or c.voices):
            says = "A look is needed; names and words are left out here."
        else:
            says = plain(c.says)
        lines.append(
            f"- **{c.title}**: {c.word}. {says}" + (f" {plain(c.do)}" if c.state == "look" and chain.named else "")
        )
    return "## What its voices leave open\n\n" + "\n".join(lines)


def _trend(chain: Chain) -> str:
    if not chain.band:
        return ""
    rows = list(zip(chain.band.starts, chain.band.voices, chain.band.low, chain.band.high, strict=True))[-12:]
    head = "## Twelve weeks\n\n| Week of | Voices | Nine weeks of ten, if nothing changes |\n|---|---|---|\n"
    table = "\n".join(f"| {s:%-d %b %Y} | {n} | {low} to {high} |" for s, n, low, high in rows)
    alarms = "".join(
        f"\n\nIn the week of {a.week:%-d %b %Y} it rose more than chance explains: {a.voices} voices, {a.low} to {a.high} expected."
        for a in chain.alarms
    )
    return head + table + alarms


def _behaviour(chain: Chain) -> str:
    if not chain.matches:
        return ""
    lines = [
        f"- {plain(m.pattern.name)}: "
        + (m.cannot or f"{number(len(m.people))} people, of whom {number(len(m.silent))} never spoke of it")
        for m in chain.matches
    ]
    return "## What people do who have it\n\n" + "\n".join(lines) + "\n\nWhether the silent have it, only they can say."


def _decided(chain: Chain, zone: ZoneInfo) -> str:
    if not chain.decisions:
        return "## Decisions\n\nNothing was decided about the problem itself."
    return "## Decisions\n\n" + "\n".join(
        f"- **{d.get_answer_display()}**, {plain(d.decided_by)}, {_day(d.decided_at, zone)}: {plain(d.reason)}" for d in chain.decisions
    )  # fmt: skip


def _bet(bound: Bound, zone: ZoneInfo) -> str:
    b = bound.bet
    way = "less" if b.direction == "down" else "more"
    lines = [f"## Bet: {plain(b.name)}"]
    if b.hypothesis:
        lines.append(plain(b.hypothesis))
    expected = (
        f"Expected {b.expected_percent:.0f} % {way} of {plain(b.metric)} in {b.window_weeks} weeks after release, worth having from "
        f"{b.smallest_percent:.0f} %. "
    )
    lines.append(expected + (f"Shipped {b.shipped_on:%-d %b %Y}." if b.shipped_on else f"{b.get_state_display()}."))
    if b.undo_rule:
        lines.append(f"Undone if: {plain(b.undo_rule)}")
    done = [
        f"- **{d.get_answer_display()}**, {plain(d.decided_by)}, {_day(d.decided_at, zone)}: {plain(d.reason)}" for d in bound.decisions
    ] + [
        f"- Released {r.shipped_on:%-d %b %Y}: {plain(r.title)}" + ("" if r.published_at else " (not published yet)") for r in bound.releases
    ]  # fmt: skip
    if done:
        lines.append("\n".join(done))
    lines.append(_verdict(bound.outcome) if bound.outcome else _no_verdict(bound))
    return "\n\n".join(lines)


def _no_verdict(bound: Bound) -> str:
    return (
        f"The verdict is due on {bound.due:%-d %b %Y}." if bound.due else "Nothing is measured before it has shipped."
    )


def _verdict(o: Outcome) -> str:
    """In the words of the ledger; never more than it says."""
    said = f"**{o.word[:1].upper()}{o.word[1:]}**"
    if o.estimate is not None:
        said += f": {change(o.estimate)} (95 % interval {change(o.low)} to {change(o.high)})"
    against = {
        2: ", judged by people who in the same weeks asked for something else", 1: "; there is nobody to compare them with, so this says nothing about why",
        0: "; too few people to say anything",
    }.get(o.level, "")  # fmt: skip
    said += f"{against}. {number(o.asked)} asked, {number(o.compared)} compared, weeks up to {o.measured_to:%-d %b %Y}."
    reasons = [f"- {plain(str(r))}" for r in o.pieces.get("reasons", [])]
    return said + ("\n\nWhy no stronger word:\n\n" + "\n".join(reasons) if reasons else "")


def _told(chain: Chain) -> str:
    if not chain.debt:
        return ""
    d = chain.debt
    states = (
        f" Notices: {', '.join(f'{label.lower()} {number(n)}' for label, n in chain.states)}." if chain.states else ""
    )
    return (
        f"## Who was told\n\n{number(d.asked)} people asked by name: {number(d.told)} told, {number(d.owed)} owed word, "
        f"{number(d.waiting)} wait for something to tell.{states}"
    )


def _history(chain: Chain, zone: ZoneInfo) -> str:
    lines = [
        f"- {_day(h.at, zone)}: {plain(h.who)} {h.what}" + (f" ({plain(h.detail)})" if h.detail else "") + (f": {plain(h.reason)}" if h.reason else "")
        for h in chain.happened
    ]  # fmt: skip
    return "## History\n\n" + "\n".join(lines) if lines else ""
