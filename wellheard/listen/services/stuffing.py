"""Votes that may not be one person's each: noticed, shown to the team, and discounted only by a member."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from ..counting import recount_ideas
from ..models import Idea, Vote

# What speaks against a vote, in words the team reads.
DOUBTS = {
    "network": "several unconfirmed votes came from one network within a day",
    "burst": "very many unconfirmed votes came within an hour",
    "plus": "another voter has the same address but for a +word or dots",
    "disposable": "the address is of a throw-away mail service",
}
SAME_NETWORK = 3
BURST = 20
# Words that throw-away services carry in their names; whole domains are added by WELLHEARD_DISPOSABLE_DOMAINS.
_THROWAWAY = re.compile(
    r"(^|[.-])(temp|tmp|trash|throw-?away|disposable|fake|burner|spam|guerr?illa|discard|minute|10min\w*)"
    r"[\w-]*(mail|inbox|box|post)|(mail|inbox)(inator|drop|nesia|catch|sac|null)|^(yop|mohmal|getnada|nada)(mail)?\."
)


def network_key(workspace_id: int, network: str) -> str:
    """A digest of a network, keyed so that nobody can read the address back from the database."""
    if not network or network == "unknown":
        return ""
    key = f"{workspace_id}:{network}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), key, hashlib.sha256).hexdigest()[:16]


def plain_address(email: str) -> str:
    """An address without what one owner can vary: +words, and dots where the provider ignores them."""
    local, _, domain = email.lower().partition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def disposable(email: str) -> bool:
    domain = email.lower().partition("@")[2]
    listed = any(domain == d or domain.endswith(f".{d}") for d in settings.DISPOSABLE_DOMAINS)
    return listed or bool(_THROWAWAY.search(domain))


def note_doubts(idea: Idea, vote: Vote, person: Person) -> None:
    """Inside the vote's transaction, the idea locked: say on this vote, and on those it makes doubtful, why."""
    if vote.placed_by:
        return
    found = set()
    now = timezone.now()
    if person.email:
        if disposable(person.email):
            found.add("disposable")
        found |= _same_owner(idea, vote, person.email)
    elif vote.network:
        near = _unverified(idea).filter(network=vote.network, at__gte=now - timedelta(days=1))
        if near.count() >= SAME_NETWORK:
            found.add("network")
            _mark(near, "network")
    if not person.email:
        lately = _unverified(idea).filter(at__gte=now - timedelta(hours=1))
        if lately[BURST - 1 : BURST].exists():
            found.add("burst")
            _mark(lately, "burst")
    if found:
        vote.doubt = ",".join(sorted(found | set(filter(None, vote.doubt.split(",")))))
        vote.save(update_fields=["doubt"])


def _unverified(idea: Idea) -> QuerySet[Vote]:
    return Vote.objects.filter(idea=idea, person__email=None, placed_by="").order_by("pk")


def _same_owner(idea: Idea, vote: Vote, email: str) -> set[str]:
    """Only addresses of the same domain can be the same owner's; those are few on one idea."""
    plain, domain = plain_address(email), email.lower().partition("@")[2]
    ends = Q(person__email__iendswith=f"@{domain}")
    if domain in ("gmail.com", "googlemail.com"):
        ends = Q(person__email__iendswith="@gmail.com") | Q(person__email__iendswith="@googlemail.com")
    local = email.lower().partition("@")[0].partition("+")[0]
    near = Vote.objects.filter(ends, idea=idea, person__email__istartswith=local[:1]).exclude(pk=vote.pk)
    same = [v for v in near.select_related("person")[:5000] if plain_address(v.person.email or "") == plain]
    _mark(Vote.objects.filter(pk__in=[v.pk for v in same]), "plus")
    return {"plus"} if same else set()


def _mark(votes: QuerySet[Vote], why: str) -> None:
    for v in Vote.objects.filter(pk__in=list(votes.values_list("pk", flat=True))).exclude(doubt__contains=why):
        words = ",".join(sorted({why, *filter(None, v.doubt.split(","))}))
        Vote.objects.filter(pk=v.pk).update(doubt=words)


def discount(access: Access, idea: Idea, votes: list[Vote], on: bool = True) -> int:
    """Leave votes out of the counts, or take them in again. They stay, and so does who follows."""
    from .ideas import hold

    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "votes.discounted" if on else "votes.counted") as entry:
        hold(idea)
        rows = Vote.objects.filter(idea=idea, pk__in=[v.pk for v in votes], discounted=not on)
        changed = list(rows.values_list("pk", flat=True))
        if not changed:
            entry.nothing_changed()
            return 0
        rows.update(discounted=on)
        recount_ideas([idea.pk])
        entry.about(idea, votes=changed)
    return len(changed)
