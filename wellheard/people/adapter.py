"""Sign-in is allauth's; only who may have an account here is ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from wellheard.core import ratelimit


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves: an owner adds members, who come in by a one-time link."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Limits on signing in count callers as every other limit here does: by our own proxies only."""
        return ratelimit.address(request)

    def format_email_subject(self, subject: str) -> str:
        return f"{' '.join(subject.split())} (Wellheard)"
