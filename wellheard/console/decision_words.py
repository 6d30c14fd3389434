"""Decisions in Markdown: to take along, and for colleagues without an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wellheard.decide.models import Consulted, Opinion
from wellheard.decide.queries.log import Record

from .chain_words import plain
from .templatetags.words import number, rounded_money


def markdown(found: Record, here: str = "") -> str:
    """One decision whole: what, why, on what evidence, who thought what."""
    d = found.decision
    zone = ZoneInfo(d.workspace.time_zone)
    head = [
        f"# {d.get_answer_display()}: {plain(str(d.on))}",
        _when(found, zone) + (f" Always at `{here}`." if here else ""),
    ]
    parts = ["\n\n".join(head), f"## Why\n\n{plain(d.reason)}"]
    if d.public_reason:
        parts.append(f"## What those who asked read\n\n{plain(d.public_reason)}")
    parts += [
        _evidence(d.snapshot, zone),
        _hurt(d.hurt, d.despite),
        _opinions(found.opinions, zone),
        _consulted(found.consulted, zone),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def log_in_markdown(name: str, found: Iterable[Record]) -> str:
    whole = [f"# Decisions of {plain(name)}"]
    whole += [markdown(r).replace("\n## ", "\n### ").replace("# ", "## ", 1).rstrip("\n") for r in found]
    return "\n\n".join(whole) + "\n"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%-d %b %Y}"


def _when(found: Record, zone: ZoneInfo) -> str:
    d = found.decision
    said = f"Decision {d.pk}, decided by {plain(d.decided_by)} on {_day(d.decided_at, zone)}"
    if d.published_at:
        by = f" by {plain(d.published_by)}" if d.published_by and d.published_by != d.decided_by else ""
        return f"{said}, published {_day(d.published_at, zone)}{by}."
    if d.withdrawn_at:
        return f"{said}, withdrawn {_day(d.withdrawn_at, zone)}."
    return f"{said}, not published yet."


def _evidence(held: dict[str, Any], zone: ZoneInfo) -> str:
    if not held:
        return ""
    cur = held["currency"]
    lines = [
        f"## Evidence, as it was on {_day(datetime.fromisoformat(held['at']), zone)}",
        "| What | Users | Paying accounts | All accounts | A month |\n|---|---:|---:|---:|---:|\n"
        + "\n".join(
            f"| {plain(name)} | {number(row['users'])} | {number(row['customers'])} | {number(row['accounts'])} | {rounded_money(row['cents'], cur)} |"
            for name, row in [*((p["name"], p) for p in held["problems"]), ("All together", held)]
        ),
    ]  # fmt: skip
    lines += [
        f"> {plain(q['text'])}\n>\n> {plain(q['who'])}{', ' + plain(q['account_name']) if q['account_name'] else ''}"
        for q in held["quotes"]
    ]
    return "\n\n".join(lines)


def _hurt(held: dict[str, Any], despite: str) -> str:
    if not held and not despite:
        return ""
    lines = ["## Whom it hurt"]
    if held:
        cur = held["currency"]
        lines.append(
            f"{number(held['people'])} people and {number(held['accounts'])} accounts, which paid {rounded_money(held['cents'], cur)} a "
            f"month; open deals of {rounded_money(held['deal_cents'], cur)}; {number(len(held['promises']))} promises given."
        )  # fmt: skip
        lines += [
            f"- {plain(o['name'])}: " + (f"acknowledged{': ' + plain(o['words']) if o['words'] else ''}" if o["at"] else "did not acknowledge")
            for o in held["owners"]
        ]  # fmt: skip
    if despite:
        lines.append(f"Published without waiting for all of them: {plain(despite)}")
    return "\n\n".join(lines)


def _opinions(rows: list[Opinion], zone: ZoneInfo) -> str:
    if not rows:
        return ""
    return "## Opinions\n\n" + "\n".join(
        f"- **{o.get_stand_display()}**, {plain(o.name)} ({o.get_craft_display().lower()}), {_day(o.at, zone)}"
        f"{', after it was published' if o.late else ''}: {plain(o.words)}"
        for o in rows
    )


def _consulted(rows: list[Consulted], zone: ZoneInfo) -> str:
    if not rows:
        return ""
    return "## Spoken with\n\n" + "\n".join(
        f"- {plain(c.name)}, {c.get_how_display().lower()} on {_day(c.at, zone)}{': ' + plain(c.words) if c.words else ''}"
        for c in rows
    )
