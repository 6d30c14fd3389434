"""What comes through a door: kept first, worked on after the answer, once whatever is sent twice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from wellheard.core import journal
from wellheard.core.rows import Row
from wellheard.people.importing import Fields
from wellheard.people.models import Member

from .. import sources
from ..importing import VOICE_FIELDS, Manner, voices
from ..models import Connection, Delivery, Knock, Triage, Voice
from ..sources.base import Arrived, Gone, Leave, Mark, Say, Sender

log = logging.getLogger(__name__)
KEEP_RAW = timedelta(days=7)
KEEP_KEYS = timedelta(days=60)
# Headers that reading needs; cookies, addresses and signatures are not kept.
KEPT_HEADERS = ("content-type", "x-github-event")


def secrets_of(connection: Connection) -> tuple[str, ...]:
    """The secrets that hold now: the current one, and for a day the one before."""
    until = connection.earlier_until
    held = connection.earlier_secret if until is not None and until > timezone.now() else ""
    return (connection.secret, held) if held else (connection.secret,)


def turned_away(connection: Connection, reason: str) -> None:
    """Counted by its reason; no journal entry, for strangers must not fill it."""
    Knock.objects.get_or_create(connection=connection, reason=reason[:120])
    Knock.objects.filter(connection=connection, reason=reason[:120]).update(
        count=F("count") + 1, last_at=timezone.now()
    )


def keep(connection: Connection, key: str, headers: Mapping[str, str], raw: bytes) -> tuple[Delivery, bool]:
    """Store a delivery and queue its work in one transaction; (delivery, whether it is new).

    One that failed and is sent again is worked on again.
    """
    from ..tasks import work_on_delivery

    kept = {k: v for k, v in headers.items() if k in KEPT_HEADERS}
    try:
        with transaction.atomic():
            made = Delivery.objects.create(
                connection=connection, key=key[:255], headers=kept, raw=raw, size=len(raw), at=timezone.now()
            )
            Connection.objects.filter(pk=connection.pk).update(last_at=timezone.now())
            work_on_delivery.enqueue(made.pk)
        return made, True
    except IntegrityError:
        held = Delivery.objects.get(connection=connection, key=key[:255])
    with transaction.atomic():
        failed = Delivery.objects.filter(pk=held.pk, state=Delivery.State.FAILED)
        if failed.update(state=Delivery.State.WAITING, raw=raw, headers=kept, about=""):
            work_on_delivery.enqueue(held.pk)
    return held, False


def work(delivery_id: int) -> Delivery:
    """Do what a delivery says. What cannot be done is told on the connection's page and kept for a week."""
    delivery = Delivery.objects.select_related("connection__workspace").get(pk=delivery_id)
    if delivery.state != Delivery.State.WAITING:
        return delivery
    connection = delivery.connection
    hook = sources.named(connection.source).hook
    assert hook is not None
    arrived = Arrived(delivery.headers, bytes(delivery.raw), delivery.at, frozenset(connection.switches))
    try:
        with transaction.atomic():
            done = [_do(connection, told) for told in hook.read(arrived)]
            heard = [voice for voice, _ in done if voice is not None]
            delivery.voice = heard[0] if heard else None
            delivery.state = Delivery.State.DONE if heard else Delivery.State.ASIDE
            delivery.about = "; ".join(dict.fromkeys(about for _, about in done))[:300]
            delivery.raw, delivery.headers = b"", {}
            delivery.save()
    except (ValueError, RecursionError) as e:
        fail(delivery, str(e) or type(e).__name__)
    return delivery


def fail(delivery: Delivery, reason: str) -> None:
    delivery.state, delivery.about = Delivery.State.FAILED, reason[:300]
    delivery.save(update_fields=["state", "about"])


def _do(connection: Connection, told: sources.base.Told) -> tuple[Voice | None, str]:
    if isinstance(told, Say):
        return _say(connection, told)
    if isinstance(told, Mark):
        return _mark(connection, told.id, told.traits, "marked")
    if isinstance(told, Gone):
        return _mark(connection, told.id, {"state": "deleted"}, "withdrawn")
    assert isinstance(told, Leave)
    return None, f"left out: {told.reason}"


