"""People who come to the portal by themselves: nobody must sign up, and an address counts once it is confirmed."""

from __future__ import annotations

from django.core import signing
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.journal import Actor
from wellheard.people.models import Merge, Person, Workspace
from wellheard.people.queries import known_as

from .merges import merge_known_as_one

SALT = "portal-address"
CONFIRM_SECONDS = 3 * 86_400
CLAIMED = "unconfirmed_email"


def new_visitor(workspace: Workspace, name: str = "") -> Person:
    """Somebody we know nothing of but what they do here."""
    with journal.record(Actor(workspace.pk, "person", None, "visitor"), "person.visited") as entry:
        person = Person.objects.create(
            workspace=workspace, name=clean.text(name, 200, "The name"), traits={"came_by": "portal"}
        )
        entry.about(person)
    return person


def claim(person: Person, name: str, email: str) -> str | None:
    """Keep the name, and note the address as unconfirmed. Returns the token to mail to it, or None.

    A claimed address gives no right whatever: it is not looked up, and nothing of its owner is shown.
    """
    address = clean.email(email)
    with journal.record(Actor(person.workspace_id, "person", person.pk, str(person)), "person.claimed") as entry:
        if not person.name or person.email is None:  # the team's word for somebody they know stays
            person.name = clean.text(name, 200, "The name") or person.name
        if address and person.email is None:
            person.traits = {**person.traits, CLAIMED: address}
        person.save(update_fields=["name", "traits"])
        entry.about(person)
    if not address or person.email is not None:
        return None
    return signing.dumps([person.workspace_id, person.pk, address], salt=SALT)


def claimed(token: str) -> Person | None:
    """The visitor a confirmation belongs to, while it can still be used."""
    try:
        workspace, pk, address = signing.loads(token, salt=SALT, max_age=CONFIRM_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Person.objects.filter(workspace=workspace, pk=pk, email=None, **{f"traits__{CLAIMED}": address}).first()


def confirm(token: str) -> Person | None:
    """The address is theirs. If we know somebody with it, what the visitor did becomes that person's.

    Of two who use the token at once, one gets the person: the visitor's row is locked and looked at again.
    """
    visitor = claimed(token)
    if visitor is None:
        return None
    actor = Actor(visitor.workspace_id, "person", visitor.pk, str(visitor))
    with journal.record(actor, "person.confirmed") as entry:
        Person.objects.select_for_update().filter(pk=visitor.pk).first()
        visitor = claimed(token)
        if visitor is None:
            entry.nothing_changed()
            return None
        address = visitor.traits[CLAIMED]
        same = Person.objects.select_for_update().filter(workspace=visitor.workspace_id, email__iexact=address)
        known = same.first() or known_as.person_by(visitor.workspace_id, "email", address, by_hand=True)
        traits = {k: v for k, v in visitor.traits.items() if k != CLAIMED}
        if known is None:
            visitor.email, visitor.traits = address, {**traits, "confirmed": timezone.now().isoformat()}
            visitor.save(update_fields=["email", "traits"])
            entry.about(visitor)
            return visitor
        Person.objects.filter(pk=visitor.pk).update(traits=traits)
        merge_known_as_one(actor, known, visitor, Merge.Origin.ADDRESS)
        known.traits = {**known.traits, "confirmed": timezone.now().isoformat()}
        known.save(update_fields=["traits"])
        entry.about(known, visitor=visitor.pk)
    return known


def arrive(workspace: Workspace, email: str, visitor: Person | None, name: str = "") -> Person:
    """Somebody has shown that an address is theirs: the person with it, who takes over what the visitor did.

    A visitor who is already somebody with another address stays that somebody; the address gets a person of its own.
    """
    held = Person.objects.filter(workspace=workspace, email__iexact=email).first()
    if visitor is not None and visitor.email is not None:
        visitor = None
    if visitor is None and held is not None:
        with journal.record(Actor(workspace.pk, "person", held.pk, str(held)), "person.confirmed") as entry:
            found = Person.objects.select_for_update().get(pk=held.pk)
            found.traits = {**found.traits, "confirmed": timezone.now().isoformat()}
            found.name = found.name or name
            found.save(update_fields=["name", "traits"])
            entry.about(found)
        return found
    token = claim(visitor or new_visitor(workspace), name, email)
    done = confirm(token) if token else None
    if done is None:
        raise ValueError("Somebody used this address just now. Try again.")
    return done
