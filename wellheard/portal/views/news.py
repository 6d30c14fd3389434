"""The changelog, as a page and as an Atom feed (RFC 4287)."""

from __future__ import annotations

import hashlib
import json
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date
from django.views.decorators.http import condition, require_safe

from wellheard.listen.queries.boards import Guest
from wellheard.people.models import Workspace
from wellheard.tell.queries.news import published

from .. import doors


@require_safe
@doors.portal
def changelog(request: HttpRequest, who: Guest) -> HttpResponse:
    return doors.shown(
        request,
        who,
        "portal/changelog.html",
        news=published(who.workspace, person=who.person, team=who.team is not None),
        tab="changelog",
    )


def _tag(place: Workspace, what: str) -> str:
    """A permanent id that does not change when the server moves (RFC 4151)."""
    return f"tag:wellheard,{place.created_at:%Y-%m-%d}:{place.slug}/{what}"


def _xml_safe(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", text)


def _etag(request: HttpRequest, slug: str) -> str | None:
    place = doors.workspace(slug)
    parts = [place.name, settings.PUBLIC_URL]
    for n in published(place):
        parts += [str(n.release.pk), str(n.release.published_at), n.release.title, n.html]
    return f'"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'


@require_safe
@condition(etag_func=_etag)
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    place = doors.workspace(slug)
    base = f"{settings.PUBLIC_URL}/p/{place.slug}/changelog"
    atom = Atom1Feed(
        title=_xml_safe(f"{place.name}: what changed"),
        link=base,
        description="",
        feed_url=f"{base}.atom",
        feed_guid=_tag(place, "changelog"),
        author_name=_xml_safe(place.name),
    )
    news = published(place)
    for n in news:
        atom.add_item(
            title=_xml_safe(n.release.title),
            link=f"{base}#release-{n.release.pk}",
            description=_xml_safe(n.html),
            unique_id=_tag(place, f"release-{n.release.pk}"),
            pubdate=n.release.published_at,
            updateddate=n.release.published_at,
        )
    reply = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    if news and news[0].release.published_at:
        reply["Last-Modified"] = http_date(news[0].release.published_at.timestamp())
    return reply
