"""Handing mails to the mail server over one connection, and telling apart what became of each."""

from __future__ import annotations

import logging
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from ..models import Contact, MailServer

log = logging.getLogger(__name__)
# Servers end connections that carry too much; a fresh one after so many costs nothing to speak of.
PER_CONNECTION = 100
PAUSES = [timedelta(minutes=m) for m in (1, 2, 5, 10)]
# Said of the mailbox, by whoever is responsible for it: nothing will ever arrive there.
NO_SUCH_BOX = {550, 551, 553}


@dataclass(frozen=True, slots=True)
class Handed:
    """sent; refused for good (`dead`: the address itself is); later: this one must wait, the server asked for it
    (`busy`: for all of them); away: the server could not be reached, nothing went out; unsure: cut off in the middle."""

    what: Literal["sent", "refused", "later", "away", "unsure"]
    error: str = ""
    dead: bool = False
    busy: bool = False


class Post:
    """`with Post() as post: post.hand(message)`: one connection for many messages."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._carried = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.close()
        self._connection, self._carried = None, 0

    def hand(self, message: EmailMultiAlternatives) -> Handed:
        try:
            self._ready()
        except (OSError, smtplib.SMTPException) as e:
            self.close()
            note_away(str(e))
            return Handed("away", str(e)[:300])
        try:
            message.connection = self._connection
            message.send()
        except smtplib.SMTPRecipientsRefused as e:
            code, said = next(iter(e.recipients.values()), (550, b""))
            return self._refused(code, f"{code} {_text(said)}", at_recipient=True)
        except smtplib.SMTPResponseException as e:
            # The server answered with a refusal, so it surely did not take the message.
            return self._refused(e.smtp_code, f"{e.smtp_code} {_text(e.smtp_error)}")
        except (OSError, smtplib.SMTPException) as e:
            self.close()
            log.warning("a mail (%s) was cut off; whether it went out is not known: %s", message.subject, e)
            return Handed("unsure", str(e)[:300])
        self._carried += 1
        return Handed("sent")

    def _ready(self) -> None:
        """A connection that answers. One that the server closed meanwhile is opened anew before anything is sent, so that
        only a real cut leaves us unsure."""
        if self._carried >= PER_CONNECTION:
            self.close()
        inner = getattr(self._connection, "connection", None)
        if inner is not None and not _answers(inner):
            self.close()
        if self._connection is None:
            self._connection = get_connection()
            self._connection.open()
            note_back()

    def _refused(self, code: int, said: str, at_recipient: bool = False) -> Handed:
        inner = getattr(self._connection, "connection", None)
        if code == 421 or (inner is not None and getattr(inner, "sock", True) is None):
            self.close()
        if code >= 500:
            return Handed("refused", said[:300], dead=at_recipient and code in NO_SUCH_BOX)
        return Handed("later", said[:300], busy=not at_recipient or code == 421)


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _text(said: Any) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def note_away(error: str) -> None:
    """The server could not be reached: everybody waits a little longer each time, ten minutes at most."""
    now = timezone.now()
    held = MailServer.objects.first()
    if held is None:
        MailServer.objects.get_or_create(
            pk=1, defaults={"away_since": now, "error": error[:300], "tries": 1, "next_try_at": now + PAUSES[0]}
        )
        log.warning("the mail server is away (%s); mails wait and keep their order", error)
        return
    pause = PAUSES[min(held.tries, len(PAUSES) - 1)]
    MailServer.objects.filter(pk=held.pk).update(error=error[:300], tries=held.tries + 1, next_try_at=now + pause)


def note_back() -> None:
    if MailServer.objects.exists():
        MailServer.objects.all().delete()
        log.info("the mail server is back")


def resting() -> bool:
    """Whether the mail server was away a moment ago, and is not to be asked again yet."""
    return MailServer.objects.filter(next_try_at__gt=timezone.now()).exists()


def room(now: Any = None) -> int:
    """How many mails to customers may still go out this minute: after a day's silence the waiting ones go in a stream,
    not in a storm."""
    now = now or timezone.now()
    gone = Contact.objects.filter(at__gt=now - timedelta(minutes=1)).count()
    return max(0, int(settings.MAIL_PER_MINUTE) - gone)
