"""Markdown that people write, as safe HTML and as plain text."""

from __future__ import annotations

import html
import re

import nh3
from markdown_it import MarkdownIt

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h2", "h3", "h4", "hr",
         "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip


def to_html(source: str) -> str:
    """Sanitised HTML: no images, scripts, styles or foreign attributes; links cannot reach back to us."""
    rendered = _parser.render(source).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )


def to_text(source: str) -> str:
    """The same for a plain mail: links keep their address."""
    rendered = re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', r"\2 (\1)", to_html(source), flags=re.S)
    rendered = re.sub(r"<li>", "<li>• ", rendered)
    return re.sub(r"\n{3,}", "\n\n", html.unescape(nh3.clean(rendered, tags=set()))).strip()
