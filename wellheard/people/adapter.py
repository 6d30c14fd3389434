"""Sign-in is allauth's; only who may have an account here is ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves: an owner adds members, who come in by a one-time link."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
