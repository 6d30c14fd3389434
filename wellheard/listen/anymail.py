"""Letters through a mail provider's inbound webhook, checked by django-anymail with the provider's own signature."""

from __future__ import annotations

import logging
from typing import Any

from anymail.signals import inbound
from django.dispatch import receiver

from .services import mail

log = logging.getLogger(__name__)


@receiver(inbound)
def take(event: Any, **kwargs: Any) -> None:
    """Keep the letter; one for nobody or none at all is left, for a provider would send it again for days."""
    letter = event.message
    named = [letter.envelope_recipient or "", *(str(a.addr_spec) for a in [*letter.to, *letter.cc])]
    try:
        mail.receive(letter.as_bytes(), [n for n in named if n])
    except ValueError as e:
        log.warning("a letter of %s was not taken: %s", kwargs.get("esp_name", "a provider"), e)
