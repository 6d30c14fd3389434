"""Rows of a file of voices, a batch at a time, inside the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of
from wellheard.people.importing import Fields, Finder, Result
from wellheard.people.models import Account, Revenue, Workspace

from .models import Channel, Kind, Voice

VOICE_FIELDS = (
    "id",
    "text",
    "author",
    "email",
    "account",
    "created_at",
    "channel",
    "kind",
    "relayed_by",
    "language",
    "name",
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
        for r in Revenue.objects.filter(account__in=[a.pk for a in accounts], once=False, currency=workspace.currency):
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
        cents = sum(r.cents for r in rows if r.since <= on and (r.until is None or r.until > on))
        if cents:
            return Then("active", cents)
        return Then("churned" if any(r.until and r.until <= on for r in rows) else "trial", 0)


def _choice(value: Any, choices: Sequence[str], default: str) -> str:
    word = str(value or "").strip().lower().replace(" ", "_")
    return word if word in choices else default


def voices(workspace: Workspace, source: str, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Voices; one whose source id is held already counts as repeated and changes nothing."""
    result = Result()
    ids = {str(f["id"]) for _, f in batch}
    held = set(
        Voice.objects.filter(workspace=workspace, source=source, source_id__in=ids).values_list("source_id", flat=True)
    )
    good: list[tuple[Fields, str, str | None, str | None, datetime]] = []
    now = timezone.now()
    for row, f in batch:
        try:
            text = clean.text(f.get("text"), TEXT_LIMIT, "The text")
            if not text:
                raise ValueError("The row has no text: nothing was said.")
            email = clean.email(f.get("email"))
            outer = clean.text(f.get("author"), 255, "The author") or None
            if outer and email is None and "@" in outer:
                email, outer = clean.email(outer), None
            at = clean.moment(f["created_at"], workspace.time_zone, "created_at", now) if f.get("created_at") else now
            source_id = clean.text(f["id"], 255, "The id")
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        if source_id in held:
            result.repeated += 1
            continue
        held.add(source_id)
        good.append((f, text, outer, email, at))
    finder = Finder(workspace)
    finder.load_people((outer, email) for _, _, outer, email, _ in good)
    finder.make_people((outer, email, str(f.get("name") or "")[:200]) for f, _, outer, email, _ in good)
    finder.load_accounts(f.get("account") for f, *_ in good)
    for f, *_ in good:
        if f.get("account"):
            finder.account(str(f["account"]).strip()[:200])
    past = Past(workspace, finder.held_accounts())
    fresh = []
    for f, text, outer, email, at in good:
        author = finder.person(outer, email)[0] if outer or email else None
        account = finder.account(str(f["account"]).strip()[:200])[0] if f.get("account") else None
        then = past.at(account, at)
        fresh.append(
            Voice(
                workspace=workspace,
                text=text,
                kind=_choice(f.get("kind"), Kind.values, ""),
                channel=_choice(f.get("channel"), Channel.values, Channel.OTHER),
                author=author,
                account=account,
                relayed_by=str(f.get("relayed_by") or "")[:120],
                said_at=at,
                account_state=then.state,
                account_cents=then.cents,
                language=str(f.get("language") or "")[:12],
                traits={str(k)[:80]: v for k, v in (f.get("traits") or {}).items() if v not in (None, "")},
                source=source,
                source_id=str(f["id"]).strip(),
            )
        )
    Voice.objects.bulk_create(fresh, batch_size=1000)
    result.stored += len(fresh)
    return result
