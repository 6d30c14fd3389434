"""App stores: Apple's feed of reviews (JSON or XML), Google Play Console's CSV, and tables of reviews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from wellheard.core import json_stream
from wellheard.core.bundle import Bundle
from wellheard.core.rows import Bad, Row, Skip, Unreadable, open_bytes, raw_of

from ..base import Reading, Records, Source, prune
from ..heads import JSON, TABLES, cells, dig, header, objects, pick, records

_ATOM, _APPLE = "{http://www.w3.org/2005/Atom}", "{http://itunes.apple.com/rss}"


def read(bundle: Bundle, reading: Reading) -> Records:
    number = 0
    for part in bundle.parts:
        if part.ending == ".xml":
            found: Records = _xml(part.path)
        elif part.ending in JSON:
            found = _json(part.path, reading.encoding)
        elif part.ending in TABLES:
            found = (_table(row) if isinstance(row, Row) else row for row in cells(part, reading.encoding))
        else:
            continue
        for item in found:
            number += 1
            if isinstance(item, Row):
                yield Row(number, item.values)
            elif isinstance(item, Bad):
                yield Bad(number, item.raw, item.reason)
            else:
                yield Skip(number, item.reason)


def _label(entry: dict[str, Any], *path: str) -> Any:
    return dig(entry, *path, "label")


def _json(path: Path, encoding: str) -> Records:
    for _, item in json_stream.objects(path, encoding, ("entry",)):
        if isinstance(item, Bad):
            yield item
            continue
        feed = item.values.get("feed")
        entries = feed.get("entry") if isinstance(feed, dict) else item.values
        for entry in objects(entries if isinstance(entries, list) else [entries]):
            if "im:rating" not in entry:
                yield Skip(item.line, "the app itself")
                continue
            yield _apple(
                _label(entry, "id"), _label(entry, "title"), _label(entry, "content"), _label(entry, "author", "name"),
                _label(entry, "author", "uri"), _label(entry, "updated"), _label(entry, "im:rating"),
                _label(entry, "im:version"), dig(entry, "link", "attributes", "href"),
            )  # fmt: skip


def _xml(path: Path) -> Records:
    with open_bytes(path) as file:
        head = file.read(1 << 16)
        if re.search(rb"<!(DOCTYPE|ENTITY)", head):
            raise Unreadable("The feed declares entities of its own. Such files are not read.")
        file.seek(0)
        try:
            for _, entry in ElementTree.iterparse(file):  # noqa: S314 - no entities, see above
                if entry.tag != f"{_ATOM}entry":
                    continue
                text = lambda tag, e=entry: (e.findtext(tag) or "").strip()  # noqa: E731
                plain = [c for c in entry.findall(f"{_ATOM}content") if c.get("type", "text") == "text"]
                if entry.find(f"{_APPLE}rating") is None:
                    yield Skip(0, "the app itself")
                else:
                    link = entry.find(f"{_ATOM}link")
                    yield _apple(
                        text(f"{_ATOM}id"), text(f"{_ATOM}title"), (plain[0].text or "") if plain else "",
                        text(f"{_ATOM}author/{_ATOM}name"), text(f"{_ATOM}author/{_ATOM}uri"), text(f"{_ATOM}updated"),
                        text(f"{_APPLE}rating"), text(f"{_APPLE}version"), None if link is None else link.get("href"),
                    )  # fmt: skip
                entry.clear()
        except ElementTree.ParseError as e:
            raise Unreadable(f"The feed is not whole XML ({e}).") from None


def _apple(
    id_: Any, title: Any, text: Any, name: Any, uri: Any, at: Any, stars: Any, version: Any, link: Any
) -> Row | Skip:
    if not (title or text):
        return Skip(0, "stars without words")
    person = re.search(r"/reviews/id(\d+)", str(uri or ""))
    row = {
        "id": f"apple:{id_}",
        "title": title,
        "text": text or "",
        "author": f"apple:{person[1]}" if person else f"apple:{name}" if name else None,
        "name": name,
        "created_at": at,
        "url": link,
        "channel": "review",
        "stars": _number(stars),
        "version": version,
        "store": "App Store",
    }
    return Row(0, prune(row))


def _number(value: Any) -> Any:
    return int(value) if str(value).strip().isdecimal() else value


TEXT = ("review_text", "text", "body", "content", "review", "comment")
KNOWN = {
    *TEXT, "review_title", "title", "review_link", "review_id", "id", "star_rating", "rating", "stars", "score", "name",
    "reviewer_language", "language", "review_submit_date_and_time", "review_submit_millis_since_epoch", "date", "author",
    "created_at", "submitted_at", "app_version_name", "version", "package_name", "app_id", "app", "user_name", "email",
}  # fmt: skip


def _table(item: Row) -> Row | Skip | Bad:
    v = item.values
    title, text = pick(v, "review_title", "title"), pick(v, *TEXT)
    stars = pick(v, "star_rating", "rating", "stars", "score")
    if not (title or text):
        return Skip(item.line, "stars without words") if stars else Bad(item.line, raw_of(item), "The row has no text.")
    link, app = pick(v, "review_link"), pick(v, "package_name", "app_id", "app")
    id_ = re.search(r"reviewId=([^&]+)", str(link or ""))
    outer = id_[1] if id_ else pick(v, "review_id", "id")
    person = pick(v, "author", "user_name")
    row = {
        "id": f"{app}/{outer}" if outer and app else outer,
        "title": title,
        "text": text or "",
        "author": person,
        "name": v.get("name"),
        "email": v.get("email"),
        "created_at": pick(
            v, "review_submit_date_and_time", "review_submit_millis_since_epoch", "created_at", "date", "submitted_at"
        ),
        "url": link,
        "language": pick(v, "reviewer_language", "language"),
        "channel": "review",
        "stars": _number(stars) if stars else None,
        "version": pick(v, "app_version_name", "version"),
        "app": app,
        **{k: value for k, value in v.items() if k not in KNOWN},
    }
    return Row(item.line, prune(row))


def fits(bundle: Bundle) -> int:
    for part in bundle.parts:
        if part.ending in TABLES:
            names = set(header(part))
            if {"star_rating", "review_text"} <= names:
                return 95
            if {"review_id", "text"} <= names or {"review", "rating"} <= names:
                return 60
        elif part.ending in JSON and any("im:rating" in r or "feed" in r for r in _peek(records(part))):
            return 95
        elif part.ending == ".xml":
            with open_bytes(part.path) as file:
                if b"itunes.apple.com" in file.read(2000):
                    return 95
    return 0


def _peek(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for record in found:
        yield record
        yield from objects(dig(record, "feed", "entry"))


SOURCE = Source(
    name="reviews",
    label="App store reviews",
    about="Each review with words is a voice; stars, version and language are kept as traits. Stars alone are left out.",
    channel="review",
    recipe=(
        "Apple: https://itunes.apple.com/COUNTRY/rss/customerreviews/id=APP/sortBy=mostRecent/json (or /xml), pages 1 to 10.",
        "Google: Play Console → Download reports → Reviews: one CSV a month, as it is (UTF-16).",
        "Other tables need a column of words and, best, one of ids.",
    ),
    accept=".json,.xml,.csv,.gz,.zip",
    read=read,
    fits=fits,
    lasting=True,
)
