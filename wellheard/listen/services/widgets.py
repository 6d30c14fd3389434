"""How a workspace's widget is set."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from ..models import Widget

MOST_SITES = 50
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


def widget_of(workspace: Workspace) -> Widget:
    """As it is set, or as it is before anybody set it."""
    return Widget.objects.filter(workspace=workspace).first() or Widget(workspace=workspace)


def set_widget(access: Access, *, open_: bool, sites: Iterable[str], greeting: str, pictures: bool) -> Widget:
    """`sites`: hosts it may stand on, with all below them; none: any. Raises ValueError naming the one that is no host."""
    access.need(Role.EDITOR)
    hosts = list(dict.fromkeys(_host(s) for s in sites if s.strip()))
    if len(hosts) > MOST_SITES:
        raise ValueError(f"{len(hosts)} sites are too many; {MOST_SITES} at most.")
    words = clean.text(greeting, 140, "The greeting")
    with journal.record(access.actor, "widget.set") as entry:
        made, _ = Widget.objects.update_or_create(
            workspace=access.workspace,
            defaults={"open": open_, "sites": hosts, "greeting": words, "pictures": pictures},
        )
        entry.about(made, open=open_, sites=hosts, pictures=pictures)
    return made


def _host(site: str) -> str:
    host = (
        site.strip()
        .lower()
        .removeprefix("https://")
        .removeprefix("http://")
        .split("/")[0]
        .split(":")[0]
        .removeprefix("*.")
    )
    if not _HOST.fullmatch(host):
        raise ValueError(f"{site.strip()[:80]!r} is not a site. Write its name, such as shop.example.")
    return host
