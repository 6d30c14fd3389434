"""Handing single mails to the mail server: each claimed before and marked after, so that none goes out twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.models import Person

from .. import budget
from ..models import FollowNotice, Letter, Mail, OptOut, Purpose, Reply
from . import addresses
from .post import Post, room

log = logging.getLogger(__name__)
BATCH = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of single mail. `write` gives None for what is not to be sent any more; `pressing` ones are not held
    back, for somebody wrote them by hand in answer to what was just said."""

    model: type[Reply] | type[FollowNotice] | type[Letter]
    write: Callable[[Any], EmailMultiAlternatives | None]
    verb: str
    what: str
    pressing: Callable[[Any], bool] = lambda owed: False


def opted_out(person: Person) -> bool:
    return OptOut.objects.filter(person=person, purpose=Purpose.ANSWERS).exists()


def send_due(kind: Kind) -> int:
    """Hand over what is owed and due, oldest first; stops when the mail server is away, and goes on later."""
    now, sent = timezone.now(), 0
    owed = kind.model._default_manager.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), mail=Mail.OWED)
    with Post() as post:
        for pk in list(owed.order_by("at", "pk").values_list("pk", flat=True)[: min(BATCH, room(now))]):
            outcome = _send(kind, pk, post)
            if outcome is None:
                break
            sent += outcome
    return sent


def _send(kind: Kind, pk: int, post: Post) -> bool | None:
    """True: sent; False: not to be sent (now); None: the mail server could not take it. What was cut off in the middle
    stays "being sent": nobody can know whether it went out."""
    rows = kind.model._default_manager.filter(pk=pk)
    owed = _claim(kind, pk)
    if owed is None:
        return False
    try:
        message = kind.write(owed)
    except Exception as e:
        log.exception("a mail (%s) cannot be written", owed)
        _back(
            kind,
            pk,
            error=f"The message could not be written: {e}"[:300],
            next_try_at=timezone.now() + timedelta(hours=1),
        )
        return False
    if message is None:
        _back(kind, pk, mail=Mail.NONE)
        return False
    handed = post.hand(message)
    if handed.what == "sent":
        with journal.record(journal.system(owed.workspace_id), kind.verb) as entry:
            rows.update(mail=Mail.SENT, error="")
            entry.about(owed, person=owed.person_id)
        return True
    if handed.what == "unsure":
        rows.update(error=handed.error)
        return None
    if handed.what == "refused":
        _back(kind, pk, mail=Mail.BOUNCED, error=handed.error)
        if handed.dead:
            addresses.came_back(owed.workspace_id, owed.person.email or "", handed.error)
        return False
    wait = None if handed.what == "away" else timezone.now() + timedelta(minutes=5)
    _back(kind, pk, error=handed.error, next_try_at=wait)
    return None if handed.what == "away" or handed.busy else False


def _claim(kind: Kind, pk: int) -> Any:
    """One from the person's budget and the mark "being sent", in one transaction under the person's lock. None: not now."""
    rows = kind.model._default_manager.filter(pk=pk, mail=Mail.OWED)
    owed = rows.select_related("person", "workspace").first()
    if owed is None:
        return None
    try:
        with transaction.atomic():
            purpose = getattr(owed, "purpose", Purpose.ANSWERS)
            verdict = budget.spend(owed.person, purpose, kind.what, pk, str(owed), pressing=kind.pressing(owed))
            if verdict.allowed and not rows.update(mail=Mail.SENDING, held="", next_try_at=None):
                transaction.set_rollback(True)
                return None
            if not verdict.allowed:
                mail = Mail.OWED if verdict.until else Mail.BOUNCED if verdict.code == "bounced" else Mail.NONE
                rows.update(mail=mail, next_try_at=verdict.until, held=verdict.why[:300] if verdict.until else "")
                return None
    except Person.DoesNotExist:
        return None
    return owed


def _back(kind: Kind, pk: int, **values: Any) -> None:
    """It surely did not go out, and does not count."""
    with transaction.atomic():
        budget.give_back(kind.what, pk)
        kind.model._default_manager.filter(pk=pk).update(**{"mail": Mail.OWED, **values})


def recover(older_than: timedelta = timedelta(minutes=10)) -> int:
    """After a crash, with the file backend only: sending again writes the same file."""
    if not settings.EMAIL_BACKEND.endswith("FileBackend"):
        return 0
    old = {"mail": Mail.SENDING, "at__lt": timezone.now() - older_than}
    return sum(kind._default_manager.filter(**old).update(mail=Mail.OWED) for kind in (Reply, FollowNotice, Letter))