def _actor(connection: Connection) -> journal.Actor:
    return journal.Actor(connection.workspace_id, "system", None, connection.name)


def _held(connection: Connection, id_: str) -> Voice | None:
    return Voice.objects.filter(
        workspace=connection.workspace_id, source=connection.source, source_id=id_[:255]
    ).first()


def _say(connection: Connection, told: Say) -> tuple[Voice | None, str]:
    fields: Fields = {k: v for k, v in told.fields.items() if k in VOICE_FIELDS}
    fields["traits"] = {k: v for k, v in told.fields.items() if k not in VOICE_FIELDS}
    member = _sent_by(connection, fields, told.sender) if told.sender else None
    id_ = str(fields.get("id") or "").strip()
    if not id_:
        raise ValueError("It has no id of its own, so it could come in twice.")
    with journal.record(_actor(connection), "voice.heard") as entry:
        if told.before and told.before != id_ and _held(connection, id_) is None:
            moved = _held(connection, told.before)
            if moved is not None:
                moved.source_id = id_
                moved.save(update_fields=["source_id"])
        result = voices(connection.workspace, connection.source, [(Row(1, fields), fields)], Manner(lasting=True))
        if result.bad:
            raise ValueError(result.bad[0].reason)
        voice = _held(connection, id_)
        assert voice is not None
        if member is not None and result.stored:
            voice.recorded_by, voice.relayed_by = member, str(member)[:120]
            voice.save(update_fields=["recorded_by", "relayed_by"])
        if result.repeated:
            entry.nothing_changed()
            return voice, "held already"
        entry.about(voice, source=connection.source, changed=bool(result.changed))
    return voice, "changed" if result.changed else "new"


def _sent_by(connection: Connection, fields: Fields, sender: Sender) -> Member | None:
    """Put the author into the fields; returns the member who passed it on.

    Proven, it is theirs, or, of a member, passed on: the author is who wrote the letter first, else somebody has to
    say. Not proven, nobody is named: what the letter claims is kept beside it, and a member decides.
    """
    if not sender.proven:
        fields["traits"] = {
            **fields["traits"], "claims_to_be": sender.address, "claims_name": sender.name, "sender": "not proven",
        }  # fmt: skip
        return None
    members = Member.objects.select_related("user").filter(workspace=connection.workspace_id)
    member = members.filter(user__email__iexact=sender.address).first()
    if member is None:
        fields["email"], fields["name"] = sender.address, sender.name
    elif sender.passed_on is not None:
        fields["name"], fields["email"], fields["text"] = sender.passed_on
        fields["title"] = ""
    return member


def _mark(connection: Connection, id_: str, traits: Mapping[str, Any], verb: str) -> tuple[Voice | None, str]:
    voice = _held(connection, id_)
    if voice is None:
        return None, "left out: about something we do not have"
    with journal.record(_actor(connection), f"voice.{verb}") as entry:
        merged = {**voice.traits, **{k: v for k, v in traits.items() if v not in (None, "", [])}}
        aside = verb == "withdrawn" and voice.triage != Triage.ASIDE
        if merged == voice.traits and not aside:
            entry.nothing_changed()
            return voice, "held already"
        voice.traits = merged
        if aside:
            voice.triage = Triage.ASIDE
        voice.save(update_fields=["traits", "triage"])
        entry.about(voice, source=connection.source)
    return voice, "taken back there, set aside here" if verb == "withdrawn" else "changed"


def forget() -> int:
    """What failed is kept for a week, the keys that tell repeats for two months; returns how many rows went."""
    now = timezone.now()
    stale = Delivery.objects.filter(state=Delivery.State.FAILED, at__lt=now - KEEP_RAW).exclude(raw=b"")
    stale.update(raw=b"", headers={})
    gone, _ = Delivery.objects.filter(at__lt=now - KEEP_KEYS).exclude(state=Delivery.State.WAITING).delete()
    return gone
