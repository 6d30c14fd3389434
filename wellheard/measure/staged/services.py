"""Drawing the half that goes first, opening it to everybody, and leaving out who does not want to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Person, Relation, Role, Segment
from wellheard.people.queries.money import today
from wellheard.people.segments import registry
from wellheard.people.services.segments import make_of
from wellheard.tell.channels.mail import language_of
from wellheard.tell.models import DeadAddress, Release
from wellheard.tell.queries.notices import unreachable, whom
from wellheard.tell.services.releases import draft_release

from ..models import Drawn, Staging
from ..weeks import monday
from .drawing import LEAST_DRAWN, LEAST_UNITS, enough, halves, units_of
from .letting_in import claim
from .weeks import opens_on

MOST_WEEKS, MOST_LANGUAGES = 26, 3


@dataclass(frozen=True, slots=True)
class Offer:
    """What the first half is told and how the draw is made. `weeks` None: the bet's own. `flag`: the key of the flag that
    lets them in, made if there is none; empty where the product does that by the segment."""

    title: str
    body: str = ""
    unit: str = Staging.Unit.ACCOUNT
    weeks: int | None = None
    flag: str = ""


def eligible(bet: Bet) -> list[int]:
    """Keys of those who asked and can be told: nobody takes part without their knowledge."""
    asked = list(whom([bet]))
    out, silent = unreachable(asked)
    dead = {a.lower() for a in DeadAddress.objects.filter(workspace=bet.workspace_id).values_list("address", flat=True)}
    left = [pk for pk in asked if pk not in out and pk not in silent]
    if not dead:
        return sorted(left)
    emails = dict(Person.objects.filter(pk__in=left).values_list("pk", "email"))
    return sorted(pk for pk in left if (emails.get(pk) or "").lower() not in dead)


def grouped(people: list[int], unit: str) -> dict[int, int]:
    """Person → what is drawn with them."""
    if unit == Staging.Unit.PERSON:
        return {pk: pk for pk in people}
    accounts: dict[int, list[int]] = {pk: [] for pk in people}
    for person, account in Relation.objects.filter(person__in=people).values_list("person", "account"):
        accounts[person].append(account)
    return units_of(accounts)


TEXTS = {
    Staging.Unit.PERSON: gettext_noop(
        "**You are among the first.** We give this to half of those who asked for it, drawn by lot among people, so that we learn whether it "
        "really helps. The others get it from %(day)s on. Until then we compare how often the two halves use what it is about: two numbers, "
        "nobody by name. If you would rather not be counted, just answer this mail."
    ),
    Staging.Unit.ACCOUNT: gettext_noop(
        "**You are among the first.** We give this to half of those who asked for it, drawn by lot among accounts, so that we learn whether it "
        "really helps. The others get it from %(day)s on. Until then we compare how often the two halves use what it is about: two numbers, "
        "nobody by name. If you would rather not be counted, just answer this mail."
    ),
}


def languages_of(people: Iterable[Person]) -> list[str]:
    """Those that a tenth of them or more are written to in, the commonest first: all of them have to understand that a lot was drawn."""
    spoken = Counter(language_of(person) for person in people)
    return [code for code, n in spoken.most_common(MOST_LANGUAGES) if n >= spoken.total() / 10] or ["en"]


def first_words(bet: Bet, unit: str, weeks: int, languages: Sequence[str] = ("en",)) -> str:
    """What the first half reads of the draw, once in each language; a member may change it, not leave it out unknowingly."""
    latest = monday(today(bet.workspace)) + timedelta(weeks=weeks + 1)
    told = []
    for code in languages:
        with translation.override(code):
            told.append(gettext(TEXTS[Staging.Unit(unit)]) % {"day": date_format(latest, "j F Y")})
    return "\n\n".join(told)


def draw(access: Access, bet: Bet, offer: Offer) -> Staging:
    """Draw the half that goes first, keep it as a segment, and draft the release that tells them. Nobody is told before
    that release is published. Raises ValueError."""
    access.need(Role.EDITOR)
    weeks = bet.window_weeks if offer.weeks is None else offer.weeks
    if offer.unit not in Staging.Unit.values:
        raise ValueError("Draw each person, or whole accounts.")
    if not 2 <= weeks <= MOST_WEEKS:
        raise ValueError(f"Compare them over 2 to {MOST_WEEKS} weeks.")
    title = clean.text(offer.title, 140, "The title")
    if not title:
        raise ValueError("Give the release a title: what those who asked will read.")
    with journal.record(access.actor, "staging.drawn") as entry:
        held = Bet.objects.select_for_update().get(pk=bet.pk)
        if Staging.objects.filter(bet=held).exists():
            raise ValueError("For this bet the lot was drawn already.")
        if held.state != Bet.State.STARTED:
            raise ValueError(
                "Start work on the bet first: what is expected must be locked before the lot is drawn."
                if held.state == Bet.State.DRAFT
                else f"The bet is {held.get_state_display().lower()}: there is nothing left to hold back."
            )
        units = grouped(eligible(held), offer.unit)
        count = len(set(units.values()))
        if not enough(len(units), count):
            those = f"{len(units)} people" + (f" in {count} accounts" if offer.unit == Staging.Unit.ACCOUNT else "")
            need = f"{LEAST_DRAWN} people" + (
                f" in {LEAST_UNITS} accounts" if offer.unit == Staging.Unit.ACCOUNT else ""
            )
            raise ValueError(
                f"Only {those} asked and can be told; a verdict on two halves needs {need}. Release it to everybody."
            )
        key = clean.text(offer.flag, 200, "The flag")
        if key:
            claim(access, key, title)
        made = Staging(
            workspace=held.workspace, bet=held, unit=offer.unit, weeks=weeks, flag=key, drawn_by=access.actor.name
        )
        lucky = halves(units.values(), made.seed)
        first = [person for person, unit in units.items() if unit in lucky]
        made.segment = make_of(access, _free_name(access, held), "people", first, f"drawn by lot for “{held}”")
        languages = languages_of(Person.objects.filter(pk__in=first))
        body = "\n\n".join(x for x in (offer.body.strip(), first_words(held, offer.unit, weeks, languages)) if x)
        made.first = draft_release(access, title, body, [held], audience=made.segment)
        made.save()
        Drawn.objects.bulk_create(
            [
                Drawn(workspace=made.workspace, staging=made, person_id=p, unit=u, first=u in lucky)
                for p, u in units.items()
            ],
            batch_size=1000,
        )
        entry.about(made, bet=held.pk, unit=made.unit, people=len(units), units=count, first=len(first), seed=made.seed)
    return made


def _free_name(access: Access, bet: Bet) -> str:
    name = f"First half: {bet}"[:76]
    taken = set(
        Segment.objects.filter(workspace=access.workspace, name__startswith=name).values_list("name", flat=True)
    )
    return name if name not in taken else next(n for i in range(2, 10_000) if (n := f"{name} {i}") not in taken)


def prepare_opening(access: Access, staging: Staging, title: str = "", body: str = "", reason: str = "") -> Release:
    """Draft the release for everybody; those who waited are told when it is published. Before the weeks are over it needs a
    reason, for it cuts the comparison short. Raises ValueError."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "staging.opened", reason.strip()) as entry:
        held = (
            Staging.objects.select_for_update(of=("self",)).select_related("first", "opening", "bet").get(pk=staging.pk)
        )
        if held.state == "drawn":
            raise ValueError("Nobody has it yet: publish the release to the first half, or call the draw off.")
        if held.opening is not None:
            raise ValueError("The release for everybody is there already.")
        due = opens_on(held)
        if today(held.workspace) < due and not reason.strip():
            raise ValueError(f"The halves are compared until {due:%-d %B %Y}. Say why everybody gets it earlier.")
        held.opening = draft_release(access, title or held.first.title, body, [held.bet])
        held.reason = clean.text(reason, 2000, "The reason")
        held.save(update_fields=["opening", "reason"])
        entry.about(held, bet=held.bet_id, release=held.opening.pk)
    staging.opening, staging.reason = held.opening, held.reason
    return held.opening


