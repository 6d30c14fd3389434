"""Addresses as others must type them: with the machine's public name."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def absolute(name: str, *args: object) -> str:
    return f"{str(settings.PUBLIC_URL).rstrip('/')}{reverse(name, args=args)}"
