"""Forms of signing in that are stricter than allauth's."""

from allauth.account.forms import AddEmailForm
from django.core.exceptions import ValidationError


class NoNewAddress(AddEmailForm):
    """Nobody adds an address to their own account: another member's would draw that member's codes into it."""

    def clean_email(self) -> str:
        raise ValidationError("An owner of your workspace sets the address you sign in with.")
