"""Planning check-ins, and writing down what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Role
from wellheard.people.queries.money import today
from wellheard.people.services import owners

from ..models import Channel, CheckIn, Talk
from .voices import capture

MOST_DAYS = 1000
MOST_VOICES = 50
NOTE = 10_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing somebody said at a check-in. `who` empty: the person it was with, or nobody named of the account."""

    text: str
    who: str = ""
    kind: str = ""


def plan(
    access: Access, whom: Person | Account, every_days: int, *, responsible: str | Member | None = None, due: date | None = None,
    about: str = "",
) -> CheckIn:  # fmt: skip
    """Every so many days with a person or an account; first on `due` (after one interval when left out)."""
    access.need(Role.CONTRIBUTOR)
    if whom.workspace_id != access.workspace.pk:
        raise ValueError("They must be in this workspace.")
    side = {"person": whom} if isinstance(whom, Person) else {"account": whom}
    if CheckIn.objects.filter(workspace=access.workspace, stopped_at=None, **side).exists():
        raise ValueError(f"Check-ins with {whom} are planned already. Change those instead.")
    days = _days(every_days)
    with journal.record(access.actor, "check_in.planned") as entry:
        made = CheckIn.objects.create(
            workspace=access.workspace, every_days=days, about=clean.text(about, NOTE, "What to ask"),
            due=_day(due) if due else today(access.workspace) + timedelta(days), **side,
            responsible=_member(access, responsible) if responsible else _usual(access, whom),
        )  # fmt: skip
        entry.about(made, whom=str(whom), every_days=days, due=made.due.isoformat())
    return made


def change(
    access: Access, check_in: CheckIn, *, every_days: int | None = None, responsible: str | Member | None = None,
    due: date | None = None, about: str | None = None,
) -> CheckIn:  # fmt: skip
    """Only what is given changes; `responsible` "" is nobody."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "check_in.changed") as entry:
        check_in = _open(access, check_in)
        before = [check_in.every_days, str(check_in.responsible or ""), check_in.due.isoformat(), check_in.about]
        if every_days is not None:
            check_in.every_days = _days(every_days)
        if responsible is not None:
            check_in.responsible = _member(access, responsible)
        if due is not None:
            check_in.due = _day(due)
        if about is not None:
            check_in.about = clean.text(about, NOTE, "What to ask")
        after = [check_in.every_days, str(check_in.responsible or ""), check_in.due.isoformat(), check_in.about]
        if before == after:
            entry.nothing_changed()
        check_in.save()
        entry.about(check_in, before=before, after=after)
    return check_in


def hold(
    access: Access, check_in: CheckIn, note: str = "", *, mood: str = "", heard: Sequence[Heard] = (), on: date | None = None
) -> Talk:  # fmt: skip
    """It was held: what was heard becomes voices of those who said it. The next is due one interval later."""
    access.need(Role.CONTRIBUTOR)
    told = [h for h in heard if h.text.strip()]
    said = clean.text(note, NOTE, "The note")
    if not (said or told or mood):
        raise ValueError("Write what you heard: a note, how they are, or something they said.")
    if mood not in Talk.Mood.values:
        raise ValueError(f"{mood!r} is no mood. Use {', '.join(m for m in Talk.Mood.values if m)}.")
    if len(told) > MOST_VOICES:
        raise ValueError(f"At most {MOST_VOICES} things at once, not {len(told)}.")
    now = today(access.workspace)
    day = on or now
    if day > now:
        raise ValueError("It cannot have been held in the future.")
    if day < now - timedelta(3660):
        raise ValueError(f"{day} is more than ten years ago.")
    with journal.record(access.actor, "check_in.held") as entry:
        check_in = _open(access, check_in)
        at = timezone.now() if day == now else clean.midnight(day, access.workspace.time_zone) + timedelta(hours=12)
        voices = [
            capture(
                access, h.text, who=h.who.strip() or (check_in.person or ""), account=check_in.account or "", kind=h.kind,
                channel=Channel.CALL, said_at=at,
            )
            for h in told
        ]  # fmt: skip
        # One that is noted long afterwards does not bring back a day that was set meanwhile.
        following = max(day + timedelta(check_in.every_days), _latest_held(check_in) + timedelta(check_in.every_days))
        talk = _talked(access, check_in, Talk.What.HELD, following, said, mood, at)
        talk.voices.set(voices)
        entry.about(check_in, talk=talk.pk, mood=mood, voices=[v.pk for v in voices])
    return talk


def skip(access: Access, check_in: CheckIn, reason: str) -> Talk:
    """Not this time: the next is due one interval after this one was, and not before tomorrow."""
    access.need(Role.CONTRIBUTOR)
    why = _reason(reason)
    with journal.record(access.actor, "check_in.skipped", why) as entry:
        check_in = _open(access, check_in)
        following = max(check_in.due + timedelta(check_in.every_days), today(access.workspace) + timedelta(1))
        talk = _talked(access, check_in, Talk.What.SKIPPED, following, why)
        entry.about(check_in, talk=talk.pk)
    return talk


def postpone(access: Access, check_in: CheckIn, until: date, reason: str) -> Talk:
    access.need(Role.CONTRIBUTOR)
    why, now = _reason(reason), today(access.workspace)
    if not now < until <= now + timedelta(MOST_DAYS):
        raise ValueError(f"Postpone it to a day after today, at most {MOST_DAYS} days ahead.")
    with journal.record(access.actor, "check_in.postponed", why) as entry:
        check_in = _open(access, check_in)
        talk = _talked(access, check_in, Talk.What.POSTPONED, until, why)
        entry.about(check_in, talk=talk.pk, until=until.isoformat())
    return talk


def stop(access: Access, check_in: CheckIn) -> None:
    """No further ones; what was heard stays."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "check_in.stopped") as entry:
        check_in = _open(access, check_in)
        check_in.stopped_at = timezone.now()
        check_in.save(update_fields=["stopped_at"])
        entry.about(check_in)


