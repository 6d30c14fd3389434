"""Which texts messages are made of, and how one would read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from wellheard.people.models import Workspace

from .. import wording
from ..models import Wording
from ..wording import Values, Written

# Each language by its own name.
NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ar": "العربية"}


@dataclass(frozen=True, slots=True)
class Text:
    """One kind in one language: the team's own text, or (`own` is None) the one that comes with us."""

    kind: str
    language: str
    subject: str
    body: str
    own: Wording | None

    @property
    def label(self) -> str:
        return wording.KINDS[self.kind]

    @property
    def name(self) -> str:
        return NAMES[self.language]

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"


def text_for(workspace: int, kind: str, language: str) -> Text:
    """Raises ValueError for a kind or language that does not exist."""
    if kind not in wording.KINDS:
        raise ValueError(f"{kind[:20]!r} is no kind of message. There are {', '.join(wording.KINDS)}.")
    if language not in wording.LANGUAGES:
        raise ValueError(f"{language[:20]!r} is no language that we speak. There are {', '.join(wording.LANGUAGES)}.")
    own = Wording.objects.filter(workspace=workspace, kind=kind, language=language).first()
    subject, body = (own.subject, own.body) if own else wording.built_in(kind, language)
    return Text(kind, language, subject, body, own)


def texts(workspace: Workspace) -> list[tuple[str, str, Sequence[Text]]]:
    """(kind, what it is, its text in each language)."""
    return [
        (kind, label, [text_for(workspace.pk, kind, language) for language in wording.LANGUAGES])
        for kind, label in wording.KINDS.items()
    ]


def sample(workspace: Workspace, kind: str, language: str, subject: str, body: str) -> Written:
    """How it reads for somebody made up. Nothing of anybody real is shown."""
    thing = "Exports open in your ERP" if kind == wording.RELEASE else "Exports for our ERP"
    reason = {
        wording.RELEASE: "Each export now has **one line per item**, as your ERP expects it.",
        wording.YES: "So many of you work around it by hand that it comes next.",
        wording.NOT_NOW: "This quarter we make the reports you have reliable first.",
        wording.NO: "It would make every report slower for everybody.",
    }[kind]
    return wording.write(
        subject,
        body,
        Values(
            name="Ann Example", workspace=workspace.name, thing=thing, reason=reason, said_at=timezone.now(), zone=workspace.time_zone,
            said="I copy the numbers into our ERP by hand every month.\nIt takes a whole day.",
        ),
        language,
    )  # fmt: skip
