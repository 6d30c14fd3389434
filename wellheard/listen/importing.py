"""Rows of a file of voices, a batch at a time, inside the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of
from wellheard.people.importing import Fields, Finder, Result, given
from wellheard.people.models import Account, Relation, Revenue, Workspace

from .importing_ideas import keys_of, make_ideas, named_of, voters_of
from .models import Channel, Import, Kind, Sentiment, Voice

VOICE_FIELDS = (
    "id",
    "text",
    "author",
    "email",
    "account",
    "created_at",
    "channel",
    "kind",
    "sentiment",
    "relayed_by",
    "language",
    "name",
    "title",
    "url",
    "thread",
    "status",
    "voters",
)
TEXT_LIMIT = 50_000


class Then(NamedTuple):
    """An account's state and recurring cents at some past moment."""

    state: str
    cents: int | None


class Past:
    """What accounts were when somebody spoke, from their revenue history."""

    def __init__(self, workspace: Workspace, accounts: Sequence[Account]) -> None:
        self.zone = ZoneInfo(workspace.time_zone)
        self.rows: dict[int, list[Revenue]] = {}
        for r in Revenue.objects.filter(account__in=[a.pk for a in accounts], once=False, base_cents__isnull=False):
            self.rows.setdefault(r.account_id, []).append(r)

    def at(self, account: Account | None, moment: datetime) -> Then:
        """Paying then is active; paid before but not then is churned; paid only later was a trial; else what is
        known of it now."""
        if account is None:
            return Then("", None)
        rows = self.rows.get(account.pk, [])
        if not rows:
            return Then(account.state, None)
        on: date = moment.astimezone(self.zone).date()
        cents = sum(r.base_cents or 0 for r in rows if r.since <= on and (r.until is None or r.until > on))
        if cents:
            return Then("active", cents)
        return Then("churned" if any(r.until and r.until <= on for r in rows) else "trial", 0)


def _choice(f: Fields, field: str, choices: Sequence[str], default: str, traits: dict[str, Any]) -> str:
    """One of the choices; a word that is none of them is kept as a trait."""
    word = given(f.get(field))
    if word.lower() in choices:
        return word.lower()
    if word:
        traits.setdefault(field, word)
    return default


class Said(NamedTuple):
    """A row of voices, read and checked."""

    voice: Voice
    outer: str | None
    email: str | None
    name: str
    account: str


def words_of(f: Fields) -> str:
    """What was said: the title above the text, unless the text's first line is the title, or the title its beginning."""
    title, text = clean.text(f.get("title"), 1000, "The title"), clean.text(f.get("text"), TEXT_LIMIT, "The text")
    cut = title.rstrip("….") if title.endswith(("…", "...")) else ""
    if not title or text.split("\n")[0].strip() == title or (cut and text.startswith(cut)):
        return text
    return f"{title}\n\n{text}"[:TEXT_LIMIT] if text else title


def _said(workspace: Workspace, source: str, f: Fields, now: datetime) -> Said:
    text = words_of(f)
    if not text:
        raise ValueError("The row has no text: nothing was said.")
    email = clean.email(f.get("email"))
    outer = clean.text(f.get("author"), 255, "The author") or None
    if outer and email is None and "@" in outer:
        with suppress(ValueError):  # a handle such as @ann is an id like any other
            email, outer = clean.email(outer), None
    when = f.get("created_at")
    at = clean.moment(when, workspace.time_zone, "created_at", now) if given(when) else now
    traits = clean.traits(f.get("traits"))
    language = given(f.get("language"))
    if len(language) > 12:
        traits.setdefault("language", language)
        language = ""
    url = given(f.get("url"))
    if url and not (url.startswith(("https://", "http://")) and len(url) <= 500):
        traits.setdefault("url", url[:2000])
        url = ""
    voice = Voice(
        workspace=workspace,
        text=text,
        url=url,
        thread=given(f.get("thread"))[:255],
        kind=_choice(f, "kind", Kind.values, "", traits),
        sentiment=_choice(f, "sentiment", Sentiment.values, "", traits),
        channel=_choice(f, "channel", Channel.values, Channel.OTHER, traits),
        relayed_by=given(f.get("relayed_by"))[:120],
        said_at=at,
        language=language,
        traits=traits,
        source=source,
        source_id=clean.text(f["id"], 255, "The id"),
    )
    name = given(f.get("name"))[:200]
    return Said(voice, outer, email, name, clean.text(f.get("account"), 200, "The account"))