def _talked(
    access: Access, check_in: CheckIn, what: str, following: date, note: str, mood: str = "", at: datetime | None = None
) -> Talk:
    talk = Talk.objects.create(
        check_in=check_in, what=what, by=access.actor.name[:120], was_due=check_in.due, next_due=following, mood=mood, note=note,
        at=at or timezone.now(),
    )  # fmt: skip
    check_in.due = following
    check_in.save(update_fields=["due"])
    return talk


def _latest_held(check_in: CheckIn) -> date:
    last = check_in.talks.filter(what=Talk.What.HELD).first()
    return date.min if last is None else last.at.astimezone(ZoneInfo(check_in.workspace.time_zone)).date()


def _open(access: Access, check_in: CheckIn) -> CheckIn:
    """The row, locked: of two who write at once, the second sees what the first did."""
    CheckIn.objects.select_for_update().filter(pk=check_in.pk).first()
    found = CheckIn.objects.select_related("person", "account", "responsible__user").get(
        pk=check_in.pk, workspace=access.workspace
    )
    if found.stopped_at is not None:
        raise ValueError(f"Check-ins with {found.whom} were stopped. Plan them anew.")
    return found


def _days(value: int) -> int:
    if not 1 <= value <= MOST_DAYS:
        raise ValueError(f"Every 1 to {MOST_DAYS} days, not {value}.")
    return value


def _day(value: date) -> date:
    if not 2000 <= value.year < 2100:
        raise ValueError(f"{value} does not lie between 2000 and 2099.")
    return value


def _reason(said: str) -> str:
    why = clean.text(said, NOTE, "The reason")
    if not why:
        raise ValueError("Say why.")
    return why


def _member(access: Access, said: str | Member) -> Member | None:
    if isinstance(said, Member):
        if said.workspace_id != access.workspace.pk:
            raise ValueError("They must be in this workspace.")
        return said
    if not said.strip():
        return None
    found, words = owners.named(access.workspace, said)
    if found is None:
        raise ValueError(f"{words!r} is no colleague here. Use their e-mail address or name.")
    return found


def _usual(access: Access, whom: Person | Account) -> Member | None:
    """Who looks after the account, else whoever plans it."""
    return (whom.keeper if isinstance(whom, Account) else None) or access.member
