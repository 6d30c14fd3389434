"""Connections for their pages: what each took in lately, and what it turned away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from wellheard.people.models import Member, Workspace

from .. import sources
from ..models import Connection, Delivery, Handle, Knock


@dataclass(frozen=True, slots=True)
class Row:
    """A connection with its counts of the last 30 days."""

    connection: Connection
    label: str
    heard: int
    aside: int
    failed: int
    turned: int


def address(connection: Connection) -> str:
    return f"{settings.PUBLIC_URL}/hooks/{connection.source}/{connection.public_id}"


def mailbox(connection: Connection) -> str:
    """The secret address of a mail connection; its domain is a stand-in until the mailbox is named in the settings."""
    local, _, domain = (settings.MAIL_INBOX or "feedback@your-domain.example").partition("@")
    return f"{local}+{connection.secret}@{domain}"


def connections(workspace: Workspace) -> list[Row]:
    since = timezone.now() - timedelta(days=30)
    lately = Q(deliveries__at__gte=since)
    held = (
        Connection.objects.filter(workspace=workspace)
        .annotate(
            heard=Count("deliveries", filter=lately & Q(deliveries__state=Delivery.State.DONE)),
            aside=Count("deliveries", filter=lately & Q(deliveries__state=Delivery.State.ASIDE)),
            failed=Count("deliveries", filter=lately & Q(deliveries__state=Delivery.State.FAILED)),
        )
        .order_by("pk")
    )
    turned: dict[int, int] = {}
    for knock in Knock.objects.filter(connection__workspace=workspace):
        turned[knock.connection_id] = turned.get(knock.connection_id, 0) + knock.count
    known = sources.all_sources()
    return [
        Row(
            c, known[c.source].label if c.source in known else c.source, c.heard, c.aside, c.failed, turned.get(c.pk, 0)
        )
        for c in held
    ]


@dataclass(frozen=True, slots=True)
class Story:
    """What came through one door lately and what was turned away."""

    deliveries: list[Delivery]
    knocks: list[Knock]


def story(connection: Connection, most: int = 50) -> Story:
    return Story(
        list(connection.deliveries.defer("raw").select_related("voice").order_by("-pk")[:most]),
        list(connection.knocks.order_by("-last_at")[:20]),
    )


def handle_of(member: Member | None, source: str) -> str:
    found = Handle.objects.filter(member=member, source=source).first() if member else None
    return found.outer if found else ""
