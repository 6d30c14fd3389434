"""What a message says: a text with places in braces, filled for one person in their language.

A text is paragraphs with empty lines between them. {hello} {said} {thing} {reason} {name} {workspace} are filled in;
nothing else is looked up, so a text can reach nothing of ours. A paragraph in which a place has nothing to show is left
out. "# " makes a paragraph a heading. Everything filled in stays text, but {reason}, which is our own Markdown.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from wellheard.core.markdown import to_html, to_text

LANGUAGES = ("en", "de", "fr", "es", "ar")
RELEASE, YES, NOT_NOW, NO = "release", "yes", "not_now", "no"
KINDS = {RELEASE: "Something was shipped", YES: "Yes, we will", NOT_NOW: "Not now", NO: "We decided not to"}
PLACES = {
    "hello": "Hello and their name, or Hello alone",
    "said": "Their own words, and when they said them",
    "thing": "What was shipped or decided on",
    "reason": "The text of the release, or the reason for those who asked",
    "name": "Their name",
    "workspace": "Your product's name",
}
DEFAULTS = {
    RELEASE: (
        gettext_noop("You said, we did: {thing}"),
        gettext_noop("{hello}\n\n{said}\n\nWe listened. This is what we did:\n\n# {thing}\n\n{reason}"),
    ),
    YES: (
        gettext_noop("Yes, we will: {thing}"),
        gettext_noop(
            "{hello}\n\n{said}\n\nThe answer is yes, we will work on it:\n\n# {thing}\n\n{reason}\n\nYou will hear from us when it is there."
        ),
    ),
    NOT_NOW: (
        gettext_noop("Not now: {thing}"),
        gettext_noop(
            "{hello}\n\n{said}\n\nThank you for telling us. We looked at it, and the answer is: not now.\n\n# {thing}\n\n{reason}\n\nYour words stay with us and count when we look at it again."
        ),
    ),
    NO: (
        gettext_noop("What we decided: {thing}"),
        gettext_noop(
            "{hello}\n\n{said}\n\nThank you for telling us. We decided not to build this, and you should hear from us why:\n\n# {thing}\n\n{reason}\n\nIf we missed something that matters to you, please tell us."
        ),
    ),
}
PLACE = re.compile(r"\{([a-z_]*)\}")


@dataclass(frozen=True, slots=True)
class Values:
    """What the places hold. `said` are the person's own words, `followed` somebody else's that they follow."""

    name: str
    workspace: str
    thing: str
    reason: str = ""
    said: str = ""
    followed: str = ""
    said_at: datetime | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph: `kind` is text, head, quote or rich (Markdown of ours)."""

    kind: str
    text: str

    @property
    def html(self) -> str:
        return to_html(self.text)

    @property
    def plain(self) -> str:
        """As a plain mail shows it: quoted words with the sign that mail programs know."""
        if self.kind != "quote":
            return to_text(self.text) if self.kind == "rich" else self.text
        lines = [part for line in self.text.splitlines() for part in textwrap.wrap(line, 68) or [""]]
        return "\n".join(f"> {line}".rstrip() for line in lines)


@dataclass(frozen=True, slots=True)
class Written:
    language: str
    subject: str
    blocks: list[Block]
    followed: bool

    @property
    def direction(self) -> str:
        return "rtl" if translation.get_language_info(self.language)["bidi"] else "ltr"


def spoken(language: str) -> str:
    """The code of ours for a language ("de-AT" is German), or nothing when we do not speak it."""
    code = language.lower().replace("_", "-").split("-")[0]
    return code if code in LANGUAGES else ""


def check(subject: str, body: str) -> None:
    """Raises ValueError naming a place that does not exist."""
    for text in (subject, body):
        for place in PLACE.findall(text):
            if place not in PLACES:
                raise ValueError(
                    f"{{{place}}} is not a place that can be filled in. There are {', '.join('{' + p + '}' for p in PLACES)}."
                )
    for text in (subject, body):
        if "{" in (rest := PLACE.sub("", text)) or "}" in rest:
            raise ValueError("A brace { or } stands without a place in it. Write no other braces than those of places.")
    if "{said}" in subject or "{reason}" in subject:
        raise ValueError("{said} and {reason} are too long for a subject.")


def built_in(kind: str, language: str) -> tuple[str, str]:
    """Subject and body as they come with us."""
    with translation.override(language):
        subject, body = DEFAULTS[kind]
        return _(subject), _(body)


def write(subject: str, body: str, values: Values, language: str) -> Written:
    """The message in this language; never fails on what it is filled with."""
    with translation.override(language):
        name = " ".join(values.name.split())
        held = {
            "hello": (_("Hello %(name)s,") % {"name": name}) if name else _("Hello,"),
            "name": name,
            "thing": " ".join(values.thing.split()),
            "workspace": values.workspace,
        }
        blocks: list[Block] = []
        for paragraph in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
            blocks += _paragraph(paragraph.strip(), values, held)
        head = " ".join(_fill(subject, held).split())
    return Written(language, head, blocks, bool(values.followed and not values.said))


def _paragraph(text: str, values: Values, held: dict[str, str]) -> list[Block]:
    blocks: list[Block] = []
    # {said} and {reason} are paragraphs of their own, wherever they stand in one.
    for part in re.split(r"(\{said\}|\{reason\})", text):
        if part == "{said}":
            blocks += _said(values)
        elif part == "{reason}":
            blocks += [Block("rich", values.reason)] if values.reason.strip() else []
        elif part.strip() and all(held.get(p, "") for p in PLACE.findall(part)):
            head = part.strip().startswith("# ")
            filled = _fill(part.strip().removeprefix("# "), held)
            blocks.append(Block("head" if head else "text", filled))
    return blocks


def _said(values: Values) -> list[Block]:
    if values.said:
        zone = ZoneInfo(values.zone)
        day = formats.date_format(values.said_at.astimezone(zone), "DATE_FORMAT") if values.said_at else ""
        intro = _("you told us on %(day)s:") % {"day": day} if day else _("you told us:")
        return [Block("text", intro), Block("quote", values.said)]
    if values.followed:
        return [Block("text", _("you follow what somebody asked for:")), Block("quote", values.followed)]
    return []


def _fill(text: str, held: dict[str, str]) -> str:
    """One pass, so what is filled in is not looked at for places again."""
    return PLACE.sub(lambda m: held.get(m[1], ""), text)
