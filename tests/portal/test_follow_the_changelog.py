"""Somebody reads what changed, on the page or in a feed reader."""

from __future__ import annotations

import re
from typing import Any

import feedparser
import pytest
from django.test import Client

from wellheard.listen.models import Idea
from wellheard.people.access import Access
from wellheard.people.models import Workspace
from wellheard.tell.models import Notice, Release
from wellheard.tell.services import releases

from .conftest import HOSTILE, Tell, page


def test_the_changelog_shows_what_was_published_with_an_anchor_each(client: Client, told: Notice) -> None:
    shown = page(client, "/p/acme/changelog")
    assert f'id="release-{told.release_id}"' in shown
    assert "<strong>that</strong>" in shown
    assert 'rel="alternate" type="application/atom+xml"' in shown


def test_a_draft_is_nowhere(client: Client, access: Access, workspace: Workspace) -> None:
    releases.draft_release(access, "Secret plan", "x", [])
    assert "Nothing here yet" in page(client, "/p/acme/changelog")
    assert "Secret plan" not in page(client, "/p/acme/changelog.atom")


def test_the_feed_is_valid_and_leads_to_the_page(client: Client, told: Notice) -> None:
    reply = client.get("/p/acme/changelog.atom")
    assert reply["Content-Type"].startswith("application/atom+xml")
    feed = feedparser.parse(reply.content)
    assert feed.bozo == 0, feed.get("bozo_exception")
    assert feed.version == "atom10"
    (entry,) = feed.entries
    assert entry.title == "Exports open in your ERP"
    assert entry.link == f"http://testserver/p/acme/changelog#release-{told.release_id}"
    assert "<strong>that</strong>" in entry.summary
    assert entry.id.startswith("tag:")
    assert entry.published_parsed
    assert entry.updated_parsed
    assert feed.feed.id
    assert feed.feed.author


def test_an_empty_feed_is_valid_too(client: Client, workspace: Workspace) -> None:
    feed = feedparser.parse(client.get("/p/acme/changelog.atom").content)
    assert (feed.bozo, feed.entries) == (0, [])


def test_a_reader_that_has_it_already_gets_304_until_something_changes(
    client: Client, idea: Idea, tell: Tell, access: Access
) -> None:
    release = tell(idea)
    etag = client.get("/p/acme/changelog.atom")["ETag"]
    held = {"if-none-match": etag}
    assert client.get("/p/acme/changelog.atom", headers=held).status_code == 304
    releases.edit_release(access, release, "Exports open in any ERP", "Mended words")
    changed = client.get("/p/acme/changelog.atom", headers=held)
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_the_entrys_id_stays_when_its_words_or_the_server_change(
    client: Client, idea: Idea, tell: Tell, access: Access, settings: Any
) -> None:
    release = tell(idea)
    first = feedparser.parse(client.get("/p/acme/changelog.atom").content).entries[0]
    releases.edit_release(access, release, "Other words", "Other words")
    settings.PUBLIC_URL = "https://elsewhere.example"
    second = feedparser.parse(client.get("/p/acme/changelog.atom").content).entries[0]
    assert first.id == second.id
    assert second.link.startswith("https://elsewhere.example/")


@pytest.mark.parametrize("text", [*HOSTILE, "control \x08 \x0b \x1f \ufffe characters", "& < > \" ' é 漢 🙂"])
def test_T01_hostile_words_in_the_feed_stay_words(client: Client, idea: Idea, tell: Tell, text: str) -> None:
    tell(idea, f"Done {text}"[:140], text)
    Workspace.objects.update(name=f"Acme {text}"[:120])
    raw = client.get("/p/acme/changelog.atom").content
    feed = feedparser.parse(raw, sanitize_html=False)
    assert feed.bozo == 0, (feed.get("bozo_exception"), raw)
    shown = feed.entries[0].summary
    assert not re.search(r"<(script|img|svg|iframe|math|style)\b", shown), shown
    assert not re.search(r'href="?\s*(javascript|data):', shown), shown
    assert not re.search(r"<[^>]*\son\w+\s*=", shown), shown
    assert Release.objects.get().title.startswith("Done")
