"""Slack's way of writing text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
# What is no saying of anybody: joins, topics, edits and their like. Those listed here are sayings all the same.
SAYING = {"", "thread_broadcast", "me_message", "file_share"}


def plain(text: str, name: Callable[[str], str] = lambda user: user) -> str:
    """`<@U1>`, `<url|label>` and `&amp;` as people see them."""

    def shown(found: re.Match[str]) -> str:
        mark, target, label = found.groups()
        if mark == "@":
            return f"@{label or name(target)}"
        if mark == "#":
            return f"#{label or target}"
        if mark == "!":
            return f"@{label or target.partition('^')[0]}"
        target = target.removeprefix("mailto:")
        return f"{label} ({target})" if label and label != target else target

    return html.unescape(_MARK.sub(shown, text)).strip()


def moment(ts: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(ts), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def left_out(message: dict[str, Any]) -> str:
    if message.get("bot_id") or message.get("subtype") == "bot_message":
        return "written by a bot"
    if str(message.get("subtype") or "") not in SAYING:
        return "joins, edits and other notices"
    if not str(message.get("text") or "").strip():
        return "files without words"
    return "" if message.get("user") else "nobody's"
