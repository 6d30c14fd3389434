"""Pages hold no inline style or script, which the content security policy forbids; only mail bodies, never served, have styles."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1] / "wellheard"
INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=[\"']|<script(?![^>]*\bsrc=)[^>]*>", re.I)


def test_T02_no_page_has_inline_style_or_script() -> None:
    found = {str(p.relative_to(ROOT)) for p in ROOT.rglob("*.html") if INLINE.search(p.read_text())}
    assert {f for f in found if "/mail/" not in f} == set()


def test_T02_mail_bodies_are_never_served_as_pages() -> None:
    views = [*ROOT.glob("console/views/*.py"), *ROOT.glob("portal/**/*.py"), *ROOT.glob("console/*.py")]
    assert [v.name for v in views if re.search(r"/mail/\w+\.html", v.read_text())] == []
