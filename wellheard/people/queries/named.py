"""One person or account by what somebody calls them: number here, id of the team's, address or name."""

from __future__ import annotations

from wellheard.core import clean
from wellheard.people.models import Account, Person, Workspace

from . import known_as


def _whole(ref: str) -> int:
    bare = ref.removeprefix("#")
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 19 else 0


def person_named(workspace: Workspace, ref: str) -> Person:
    """By your id, e-mail address, the number here (12 or #12), or a name only one has. Raises ValueError."""
    said = clean.text(ref, 300, "The name")
    held = Person.objects.filter(workspace=workspace)
    found = None
    if said:
        found = held.filter(external_id=said).first() or held.filter(email__iexact=said).first()
        found = found or known_as.person_by(workspace, "id", said) or known_as.person_by(workspace, "email", said)
        found = found or held.filter(pk=_whole(said)).first()
        if found is None:
            same = list(held.filter(name__iexact=said)[:2])
            if len(same) > 1:
                raise ValueError(f"Several people are called {said!r}. Use an id or e-mail address.")
            found = same[0] if same else None
    if found is None:
        raise ValueError(f"There is no person {said!r}. Use an id, an e-mail address or the number of their page.")
    return found


def account_named(workspace: Workspace, ref: str) -> Account:
    """By your id, the number here (12 or #12), or a name only one has. Raises ValueError."""
    said = clean.text(ref, 300, "The name")
    held = Account.objects.filter(workspace=workspace)
    found = None
    if said:
        found = held.filter(external_id=said).first()
        if found is None:
            same = list(held.filter(name__iexact=said)[:2])
            if len(same) > 1:
                raise ValueError(f"Several accounts are called {said!r}. Use an id.")
            found = same[0] if same else None
        found = found or known_as.account_by(workspace, "id", said) or known_as.account_by(workspace, "name", said)
        found = found or held.filter(pk=_whole(said)).first()
    if found is None:
        raise ValueError(f"There is no account {said!r}. Use an id, a name or the number of its page.")
    return found
