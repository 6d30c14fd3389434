"""The languages the portal speaks. The visitor's choice wins, then their browser's, then the workspace's."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from wellheard.listen.models import Look

# Each by its own name, as those who need it know it.
OFFERED = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
CODES = frozenset(code for code, _ in OFFERED)
COOKIE = "wh_language"


def chosen(request: HttpRequest, look: Look) -> str:
    said = request.COOKIES.get(COOKIE, "")
    if said in CODES:
        return said
    for asked, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500]):
        if (code := asked.split("-")[0]) in CODES:
            return code
    return look.language if look.language in CODES else "en"
