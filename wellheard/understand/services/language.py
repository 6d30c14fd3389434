"""Taking over what the language audit suggests, or leaving a text as it is with a reason."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..language import Finding, check
from ..language.places import Place, one
from ..models import Waiver
from ..queries.language import digest


class Gone(ValueError):
    """The text was changed meanwhile, so the finding is not there any more."""


def _there(access: Access, key: str, start: int, words: str) -> tuple[Place, Finding]:
    place = one(access.workspace, key)
    if place is None:
        raise Gone("That text is not there any more.")
    for finding in check(place.text):
        if finding.start == start and finding.words == words:
            return place, finding
    raise Gone("The text was changed meanwhile: look at it again.")


def accept(access: Access, key: str, start: int, words: str, instead: str | None = None) -> str:
    """Put the suggestion, or `instead`, where the words stand; the text's own service writes it and its journal entry.
    Returns the sentence as it reads now. Raises ValueError when the text was said already or nothing is to be put there."""
    access.need(Role.EDITOR)
    place, finding = _there(access, key, start, words)
    if place.change is None:
        raise ValueError("This was said already and stands as it is; a better one is a new answer.")
    said = clean.text(finding.instead if instead is None else instead, 400, "The words")
    if not said:
        raise ValueError("Write what should stand there, or change the text on its page.")
    text = finding.fixed(place.text, said)
    place.change(access, text)
    moved = len(said) - (finding.end - finding.start)
    return text[finding.at : finding.until + moved]


def waive(access: Access, key: str, start: int, words: str, reason: str) -> Waiver:
    """Leave it as it is. Remembered until the sentence changes."""
    access.need(Role.CONTRIBUTOR)
    why = clean.text(reason, 400, "The reason")
    if not why:
        raise ValueError("Say why it stays as it is.")
    place, finding = _there(access, key, start, words)
    with journal.record(access.actor, "language.waived", why) as entry:
        made, _ = Waiver.objects.update_or_create(
            workspace=access.workspace, place=place.key, rule=finding.rule, words=finding.words[:200], digest=digest(finding),
            defaults={"reason": why, "by": access.actor.name},
        )  # fmt: skip
        entry.about(made, place=place.key, words=finding.words[:200])
    return made


def unwaive(access: Access, waiver: Waiver) -> None:
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "language.waiver_taken_back") as entry:
        entry.about(waiver, place=waiver.place, words=waiver.words)
        Waiver.objects.filter(pk=waiver.pk).delete()
