"""Slack for colleagues: an incoming webhook of Slack's is told in a sentence instead of in data."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from .kinds import KINDS, TEST

HOSTS = {"hooks.slack.com", "hooks.slack-gov.com"}
ANSWERS = {"yes": "Decided: yes", "not_now": "Decided: not now", "no": "Decided: no"}


def is_slack(url: str) -> bool:
    return (urlsplit(url).hostname or "") in HOSTS


def _safe(text: object) -> str:
    """Slack reads <…> as links and mentions: what people and teams name things must stay text."""
    words = " ".join(str(text).split())
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:300]


def body(happening: str) -> bytes:
    """Slack's form of a happening's JSON: one sentence with a link."""
    told = json.loads(happening)
    kind, data = told["type"], told["data"]
    if kind == TEST:
        return _text(_safe(data.get("words", "A test.")))
    said = KINDS[kind].about if kind in KINDS else kind
    name = data.get("name") or (data.get("on") or {}).get("name") or ""
    if kind == "decision.published":
        said = ANSWERS.get(str(data.get("answer")), said)
    link = str(data.get("link", ""))
    shown = f"<{link}|{_safe(name or 'Open it')}>" if link.startswith(("https://", "http://")) else _safe(name)
    more = [
        f"{data[key]} {words}" for key, words in (("owed", "people are being told"), ("voices", "voices"), ("stored", "voices")) if data.get(key)
    ]  # fmt: skip
    return _text(f"{_safe(said)}: {shown}" + (f" ({', '.join(more)})" if more else ""))


def _text(words: str) -> bytes:
    return json.dumps({"text": words, "unfurl_links": False}, ensure_ascii=False).encode()
