"""The portal in other languages: whole catalogues, right to left where it is written so, the visitor's choice first."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import translation

from tests.conftest import Town
from wellheard.listen.models import Idea
from wellheard.listen.services import comments, ideas
from wellheard.listen.services.look import LANGUAGES, change_look
from wellheard.people.access import Access
from wellheard.portal import languages, words

from .conftest import page

FOREIGN = ["de", "fr", "es", "ar"]
LOCALE = Path(settings.BASE_DIR) / "locale"


def held(code: str) -> dict[str, str]:
    """The compiled catalogue: msgid → text (of a plural, its first form)."""
    with (LOCALE / code / "LC_MESSAGES" / "django.mo").open("rb") as f:
        found = gettext.GNUTranslations(f)._catalog  # type: ignore[attr-defined]
    return {(k if isinstance(k, str) else k[0]): v for k, v in found.items()}


def said() -> set[str]:
    """Every text that the portal's templates and views give to be translated."""
    found: set[str] = set(words.STATUSES + words.REFUSALS)
    for path in (Path(settings.BASE_DIR) / "templates/portal").glob("*.html"):
        source = path.read_text()
        found |= {a or b for a, b in re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)') %}""", source)}
        found |= set(re.findall(r'_\("([^"]+)"\)', source))
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% (?:plural|endblocktranslate) %}", source, re.S):
            found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", block))
    for path in (Path(settings.BASE_DIR) / "portal/views").glob("*.py"):
        found |= set(re.findall(r'_\(\s*"((?:[^"\\]|\\.)*)"\s*\)', path.read_text()))
    return found


@pytest.mark.parametrize("code", FOREIGN)
def test_every_text_has_its_translation_in_the_compiled_catalogue(code: str) -> None:
    catalogue = held(code)
    missing = {s for s in said() if not catalogue.get(s)}
    assert not missing


@pytest.mark.parametrize("code", FOREIGN)
def test_translations_keep_the_places_of_what_is_filled_in(code: str) -> None:
    for source, text in held(code).items():
        if source and "||" not in source:
            places = set(re.findall(r"%\((\w+)\)s", source))
            assert set(re.findall(r"%\((\w+)\)s", text)) <= places | {"n", "q"}, source
            assert re.findall(r"</?\w+>", source) == re.findall(r"</?\w+>", text), source


@pytest.mark.parametrize("code", FOREIGN)
def test_the_compiled_catalogue_is_made_of_the_written_one(code: str) -> None:
    written = (LOCALE / code / "LC_MESSAGES" / "django.po").read_text()
    texts = re.findall(r'^msgid "(.+)"$', written, re.M)
    assert len(texts) > 200
    catalogue = held(code)
    for source, text in re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', written, re.M):
        plain = source.replace("\\n", "\n").replace('\\"', '"')
        assert catalogue[plain] == text.replace("\\n", "\n").replace('\\"', '"'), "run msgfmt again"


@pytest.mark.parametrize("code", FOREIGN)
def test_a_browser_is_answered_in_its_language(idea: Idea, town: Town, code: str) -> None:
    ideas.vote(idea, town.otto)
    comments.comment(idea, "Hello", person=town.otto)
    client = Client(headers={"Accept-Language": f"{code}-XX,{code};q=0.9,en;q=0.5"})
    for path in ("/p/acme/", f"/p/acme/ideas/{idea.pk}", "/p/acme/post", "/p/acme/roadmap", "/p/acme/changelog", "/p/acme/sign-in",
                 f"/me/{town.ann.page_key}"):  # fmt: skip
        shown = page(client, path)
        assert f'<html lang="{code}"' in shown, path
        assert ('dir="rtl"' in shown[:200]) == (code == "ar"), path
        visible = re.sub(r"<[^>]+>", " ", shown)
        for english in ("Tell us something", "Sign in", "Most votes", "Search the ideas", " ago", "Open", "Somebody"):
            assert english not in visible, (path, english)
    assert client.get("/p/acme/")["Content-Language"] == code


def test_the_choice_wins_over_the_browser_and_the_browser_over_the_workspace(idea: Idea, access: Access) -> None:
    change_look(access, language="fr")
    assert '<html lang="fr"' in page(Client(), "/p/acme/")
    german = Client(headers={"Accept-Language": "de"})
    assert '<html lang="de"' in page(german, "/p/acme/")
    assert '<html lang="fr"' in page(Client(headers={"Accept-Language": "xx"}), "/p/acme/")
    german.post("/p/acme/language", {"language": "ar", "next": "/p/acme/roadmap"})
    assert '<html lang="ar" dir="rtl"' in page(german, "/p/acme/")
    german.post("/p/acme/language", {"language": "<script>"})
    assert '<html lang="ar"' in page(german, "/p/acme/")
    assert german.post("/p/acme/language", {"language": "en", "next": "//evil.example"})["location"] == "/p/acme/"


def test_one_visitors_language_does_not_stay_for_the_next(idea: Idea) -> None:
    page(Client(headers={"Accept-Language": "ar"}), "/p/acme/")
    assert translation.get_language() in ("en", "en-us")
    assert '<html lang="en"' in page(Client(), "/p/acme/")


def test_arabic_counts_in_six_ways() -> None:
    with translation.override("ar"):
        forms = {translation.ngettext("%(n)s comment", "%(n)s comments", n) for n in (0, 1, 2, 5, 15, 100)}
    assert len(forms) == 6


def test_mail_is_written_in_the_visitors_language(town: Town) -> None:
    client = Client(headers={"Accept-Language": "de"})
    client.post("/p/acme/sign-in", {"email": "otto@shop.example"})
    assert "ist Ihr Code" in mail.outbox[-1].subject
    assert "Viertelstunde" in mail.outbox[-1].body


def test_refusals_are_told_in_the_visitors_language(idea: Idea) -> None:
    client = Client(headers={"Accept-Language": "es"})
    assert "Diga en pocas palabras" in client.post("/p/acme/post", {"title": "ab"}).content.decode()


def test_the_console_stays_as_it_is(town: Town, access: Access) -> None:
    from .test_talk_about_an_idea import team

    client, _ = team(access)
    reply = client.get("/w/acme/portal/", headers={"Accept-Language": "de"})
    assert 'lang="en"' in reply.content.decode()[:200]


def test_the_service_and_the_portal_know_the_same_languages() -> None:
    assert set(LANGUAGES) - {""} == set(languages.CODES)
