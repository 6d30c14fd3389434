"""Calling the addresses that wait to be told: one after another for each, with rests that grow, and an end.

An address is served by one worker at a time (`busy_until`), and after a failure it rests: neither a slow nor a dead
machine holds up more than itself, and none is stormed when it comes back. A crash in the middle of a call means the
same message once more, with the same id, as the convention wants it.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from wellheard.core import http, journal

from ..models import Happening, Telling, Webhook
from ..webhooks import signing, slack
from .webhooks import may_still

log = logging.getLogger(__name__)
# Standard Webhooks: five seconds, then ever longer; after the last one it is given up.
RESTS = [timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)]
LONGEST = timedelta(days=1)
LEASE, ROUND = timedelta(seconds=90), 45.0
KEPT = timedelta(days=30)
ATTEMPTS_SHOWN = 12


def _free() -> Q:
    """Nobody is at it, and it does not rest after a failure."""
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lt=now)
    return free & (Q(resting_until=None) | Q(resting_until__lte=now)) & Q(state=Webhook.State.ACTIVE)


def due() -> list[int]:
    """The addresses for which something waits that may go out now."""
    waiting = Telling.objects.filter(
        webhook=OuterRef("pk"), state=Telling.State.WAITING, next_try_at__lte=timezone.now()
    )
    return list(Webhook.objects.filter(_free(), Exists(waiting)).order_by("pk").values_list("pk", flat=True))


def tell_all(number: int) -> int:
    """Tell one address what waits for it, oldest first, until something fails or the round is over. Returns how much
    was delivered; 0 when another worker is at it."""
    if not Webhook.objects.filter(_free(), pk=number).update(busy_until=timezone.now() + LEASE):
        return 0
    end, done = time.monotonic() + ROUND, 0
    try:
        while time.monotonic() < end:
            telling = _next(number)
            if telling is None or not _tell(telling):
                break
            done += 1
    finally:
        Webhook.objects.filter(pk=number).update(busy_until=None)
    return done


def _next(number: int) -> Telling | None:
    return (
        Telling.objects.select_related("webhook__member", "webhook__token", "happening")
        .filter(webhook=number, webhook__state=Webhook.State.ACTIVE, state=Telling.State.WAITING)
        .filter(next_try_at__lte=timezone.now())
        .order_by("next_try_at", "pk")
        .first()
    )


def _tell(telling: Telling) -> bool:
    webhook = telling.webhook
    if not may_still(webhook):
        _switch_off(
            webhook, "Who made it is no owner here any more. An owner may let it go on, and then answers for it."
        )
        return False
    body, now = telling.happening.body.encode(), timezone.now()
    if slack.is_slack(webhook.url):
        body = slack.body(telling.happening.body)
    secrets = [webhook.secret]
    if webhook.earlier_secret and webhook.earlier_until and webhook.earlier_until > now:
        secrets.append(webhook.earlier_secret)
    begun, wait = time.monotonic(), None
    status: int | None = None
    try:
        sent = signing.headers(secrets, telling.happening.key, int(now.timestamp()), body)
        answer = http.post(webhook.url, body, sent)
        status, words = answer.status, _words(answer)
        if status in (429, 503):
            wait = _retry_after(answer.headers.get("retry-after", ""), now)
    except (http.Refused, http.Failed) as e:
        words = str(e)[:200]
    telling.tries += 1
    tried = {
        "at": now.isoformat(timespec="seconds"), "status": status, "words": words,
        "took": round(1000 * (time.monotonic() - begun)),
    }  # fmt: skip
    telling.attempts = [*telling.attempts, tried][-ATTEMPTS_SHOWN:]
    if status is not None and 200 <= status < 300:
        _end(telling, Telling.State.DONE)
        if webhook.resting_until is not None:
            Webhook.objects.filter(pk=webhook.pk).update(resting_until=None)
        return True
    if status == 410:
        _end(telling, Telling.State.FAILED)
        _switch_off(webhook, "It answered 410: nobody is there any more. Let it go on when that has changed.")
        return False
    _fail(telling, words, wait)
    return False


def _words(answer: http.Answer) -> str:
    if 300 <= answer.status < 400:
        return "It leads elsewhere, and redirects are not followed. Give the address it leads to."
    text = answer.body[:300].decode("utf-8", "replace").replace("\x00", "")
    return " ".join(text.split())[:200]


def _retry_after(value: str, now: datetime) -> timedelta | None:
    """How long the other side asks us to wait: whole seconds, or a date."""
    if value.isascii() and value.isdecimal() and len(value) < 8:
        return min(timedelta(seconds=int(value)), LONGEST)
    try:
        return max(timedelta(0), min(parsedate_to_datetime(value) - now, LONGEST))
    except (ValueError, TypeError):
        return None


def _fail(telling: Telling, words: str, wait: timedelta | None) -> None:
    if telling.tries > len(RESTS):
        webhook = telling.webhook
        with journal.record(journal.system(webhook.workspace_id), "webhook.gave_up", words) as entry:
            _end(telling, Telling.State.FAILED)
            entry.about(webhook, happening=telling.happening.key, kind=telling.happening.kind, tries=telling.tries)
        return
    # A tenth more or less, so that what failed together does not come back together.
    rest = RESTS[telling.tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311
    telling.next_try_at = timezone.now() + max(rest, wait or timedelta(0))
    telling.save(update_fields=["tries", "attempts", "next_try_at"])
    Webhook.objects.filter(pk=telling.webhook_id).update(resting_until=telling.next_try_at)
    log.info("webhook %s: try %s failed (%s)", telling.webhook_id, telling.tries, words)


def _end(telling: Telling, state: Telling.State) -> None:
    telling.state, telling.ended_at = state, timezone.now()
    telling.save(update_fields=["state", "tries", "attempts", "ended_at"])


def _switch_off(webhook: Webhook, why: str) -> None:
    with journal.record(journal.system(webhook.workspace_id), "webhook.switched_off", why) as entry:
        Webhook.objects.filter(pk=webhook.pk).update(state=Webhook.State.DISABLED, about=why)
        entry.about(webhook)


def forget_old() -> int:
    """What was delivered or given up a month ago is not kept; returns how much went."""
    before = timezone.now() - KEPT
    gone = Telling.objects.exclude(state=Telling.State.WAITING).filter(ended_at__lt=before).delete()[0]
    Happening.objects.filter(at__lt=before).exclude(Exists(Telling.objects.filter(happening=OuterRef("pk")))).delete()
    return gone
