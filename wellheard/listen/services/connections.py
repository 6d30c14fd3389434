"""Doors for other systems: made, named, given a new secret, paused, taken away."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Member, Role

from .. import sources
from ..models import Connection, Delivery, Handle

BOTH_HOLD = timedelta(hours=24)
MOST = 50


def _hook(source: str) -> sources.base.Hook:
    found = sources.named(source)
    if found.hook is None:
        raise ValueError(f"{found.label} cannot be connected; bring its files in instead.")
    return found.hook


def _secret(hook: sources.base.Hook, given: str) -> str:
    """Theirs as it was pasted, or one of ours. Addresses of mail are lower case, so theirs is too."""
    pasted = clean.text(given, 200, hook.called_there)
    if hook.theirs:
        if len(pasted) < 8:
            raise ValueError(f"Paste the {hook.called_there.lower()} from there; it has at least eight characters.")
        return pasted
    return secrets.token_hex(16) if hook.by_mail else secrets.token_urlsafe(32)


def connect(
    access: Access, source: str, name: str = "", secret: str = "", switches: Collection[str] = ()
) -> Connection:
    """A new door. Its secret can be read from what is returned, and shown once."""
    access.need(Role.EDITOR)
    hook = _hook(source)
    held = Connection.objects.filter(workspace=access.workspace)
    if held.count() >= MOST:
        raise ValueError(f"There are {MOST} connections already; remove one first.")
    with journal.record(access.actor, "source.connected") as entry:
        made = Connection.objects.create(
            workspace=access.workspace,
            source=source,
            name=clean.text(name, 80, "The name") or sources.named(source).label,
            secret=_secret(hook, secret),
            switches=_switches(hook, switches),
            made_by=access.actor.name,
        )
        entry.about(made, source=source)
    return made


def _switches(hook: sources.base.Hook, given: Collection[str]) -> list[str]:
    known = {s.name for s in hook.switches}
    if unknown := sorted(set(given) - known):
        raise ValueError(f"There is no switch {unknown[0][:40]!r} here.")
    return sorted(given)


def set_up(access: Access, connection: Connection, name: str, switches: Collection[str]) -> None:
    """Its name, and what it takes in."""
    access.need(Role.EDITOR)
    chosen = _switches(_hook(connection.source), switches)
    named = clean.text(name, 80, "The name")
    if not named:
        raise ValueError("Give the connection a name.")
    with journal.record(access.actor, "source.set_up") as entry:
        if (named, chosen) == (connection.name, connection.switches):
            entry.nothing_changed()
            return
        connection.name, connection.switches = named, chosen
        connection.save(update_fields=["name", "switches"])
        entry.about(connection, switches=chosen)


def rotate(access: Access, connection: Connection, secret: str = "") -> Connection:
    """A new secret; the old one still holds for a day, so that nothing is lost meanwhile."""
    access.need(Role.EDITOR)
    fresh = _secret(_hook(connection.source), secret)
    with journal.record(access.actor, "source.secret_changed") as entry:
        held = Connection.objects.select_for_update().get(pk=connection.pk)
        if held.secret == fresh:
            raise ValueError("That is the secret it has already.")
        held.earlier_secret, held.earlier_until = held.secret, timezone.now() + BOTH_HOLD
        held.secret = fresh
        held.save(update_fields=["secret", "earlier_secret", "earlier_until"])
        entry.about(held)
    return held


def pause(access: Access, connection: Connection, paused: bool) -> None:
    """While paused, what comes is turned away with 503, so that the other side may try again later."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "source.paused" if paused else "source.resumed") as entry:
        if connection.paused == paused:
            entry.nothing_changed()
            return
        connection.paused = paused
        connection.save(update_fields=["paused"])
        entry.about(connection)


def remove(access: Access, connection: Connection) -> None:
    """The door goes with its secret; the voices that came through it stay."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "source.removed") as entry:
        entry.about(connection, source=connection.source, name=connection.name)
        connection.delete()


def try_again(access: Access, delivery: Delivery) -> bool:
    """Work once more on something that failed; returns whether there is something to work on."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "source.tried_again") as entry:
        again = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED).exclude(raw=b"")
        if not again.update(state=Delivery.State.WAITING, about=""):
            entry.nothing_changed()
            return False
        entry.about(delivery.connection)
        from ..tasks import work_on_delivery

        work_on_delivery.enqueue(delivery.pk)
    return True


def link(access: Access, source: str, outer: str) -> Handle:
    """This member says who they are at a source, so that what they note there is noted by them."""
    access.need(Role.CONTRIBUTOR)
    if access.member is None:
        raise ValueError("Only a member can do this, signed in.")
    if _hook(source) is None or not (who := clean.text(outer, 120, "Your id there")):
        raise ValueError("Write your id there.")
    with journal.record(access.actor, "member.linked") as entry:
        held = Handle.objects.select_for_update().filter(workspace=access.workspace, source=source, outer=who).first()
        if held is not None and held.member_id != access.member.pk:
            raise ValueError(f"{held.member} has said so of themselves. Ask them to take it off first.")
        Handle.objects.filter(workspace=access.workspace, source=source, member=access.member).exclude(
            outer=who
        ).delete()
        if held is None:
            held = Handle.objects.create(workspace=access.workspace, source=source, outer=who, member=access.member)
        entry.about(held, source=source)
    return held


def unlink(access: Access, source: str) -> None:
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "member.unlinked") as entry:
        held = Handle.objects.filter(workspace=access.workspace, source=source, member=access.member).first()
        if held is None:
            entry.nothing_changed()
            return
        entry.about(held, source=source)
        held.delete()


def member_at(workspace_id: int, source: str, outer: str) -> Member | None:
    """Who of the team this is at the source, if they have said so."""
    found = Handle.objects.select_related("member__user", "member__workspace").filter(
        workspace=workspace_id, source=source, outer=outer
    )
    handle = found.first()
    return handle.member if handle else None
