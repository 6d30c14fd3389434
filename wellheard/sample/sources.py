"""The sample's sources: a help desk that is connected, a file of reviews that was brought in, notes of colleagues."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from wellheard.listen.models import Channel, Connection, Delivery, Import, Knock, Voice
from wellheard.listen.services import connections
from wellheard.people.access import by_command
from wellheard.people.models import Member, Workspace

LATELY = 14


def fill_sources(workspace: Workspace) -> None:
    """What members relayed was noted by them; reviews came as a file; the latest tickets through a connection."""
    for member in Member.objects.filter(workspace=workspace).select_related("user"):
        Voice.objects.filter(workspace=workspace, relayed_by=str(member)).update(recorded_by=member)
    _file(workspace)
    _desk(workspace)


def _file(workspace: Workspace) -> None:
    reviews = Voice.objects.filter(workspace=workspace, channel=Channel.REVIEW)
    count, last = reviews.count(), reviews.order_by("-said_at").first()
    if last is None:
        return
    stars = count // 3
    at = last.said_at + timedelta(hours=2)
    job = Import.objects.create(
        workspace=workspace, what="voices", format="reviews", source="reviews", file_name="app-reviews.csv", path="",
        state=Import.State.DONE, read=count + stars, total=count + stars, stored=count, skipped=stars,
        skips={"stars without words": stars}, started_by="Clara Nilsen", created_at=at, finished_at=at,
    )  # fmt: skip
    reviews.update(brought_by=job)


def _desk(workspace: Workspace) -> None:
    tickets = Voice.objects.filter(workspace=workspace, channel=Channel.SUPPORT).order_by("-said_at")[:LATELY]
    held = list(reversed(tickets))
    if not held:
        return
    desk: Connection = connections.connect(by_command(workspace), "zendesk", "Help desk", "a-secret-of-the-sample")
    Connection.objects.filter(pk=desk.pk).update(last_at=held[-1].said_at)
    Delivery.objects.bulk_create(
        Delivery(
            connection=desk, key=f"sample-{voice.source_id}", size=900 + len(voice.text), state=Delivery.State.DONE,
            about="new", voice=voice, at=voice.said_at,
        )
        for voice in held
    )  # fmt: skip
    Knock.objects.create(connection=desk, reason="wrong signature", count=2, last_at=timezone.now() - timedelta(days=9))
