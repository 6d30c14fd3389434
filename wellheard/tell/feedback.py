"""What mail servers say later: letters that come back (RFC 3464), and what a provider's webhook tells (django-anymail)."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from anymail.signals import EventType, tracking
from django.dispatch import receiver

from wellheard.people.models import Person

from .models import DeadAddress, Notice
from .services import addresses, notices

OURS = re.compile(r"<?notice-([A-Za-z0-9_-]{32})@")


@receiver(tracking)
def heard(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Anymail has checked the provider's signature. Only what is for good counts: a deferred mail is still on its way."""
    address = parseaddr(event.recipient or "")[1]
    if not address:
        return
    said = f"{esp_name}: {event.description or event.mta_response or event.reject_reason or event.event_type}"
    if event.event_type == EventType.UNSUBSCRIBED:
        for person in Person.objects.filter(email__iexact=address):
            addresses.opt_out_of_all(person, "mail provider")
    elif event.event_type == EventType.COMPLAINED:
        addresses.told_of(address, DeadAddress.Why.COMPLAINED, said)
    elif event.event_type == EventType.BOUNCED:
        addresses.told_of(address, DeadAddress.Why.BOUNCED, said)


def letter_came_back(raw: bytes) -> str:
    """A delivery report; returns the address it is about. Raises ValueError for any other letter, for one that only says
    that mail is late, and for one about a mail that is not ours: anybody can write a report, but the id of our mail is
    known only to whoever got it."""
    letter = message_from_bytes(raw, policy=policy.default)
    report = next((p for p in letter.walk() if p.get_content_type() == "message/delivery-status"), None)
    if report is None:
        raise ValueError("This is no delivery report: it has no part message/delivery-status.")
    for fields in report.get_payload():
        if not isinstance(fields, EmailMessage) or str(fields.get("Action", "")).strip().lower() != "failed":
            continue
        status = str(fields.get("Status", ""))
        address = str(fields.get("Final-Recipient", "")).rpartition(";")[2].strip().strip("<>")
        if not status.startswith("5") or "@" not in address:
            continue
        error = f"{status} {str(fields.get('Diagnostic-Code', '')).rpartition(';')[2].strip()}".strip()
        found = OURS.search(_message_id(letter))
        notice = Notice.objects.select_related("person").filter(key__startswith=found[1]).first() if found else None
        if notice is None or (notice.person.email or "").lower() != address.lower():
            raise ValueError("The report is about no mail that we sent to that address.")
        notices.bounce(notice.key, error)
        addresses.came_back(notice.workspace_id, address, error)
        return address
    raise ValueError("The report names no address for which mail failed for good.")


def _message_id(letter: EmailMessage) -> str:
    """Of the mail that came back, which the report holds whole or as headers."""
    for part in letter.walk():
        held: Any = part.get_payload(decode=True) if part.get_content_type() == "text/rfc822-headers" else None
        if held is not None:
            return str(message_from_bytes(held).get("Message-ID", ""))
        inner: Any = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        if inner:
            return str(inner[0].get("Message-ID", ""))
    return ""
