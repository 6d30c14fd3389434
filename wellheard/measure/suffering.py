"""Silent sufferers: people who do what goes with a problem and never spoke of it, told when something is shipped for it.

They are told as news, so whoever wants none gets none, and apart from those who asked: nobody says to them that they said
something, and the outcome counts them on their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role
from wellheard.tell.models import DeadAddress, Letter, Notice, OptOut, Purpose, Release
from wellheard.tell.services import letters

from .behaviour import matches
from .celebrating.words import fill

FIELDS = ("name", "thing", "product")
SUBJECT = "New in {product}: {thing}"
WORDS = (
    "Hello {name},\n\nsome people told us what was hard for them in {product}, and we changed it: {thing}.\n\nFrom what you do with "
    "{product} it may concern you too, so we wanted you to know. If it does not help, or something else is in your way, just answer this mail."
)


@dataclass(frozen=True, slots=True)
class Silent:
    """Whom a release may concern who never asked. `people` could be told now; the others want no news, have no address, or
    were told. `cannot` says which patterns could not be looked up."""

    people: list[Person] = field(default_factory=list)
    told: int = 0
    no_news: int = 0
    no_address: int = 0
    patterns: int = 0
    cannot: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.people) + self.told + self.no_news + self.no_address


def key_of(release: Release) -> str:
    return f"release-{release.pk}"


def silent(release: Release) -> Silent:
    """Those whom a pattern of the release's problems holds now, without those who spoke of them or are told anyway."""
    holds: set[int] = set()
    spoke: set[int] = set()
    patterns, cannot = 0, []
    for bet in release.bets.prefetch_related("problems__workspace"):
        for problem in bet.problems.all():
            for found in matches(problem):
                patterns += 1
                holds |= found.silent
                spoke |= found.spoke
                if found.cannot:
                    cannot.append(f"{found.pattern.name}: {found.cannot}")
    holds -= spoke | set(Notice.objects.filter(release=release).values_list("person", flat=True))
    told = set(
        Letter.objects.filter(key=key_of(release), workspace=release.workspace_id).values_list("person", flat=True)
    )
    out = set(
        OptOut.objects.filter(person__workspace=release.workspace_id, purpose=Purpose.NEWS).values_list(
            "person", flat=True
        )
    )
    dead = {
        a.lower() for a in DeadAddress.objects.filter(workspace=release.workspace_id).values_list("address", flat=True)
    }
    rows = Person.objects.filter(workspace=release.workspace_id, pk__in=holds - told).order_by("pk")
    reach, no_news, no_address = [], 0, 0
    for person in rows:
        if person.pk in out:
            no_news += 1
        elif not person.email or person.email.lower() in dead:
            no_address += 1
        else:
            reach.append(person)
    return Silent(reach, len(told), no_news, no_address, patterns, cannot)


def tell_silent(access: Access, release: Release, subject: str = SUBJECT, words: str = WORDS) -> int:
    """Write to all of them, each once, as news within their budget; returns to how many. Raises ValueError."""
    access.need(Role.EDITOR)
    if release.published_at is None:
        raise ValueError("Publish it first: nobody is told of what is not there.")
    found = silent(release)
    with journal.record(access.actor, "release.told_silent") as entry:
        written = []
        for person in found.people:
            values = {"name": person.name or "there", "thing": release.title, "product": access.workspace.name}
            written.append((person, fill(subject, values), fill(words, values)))
        count = letters.write_many_within(access, written, Purpose.NEWS, key_of(release))
        entry.about(release, people=count)
        if not count:
            entry.nothing_changed()
    return count
