"""The look: colours everybody can read, a logo known by its content, a greeting, links; one style sheet, nothing inline."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.listen import looks
from wellheard.listen.models import Idea, Look
from wellheard.listen.services.look import change_look
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from .conftest import page
from .test_talk_about_an_idea import team

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40


def test_the_look_is_a_style_sheet_of_its_own(client: Client, idea: Idea, access: Access) -> None:
    change_look(
        access,
        accent_light="#0B6E66",
        scheme="dark",
        welcome_title="Tell Acme",
        links=[{"name": "Home", "address": "https://acme.example/"}],
    )
    shown = page(client, "/p/acme/")
    assert "Tell Acme" in shown
    assert 'href="https://acme.example/"' in shown
    assert "/p/acme/look.css" in shown
    assert not re.search(r"\sstyle=|<style", shown)
    sheet = client.get("/p/acme/look.css")
    assert sheet["Content-Type"].startswith("text/css")
    assert "--act:light-dark(#0b6e66,#" in sheet.content.decode()
    assert "color-scheme:dark" in sheet.content.decode()


@pytest.mark.parametrize(
    ("values", "told"),
    [({"accent_light": "#ffff00"}, "light mode"), ({"accent_dark": "#000080"}, "dark mode"), ({"accent_light": "red"}, "not a colour"),
     ({"accent_light": "#12345"}, "not a colour"), ({"accent_light": "}body{x:url(//e)"}, "not a colour"), ({"scheme": "pink"}, "scheme"),
     ({"language": "xx"}, "speaks"), ({"links": [{"name": "x", "address": "javascript:alert(1)"}]}, "https"),
     ({"links": [{"name": "", "address": "https://x.example"}]}, "name"), ({"links": [{"name": "x", "address": "//x.example"}]}, "https"),
     ({"welcome_title": "x" * 121}, "120")],
)  # fmt: skip
def test_what_cannot_be_read_or_trusted_is_refused_whole(access: Access, values: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        change_look(access, welcome="before", **values)
    assert not Look.objects.filter(welcome="before").exists()


def test_a_refused_colour_comes_with_the_nearest_that_passes(access: Access) -> None:
    with pytest.raises(ValueError, match="nearest colour") as e:
        change_look(access, accent_light="#ffcc00")
    offered = re.findall(r"#[0-9a-f]{6}$", str(e.value))[0]
    change_look(access, accent_light=offered)


@given(st.integers(0, 0xFFFFFF), st.booleans())
def test_T43_what_is_offered_can_always_be_read(number: int, dark: bool) -> None:
    found = looks.nearest_readable(f"#{number:06x}", dark)
    assert looks.least_contrast(found, dark) >= looks.LEAST


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ffffff", "#ffffff", 1)]
)
def test_contrast_is_what_the_guidelines_say(one: str, other: str, ratio: float) -> None:
    assert looks.contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_the_papers_checked_are_those_of_the_style_sheet() -> None:
    from django.conf import settings

    sheet = (settings.BASE_DIR / "static/wellheard/look.css").read_text()
    pairs = re.findall(r"--(?:paper|card|sunk): light-dark\((#\w+), (#\w+)\)", sheet)
    assert {a for a, _ in pairs} == set(looks.LIGHT_PAPERS)
    assert {b for _, b in pairs} == set(looks.DARK_PAPERS)
    assert f"--on-act: light-dark({looks.ON_LIGHT}, {looks.ON_DARK})" in sheet


def test_T03_a_logo_is_told_by_its_content_and_named_by_us(client: Client, access: Access, idea: Idea) -> None:
    member, _ = team(access, Role.EDITOR)
    sent = SimpleUploadedFile("../../evil.svg", PNG, content_type="image/svg+xml")
    member.post("/w/acme/portal/look", {"logo": sent, "scheme": "auto"})
    look = Look.objects.get()
    assert re.fullmatch(r"[0-9a-f]{32}\.png", look.logo)
    reply = client.get("/p/acme/logo")
    assert (reply["Content-Type"], reply["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in reply["Content-Security-Policy"]
    assert reply.getvalue() == PNG
    assert "/p/acme/logo" in page(client, "/p/acme/")
    first = looks.logo_path(look)
    member.post("/w/acme/portal/look", {"drop_logo": "on", "scheme": "auto"})
    assert client.get("/p/acme/logo").status_code == 404
    assert first is not None


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"<html>", b"", b"GIF", b"%PDF-1.4", b"\x89PNG nope",
     b"<?xml version='1.0'?><svg/>"],
)  # fmt: skip
def test_T03_what_is_no_image_is_no_logo(access: Access, data: bytes, idea: Idea) -> None:
    member, _ = team(access, Role.EDITOR)
    reply = member.post(
        "/w/acme/portal/look", {"logo": SimpleUploadedFile("logo.png", data or b" ", "image/png"), "scheme": "auto"}
    )
    assert reply.status_code == 422
    assert "PNG, JPEG, GIF or WebP" in reply.content.decode()
    assert not Look.objects.exclude(logo="").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../secret_key",
        "/etc/passwd",
        "..%2f..%2fsecret_key",
        "x.svg",
        "a" * 32 + ".png/../../secret_key",
        "a" * 31 + ".png",
    ],
)
def test_T03_no_name_in_the_database_opens_another_file(client: Client, workspace: Workspace, name: str) -> None:
    Look.objects.create(workspace=workspace, logo=name)
    assert client.get("/p/acme/logo").status_code == 404


def test_too_large_a_logo_is_refused(access: Access, town: Town) -> None:
    with pytest.raises(ValueError, match="1 MB"):
        change_look(access, logo=PNG + b"\x00" * looks.LOGO_LIMIT)