def call_off(access: Access, staging: Staging) -> None:
    """Before anybody was told: the draw, its segment and its draft go, as if they had not been."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "staging.called_off") as entry:
        held = (
            Staging.objects.select_for_update(of=("self",)).select_related("first", "segment", "bet").get(pk=staging.pk)
        )
        if held.state != "drawn":
            raise ValueError("The first half has been told; it can be opened to everybody, not called off.")
        entry.about(held, bet=held.bet_id)
        first, segment = held.first, held.segment
        held.delete()
        first.delete()
        segment.delete()


def leave_out(access: Access, drawn: Drawn) -> None:
    """They do not want to be compared: they keep what they have and are counted nowhere. Twice changes nothing."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "staging.left_out") as entry:
        entry.about(drawn.staging, person=drawn.person_id)
        if drawn.left_out_at is not None:
            entry.nothing_changed()
            return
        drawn.left_out_at = timezone.now()
        drawn.save(update_fields=["left_out_at"])


@registry.used_by
def draws_of(segment: Segment) -> list[str]:
    """The first half of a draw is what its verdict rests on: it cannot be deleted."""
    return [f"draw for “{s.bet}”" for s in Staging.objects.select_related("bet").filter(segment=segment)]


__all__ = [
    "Offer",
    "call_off",
    "draw",
    "eligible",
    "first_words",
    "grouped",
    "leave_out",
    "opens_on",
    "prepare_opening",
]
