"""Changing how the portal looks and speaks."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from .. import looks
from ..models import Look

LANGUAGES = ("", "en", "de", "fr", "es", "ar")


def change_look(access: Access, *, logo: bytes | None = None, drop_logo: bool = False, **values: Any) -> Look:
    """Take over what is given (accent_light, accent_dark, scheme, welcome_title, welcome, links, language).

    Raises ValueError, and changes nothing, for what cannot be read or is no image.
    """
    access.need(Role.EDITOR)
    with journal.record(access.actor, "portal.look_changed") as entry:
        look, _ = Look.objects.get_or_create(workspace=access.workspace)
        for name, dark in (("accent_light", False), ("accent_dark", True)):
            if name in values:
                accent = looks.colour(str(values[name] or ""))
                if accent:
                    looks.check(accent, dark)
                setattr(look, name, accent)
        if values.get("scheme", look.scheme) not in Look.Scheme.values:
            raise ValueError(f"scheme is one of {', '.join(Look.Scheme.values)}.")
        look.scheme = values.get("scheme", look.scheme)
        if values.get("language", look.language) not in LANGUAGES:
            raise ValueError(f"The portal speaks {', '.join(code for code in LANGUAGES if code)}.")
        look.language = values.get("language", look.language)
        look.welcome_title = clean.text(values.get("welcome_title", look.welcome_title), 120, "The title")
        look.welcome = clean.text(values.get("welcome", look.welcome), 2000, "The welcome")
        if "links" in values:
            look.links = [_link(one) for one in values["links"]]
            if len(look.links) > 8:
                raise ValueError("Eight links at most.")
        old = look.logo
        if logo is not None:
            look.logo = _store(logo)
        elif drop_logo:
            look.logo = ""
        look.save()
        entry.about(access.workspace, changed=sorted(values), logo=bool(look.logo))
        if old and old != look.logo:
            transaction.on_commit(lambda: (looks.folder() / old).unlink(missing_ok=True))
    return look


def _link(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ValueError("A link has a name and an address.")
    name = clean.text(given.get("name"), 40, "A link's name")
    address = clean.text(given.get("address"), 400, "A link's address")
    parts = urlsplit(address)
    if not name or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The link {name or address!r} needs a name and an address that begins with https://.")
    return {"name": name, "address": address}


def _store(data: bytes) -> str:
    if len(data) > looks.LOGO_LIMIT:
        raise ValueError("The logo is larger than 1 MB.")
    name = secrets.token_hex(16) + looks.logo_type(data)
    looks.folder().mkdir(parents=True, exist_ok=True)
    (looks.folder() / name).write_bytes(data)
    return name
