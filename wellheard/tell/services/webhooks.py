"""Addresses that are told: made, tried, given a new secret, paused, taken over, taken away; and what is told to them."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from wellheard.core import clean, http, journal
from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Happening, Telling, Webhook
from ..webhooks import signing
from ..webhooks.kinds import KINDS, TEST

BOTH_SIGN = timedelta(hours=24)
MOST = 20


def _kinds(given: Collection[str]) -> list[str]:
    if unknown := sorted(set(given) - set(KINDS)):
        raise ValueError(f"There is no kind {unknown[0][:40]!r}. Known are: {', '.join(KINDS)}.")
    if not given:
        raise ValueError("Choose at least one kind of happening.")
    return [k for k in KINDS if k in given]


def _name(given: str, url: str) -> str:
    return clean.text(given, 80, "The name") or url.split("/")[2][:80]


def make(access: Access, url: str, kinds: Collection[str], name: str = "") -> Webhook:
    """A new address. Its secret can be read from what is returned, and shown once. Raises ValueError (also
    `http.Refused`) when the address must not be called."""
    access.need(Role.OWNER)
    where = http.check_address(url.strip())
    with journal.record(access.actor, "webhook.made") as entry:
        if Webhook.objects.filter(workspace=access.workspace).count() >= MOST:
            raise ValueError(f"There are {MOST} webhooks already; remove one first.")
        made = Webhook.objects.create(
            workspace=access.workspace,
            name=_name(name, where),
            url=where,
            kinds=_kinds(kinds),
            secret=signing.make_secret(),
            **_answers_for(access),
        )
        entry.about(made, kinds=made.kinds)
    return made


def _answers_for(access: Access) -> dict[str, object]:
    return {
        "made_by": access.actor.name,
        "member_id": access.member.pk if access.member else None,
        "token_id": access.actor.id if access.actor.kind == "token" else None,
        "by_operator": access.actor.kind == "command",
    }


def may_still(webhook: Webhook) -> bool:
    """Whether who answers for it is an owner yet; looked at before each attempt. `member` and `token` as they are now."""
    if webhook.by_operator:
        return True
    if webhook.member is not None:
        return Role(webhook.member.role).rank >= Role.OWNER.rank
    token = webhook.token
    return token is not None and token.revoked_at is None and Role(token.role).rank >= Role.OWNER.rank


def change(access: Access, webhook: Webhook, url: str, kinds: Collection[str], name: str) -> Webhook:
    """Another address, name or choice of kinds. What waits goes to the new address."""
    access.need(Role.OWNER)
    where = http.check_address(url.strip())
    wanted = {"url": where, "kinds": _kinds(kinds), "name": _name(name, where)}
    with journal.record(access.actor, "webhook.changed") as entry:
        held = Webhook.objects.select_for_update().get(pk=webhook.pk)
        changed = [k for k, v in wanted.items() if getattr(held, k) != v]
        if not changed:
            entry.nothing_changed()
            return held
        for key in changed:
            setattr(held, key, wanted[key])
        held.save(update_fields=changed)
        entry.about(held, changed=changed)
    return held


def rotate(access: Access, webhook: Webhook) -> Webhook:
    """A new secret; for a day both sign, so that the other side can change over without losing anything."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "webhook.secret_changed") as entry:
        held = Webhook.objects.select_for_update().get(pk=webhook.pk)
        held.earlier_secret, held.earlier_until = held.secret, timezone.now() + BOTH_SIGN
        held.secret = signing.make_secret()
        held.save(update_fields=["secret", "earlier_secret", "earlier_until"])
        entry.about(held)
    return held


def pause(access: Access, webhook: Webhook) -> None:
    """What happens meanwhile is not told; what waits goes on waiting."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "webhook.paused") as entry:
        if not Webhook.objects.filter(pk=webhook.pk, state=Webhook.State.ACTIVE).update(state=Webhook.State.PAUSED):
            entry.nothing_changed()
            return
        entry.about(webhook)


def resume(access: Access, webhook: Webhook) -> None:
    """Go on, or switch on again; whoever does so answers for it from now on."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "webhook.resumed") as entry:
        off = Webhook.objects.filter(pk=webhook.pk).exclude(state=Webhook.State.ACTIVE)
        if not off.update(state=Webhook.State.ACTIVE, about="", resting_until=None, **_answers_for(access)):
            entry.nothing_changed()
            return
        entry.about(webhook)
        _go()


def remove(access: Access, webhook: Webhook) -> None:
    access.need(Role.OWNER)
    with journal.record(access.actor, "webhook.removed") as entry:
        entry.about(webhook, name=webhook.name)
        Webhook.objects.filter(pk=webhook.pk).delete()


def test(access: Access, webhook: Webhook) -> Telling:
    """Tell it something that means nothing, on the way everything goes."""
    access.need(Role.OWNER)
    if webhook.state != Webhook.State.ACTIVE:
        raise ValueError("It is switched off. Let it go on first.")
    with journal.record(access.actor, "webhook.tested") as entry:
        data = {"webhook": webhook.pk, "words": f"A test from {access.workspace.name}."}
        made = Happening.objects.create(workspace=access.workspace, kind=TEST, body=_body(TEST, timezone.now(), data))
        telling = Telling.objects.create(webhook=webhook, happening=made)
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        entry.about(webhook)
        _go()
    return telling


def replay(access: Access, webhook: Webhook, tellings: Collection[int] | None = None) -> int:
    """Try again what was given up or already delivered (`tellings`), or everything given up; returns how many."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "webhook.replayed") as entry:
        chosen = Telling.objects.filter(webhook=webhook)
        chosen = (
            chosen.filter(state=Telling.State.FAILED)
            if tellings is None
            else chosen.filter(pk__in=tellings).exclude(state=Telling.State.WAITING)
        )
        count = chosen.update(state=Telling.State.WAITING, tries=0, next_try_at=timezone.now(), ended_at=None)
        if not count:
            entry.nothing_changed()
            return 0
        Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        entry.about(webhook, tellings=count)
        _go()
    return count


def _body(kind: str, at: datetime, data: dict[str, object]) -> str:
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": stamp, "data": data}, separators=(",", ":"), ensure_ascii=False)


def tell(entry: Entry) -> None:
    """Write down what is to be told, inside the transaction in which it happened."""
    active = list(Webhook.objects.filter(workspace=entry.workspace_id, state=Webhook.State.ACTIVE))
    made_any = False
    for kind in KINDS.values() if active else ():
        hooks = [w for w in active if kind.name in w.kinds]
        if entry.verb not in kind.verbs or not hooks or (data := kind.facts(entry)) is None:
            continue
        made = Happening.objects.create(
            workspace_id=entry.workspace_id, kind=kind.name, body=_body(kind.name, timezone.now(), data)
        )
        Telling.objects.bulk_create([Telling(webhook=w, happening=made) for w in hooks])
        made_any = True
    if made_any:
        _go()


def _go() -> None:
    from ..tasks import tell_webhooks

    tell_webhooks.enqueue()