def _belong(voices: Sequence[Voice]) -> None:
    """Whoever belongs to exactly one account speaks from it when the row names none."""
    alone = [v for v in voices if v.author is not None and v.account is None]
    accounts: dict[int, list[Account]] = {}
    for r in Relation.objects.filter(person__in={v.author_id for v in alone}).select_related("account"):
        accounts.setdefault(r.person_id, []).append(r.account)
    for v in alone:
        held = accounts.get(v.author_id or 0, [])
        if len(held) == 1:
            v.account = held[0]


@dataclass(frozen=True, slots=True)
class Manner:
    """How voices of one source are taken in. `lasting`: its ids are kept there for good, so other words under a held
    id are an edit. `publish`: ideas are shown on the portal at once."""

    lasting: bool = False
    publish: bool = False
    brought_by: Import | None = None


def voices(workspace: Workspace, source: str, batch: Sequence[tuple[Row, Fields]], manner: Manner = Manner()) -> Result:
    """Voices; one whose source id is held already counts as repeated and changes nothing. The same id with other
    words is an edit if the source's ids last; else it is refused: another voice under a wrong id would be lost."""
    result = Result()
    ids = {given(f["id"]) for _, f in batch}
    held = {v.source_id: v for v in Voice.objects.filter(workspace=workspace, source=source, source_id__in=ids)}
    good: list[Said] = []
    edited: dict[int, Voice] = {}
    ideas: list[tuple[Voice, Fields]] = []
    now = timezone.now()
    for row, f in batch:
        try:
            said = _said(workspace, source, f, now)
            voters = voters_of(f)
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        earlier = held.get(said.voice.source_id)
        if earlier is None:
            held[said.voice.source_id] = said.voice
            said.voice.brought_by = manner.brought_by
            good.append(said)
        elif manner.lasting:
            if _follow(earlier, said.voice, now):
                result.changed += 1
                if earlier.pk is not None:
                    edited[earlier.pk] = earlier
            else:
                result.repeated += 1
        elif earlier.text == said.voice.text:
            result.repeated += 1
        else:
            why = f"The id {said.voice.source_id!r} is held with other words. If ids repeat, join columns: id=a+b."
            result.bad.append(Bad(row.line, raw_of(row), why))
            continue
        if voters is not None:
            ideas.append((earlier or said.voice, {**f, "voters": voters}))
    finder = Finder(workspace)
    finder.load_people([*((s.outer, s.email) for s in good), *keys_of(ideas)])
    finder.make_people([*((s.outer, s.email, s.name) for s in good), *named_of(ideas)])
    finder.load_accounts(s.account for s in good)
    finder.make_accounts(s.account for s in good)
    for s in good:
        if s.account:
            s.voice.account = finder.account(s.account)[0]
        if s.outer or s.email:
            s.voice.author = finder.person(s.outer, s.email, s.name)[0]
    _belong([s.voice for s in good])
    past = Past(workspace, list({s.voice.account.pk: s.voice.account for s in good if s.voice.account}.values()))
    for s in good:
        then = past.at(s.voice.account, s.voice.said_at)
        s.voice.account_state, s.voice.account_cents = then.state, then.cents
    Voice.objects.bulk_create([s.voice for s in good], batch_size=1000)
    Voice.objects.bulk_update(edited.values(), FOLLOWED, batch_size=500)
    make_ideas(workspace, ideas, finder, manner.publish)
    result.stored += len(good)
    return result


FOLLOWED = ("text", "traits", "url", "thread", "changed_at")


def _follow(held: Voice, now_said: Voice, now: datetime) -> bool:
    """Take over what changed at the source; returns whether anything did. The kind a member chose stays.

    News may arrive out of order: what the source says is older (its trait `as_of`) changes nothing.
    """
    before, after = held.traits.get("as_of"), now_said.traits.get("as_of")
    if isinstance(before, str) and isinstance(after, str) and after < before:
        return False
    traits = {**held.traits, **now_said.traits}
    changed = (held.text, held.traits) != (now_said.text, traits)
    if held.text != now_said.text and held.pk is not None:
        held.changed_at = now
    held.text, held.traits = now_said.text, traits
    held.url, held.thread = now_said.url or held.url, now_said.thread or held.thread
    return changed
