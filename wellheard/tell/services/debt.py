"""Working reply debt down: one text to many, with each one's name; and the targets it is held against."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from wellheard.core import clean, journal
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from ..channels.mail import language_of
from ..models import OptOut, Purpose, Reply, Targets
from .limits import whole

MOST, MOST_PEOPLE = 8000, 500
PLACES = ("hello", "name", "said")
PLACE = re.compile(r"\{([a-z_]*)\}")
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person will read; `by_mail` says whether it also goes to their mailbox."""

    voice: Voice
    person: Person
    text: str
    by_mail: bool


def fill(text: str, person: Person, voice: Voice) -> str:
    """{hello}, {name} and {said} for this person; what is filled in is not looked at again. Without a name the text
    closes up around the gap."""
    name = " ".join(person.name.split())
    with translation.override(language_of(person)):
        hello = (_("Hello %(name)s,") % {"name": name}) if name else _("Hello,")
    said = " ".join(voice.text.split())
    held = {"hello": hello, "name": name, "said": said[:157].rstrip() + "…" if len(said) > 160 else said}
    if not name:
        text = re.sub(r"[ \t]*\{name\}", "", text)
    return PLACE.sub(lambda m: held.get(m[1], m[0]), text).strip()


def _checked(text: str) -> str:
    words = clean.text(text.replace("\r\n", "\n"), MOST, "The answer")
    if not words:
        raise ValueError("Write what you answer.")
    for place in PLACE.findall(words):
        if place not in PLACES:
            raise ValueError(f"{{{place}}} cannot be filled in. There are {', '.join('{' + p + '}' for p in PLACES)}.")
    return words


def letters(access: Access, voices: Collection[int], text: str) -> list[Letter]:
    """What each of them will read, in the order of the voices; one letter a person, about the newest voice chosen.
    Raises ValueError when nobody is chosen, or nothing is said."""
    access.need(Role.CONTRIBUTOR)
    words = _checked(text)
    if len(voices) > MOST_PEOPLE:
        raise ValueError(f"Choose {MOST_PEOPLE} people at most at a time.")
    rows = Voice.objects.filter(workspace=access.workspace, pk__in=voices, author__isnull=False)
    newest: dict[int, Voice] = {}
    for voice in rows.select_related("author").order_by("said_at", "pk"):
        assert voice.author_id is not None
        newest[voice.author_id] = voice
    if not newest:
        raise ValueError("Tick at least one person to answer.")
    out = set(OptOut.objects.filter(person__in=newest, purpose=Purpose.ANSWERS).values_list("person", flat=True))
    found = []
    for voice in sorted(newest.values(), key=lambda v: (v.said_at, v.pk)):
        person = voice.author
        assert person is not None
        found.append(Letter(voice, person, fill(words, person, voice), bool(person.email) and person.pk not in out))
    return found


def answer_many(access: Access, voices: Collection[int], text: str) -> int:
    """Answer each of them in words of their own; all or nothing. A second press of the button answers nobody twice.
    They go by mail within each one's budget. Returns how many were answered."""
    chosen = letters(access, voices, text)
    with journal.record(access.actor, "voices.answered") as entry:
        just = set(
            Reply.objects.filter(
                workspace=access.workspace, voice__in=[x.voice.pk for x in chosen], at__gt=timezone.now() - AGAIN
            ).values_list("voice", "text")
        )
        fresh = [x for x in chosen if (x.voice.pk, x.text) not in just]
        if not fresh:
            entry.nothing_changed()
            return 0
        _write(access, fresh)
        entry.about(access.workspace, answered=[x.voice.pk for x in fresh], voices=[x.voice.pk for x in fresh])
    return len(fresh)


def _write(access: Access, fresh: Sequence[Letter]) -> None:
    Reply.objects.bulk_create(
        [
            Reply(
                workspace=access.workspace, voice=x.voice, person=x.person, text=x.text, by=access.actor.name, member=access.member,
                mail=Reply.Mail.OWED if x.by_mail else Reply.Mail.NONE, bulk=len(fresh) > 1,
            )
            for x in fresh
        ]
    )  # fmt: skip


def set_targets(access: Access, first_hours: object, close_days: object) -> Targets:
    """Raises ValueError naming what is no number."""
    access.need(Role.EDITOR)
    hours = whole(first_hours, "Hours to the first reply", 1, 9999)
    days = whole(close_days, "Days until it is closed", 1, 9999)
    with journal.record(access.actor, "targets.set") as entry:
        held, _made = Targets.objects.get_or_create(workspace=access.workspace)
        before = [held.first_hours, held.close_days]
        held.first_hours, held.close_days = hours, days
        held.save()
        if not _made and before == [hours, days]:
            entry.nothing_changed()
            return held
        entry.about(held, before=before, after=[hours, days])
    return held
