"""Writes about trackers: connecting one, making or linking the issue of a bet, and taking in what became of it.

A tracker is asked before or after a transaction, never inside one. Making an issue writes down first that it is being made:
after a crash in between, the page says so, and nobody makes it twice without knowing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Bet
from ..models_trackers import Arrival, Issue, Tracker
from ..trackers import KINDS, Kind, NoAnswer
from ..trackers.base import Change, Remote, Renamed

KEPT = timedelta(days=90)
STATE = Issue.State


def kind_of(tracker: Tracker) -> Kind:
    if tracker.kind not in KINDS:
        raise ValueError("This kind of tracker is not known here any more.")
    return KINDS[tracker.kind]


def _settings(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    held = {}
    for field in kind.fields:
        value = clean.text(given.get(field.name, ""), 300, field.label)
        if not value and field.needed:
            raise ValueError(f"{field.label} is needed. {field.help}".strip())
        held[field.name] = field.check(value) if value else ""
    return held


def connect(access: Access, kind: str, name: str, given: Mapping[str, str], token: str, secret: str = "") -> Tracker:
    """Raises ValueError for what cannot be used, NoAnswer when the tracker refuses. Without a secret one is made."""
    access.need(Role.OWNER)
    if kind not in KINDS:
        raise ValueError(f"{kind[:20]!r} is no tracker we know. Use {', '.join(KINDS)}.")
    known = KINDS[kind]
    held = _settings(known, given)
    token, secret = clean.text(token, 500, "The token"), clean.text(secret, 200, "The secret")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"{known.token_label} is needed. {known.token_help}")
    if secret and len(secret) < 16:
        raise ValueError("A secret needs at least 16 characters; leave it empty and one is made.")
    held |= known.probe(held, token)
    with journal.record(access.actor, "tracker.connected") as entry:
        made = Tracker.objects.create(
            workspace=access.workspace, kind=kind, name=clean.text(name, 80, "The name") or known.name, settings=held, token=token,
            secret=secret or secrets.token_urlsafe(32), made_by=access.actor.name[:120],
        )  # fmt: skip
        entry.about(made, kind=kind, name=made.name, settings=held)
    return made


def renew(access: Access, tracker: Tracker, token: str = "", secret: str = "") -> Tracker:
    """A new token (tried first), or a new secret; empty: the one held stays."""
    access.need(Role.OWNER)
    token, secret = clean.text(token, 500, "The token"), clean.text(secret, 200, "The secret")
    if not token and not secret:
        raise ValueError("Give a new token or a new secret.")
    if secret and len(secret) < 16:
        raise ValueError("A secret needs at least 16 characters.")
    if token:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("That is no token: it holds spaces or signs that no token holds.")
        kind_of(tracker).probe(tracker.settings, token)
    with journal.record(access.actor, "tracker.renewed") as entry:
        tracker.token, tracker.secret = token or tracker.token, secret or tracker.secret
        tracker.save(update_fields=["token", "secret"])
        entry.about(tracker, token=bool(token), secret=bool(secret))
    return tracker


def pause(access: Access, tracker: Tracker, paused: bool) -> None:
    access.need(Role.OWNER)
    with journal.record(access.actor, "tracker.paused" if paused else "tracker.resumed") as entry:
        if tracker.paused == paused:
            entry.nothing_changed()
        tracker.paused = paused
        tracker.save(update_fields=["paused"])
        entry.about(tracker)


def remove(access: Access, tracker: Tracker) -> None:
    """Token and secret go; links stay as addresses, with the last state that was told."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "tracker.removed") as entry:
        entry.about(tracker, kind=tracker.kind, name=tracker.name)
        Issue.objects.filter(tracker=tracker, state=STATE.MAKING).delete()
        tracker.delete()


def words_of(bet: Bet, url: str) -> str:
    """What the issue says. Nobody's name and nobody's words: trackers have readers of their own."""
    more = "less" if bet.direction == Bet.Direction.DOWN else "more"
    parts = [
        bet.hypothesis,
        f"We expect {bet.expected_percent.normalize():f}% {more} of “{bet.metric}” in {bet.window_weeks} weeks; worth having from"
        f" {bet.smallest_percent.normalize():f}%.",
        f"Undone if: {bet.undo_rule}" if bet.undo_rule else "",
        "About: " + ", ".join(p.name for p in bet.problems.order_by("pk")),
        f"The bet: {url}",
    ]
    return "\n\n".join(p.strip() for p in parts if p.strip())


def make_issue(access: Access, bet: Bet, tracker: Tracker, url: str) -> Issue:
    """Create the bet's issue there. Raises NoAnswer when the tracker refuses: then nothing stays."""
    access.need(Role.EDITOR)
    kind = _ready(bet, tracker)
    with journal.record(access.actor, "bet.issue_asked") as entry:
        try:
            with transaction.atomic():
                issue = Issue.objects.create(workspace=access.workspace, bet=bet, tracker=tracker, title=bet.name)
        except IntegrityError:
            raise ValueError(
                f"An issue is being made in {tracker.name} already. Look there, then link it or forget it."
            ) from None
        entry.about(bet, tracker=tracker.name)
    try:
        remote = kind.make(tracker.settings, tracker.token, bet.name, words_of(bet, url))
    except NoAnswer:
        issue.delete()
        raise
    with journal.record(access.actor, "bet.issue_linked") as entry:
        _take(issue, remote)
        issue.save()
        entry.about(bet, key=issue.key, url=issue.url, tracker=tracker.name, made=True)
    return issue


def _ready(bet: Bet, tracker: Tracker) -> Kind:
    if bet.state == Bet.State.DROPPED:
        raise ValueError("The bet was dropped.")
    if tracker.paused:
        raise ValueError(f"{tracker.name} is paused. An owner can go on with it under Settings.")
    return kind_of(tracker)


def link_issue(access: Access, bet: Bet, tracker: Tracker, reference: str) -> Issue:
    """Link an issue that exists there, by its address or number. An issue that was being made is thereby done."""
    access.need(Role.EDITOR)
    kind = _ready(bet, tracker)
    asked = clean.text(reference, 500, "The issue")
    if not asked:
        raise ValueError("Paste the address of the issue, or its number.")
    remote = kind.find(tracker.settings, tracker.token, asked)
    with journal.record(access.actor, "bet.issue_linked") as entry:
        Tracker.objects.select_for_update().get(pk=tracker.pk)
        if Issue.objects.filter(bet=bet, tracker=tracker, remote_id=remote.id).exists():
            raise ValueError(f"{remote.key} is linked already.")
        issue = Issue.objects.filter(bet=bet, tracker=tracker, state=STATE.MAKING).first()
        issue = issue or Issue(workspace=access.workspace, bet=bet, tracker=tracker)
        _take(issue, remote)
        issue.save()
        entry.about(bet, key=issue.key, url=issue.url, tracker=tracker.name, made=False)
    return issue


def unlink(access: Access, issue: Issue) -> None:
    """Here only; nothing is deleted in the tracker."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "bet.issue_unlinked") as entry:
        entry.about(issue.bet, key=issue.key, url=issue.url)
        issue.delete()


def refresh(access: Access, issue: Issue) -> bool:
    """Ask the tracker how it stands; says whether anything had changed."""
    access.need(Role.EDITOR)
    if issue.tracker is None or issue.remote_id is None:
        raise ValueError("Nothing can be asked about it: its tracker is not connected, or it is still being made.")
    remote = kind_of(issue.tracker).find(issue.tracker.settings, issue.tracker.token, issue.remote_id)
    return _apply(issue.tracker, issue, remote, access.actor)


def take_in(tracker: Tracker, digest: str, told: Change | Renamed | None) -> str:
    """What came through the door, once: a repeat of the same signed body does nothing. Answers in a word."""
    with transaction.atomic():
        held = Tracker.objects.select_for_update().get(pk=tracker.pk)
        if Arrival.objects.filter(tracker=held, digest=digest).exists():
            return "held already"
        Arrival.objects.filter(tracker=held, at__lt=timezone.now() - KEPT).delete()
        Arrival.objects.create(tracker=held, digest=digest)
        held.last_at = timezone.now()
        held.save(update_fields=["last_at"])
        if isinstance(told, Renamed):
            return "renamed" if _rename(held, told) else "left out"
        if told is None:
            return "left out"
        ids = [i for i in (told.remote.id, told.before) if i]
        issues = list(Issue.objects.filter(tracker=held, remote_id__in=ids).select_related("bet"))
        actor = journal.system(held.workspace_id, held.name)
        done = [_apply(held, issue, told.remote, actor, told.gone, moved=bool(told.before)) for issue in issues]
    return "taken in" if any(done) else "left out"


def _rename(tracker: Tracker, told: Renamed) -> bool:
    """The repository goes by another name: calls and keys follow."""
    if not told.place_id or told.place_id != tracker.settings.get("place_id") or not told.name:
        return False
    with journal.record(journal.system(tracker.workspace_id, tracker.name), "tracker.renamed") as entry:
        tracker.settings = {**tracker.settings, "repository": told.name}
        tracker.save(update_fields=["settings"])
        for issue in Issue.objects.filter(tracker=tracker, key__startswith=f"{told.old}#"):
            issue.key = issue.key.replace(told.old, told.name, 1)
            issue.url = issue.url.replace(f"/{told.old}/", f"/{told.name}/", 1)
            issue.save(update_fields=["key", "url"])
        entry.about(tracker, before=told.old, after=told.name)
    return True


def _apply(
    tracker: Tracker, issue: Issue, remote: Remote, actor: journal.Actor, gone: bool = False, moved: bool = False
) -> bool:
    """The issue as it stands there now. News older than what is held is left out; the bet itself never changes by this."""
    changed = False
    with journal.record(actor, "bet.issue_changed") as entry:
        held = Issue.objects.select_for_update().select_related("bet").get(pk=issue.pk)
        entry.about(held.bet, key=held.key)
        older = held.changed_at and remote.changed_at and remote.changed_at < held.changed_at
        if (older and not moved and not gone) or held.state == STATE.GONE:
            entry.nothing_changed()
            return False
        before = {f: getattr(held, f) for f in ("remote_id", "key", "url", "title", "state", "state_name")}
        _take(held, remote, gone)
        changed = any(getattr(held, f) != v for f, v in before.items())
        if not changed:
            entry.nothing_changed()
        held.save()
        after = {f: getattr(held, f) for f in before}
        entry.about(
            held.bet, key=held.key, url=held.url, changed={f: [v, after[f]] for f, v in before.items() if v != after[f]}
        )
    issue.refresh_from_db()
    return changed


def _take(issue: Issue, remote: Remote, gone: bool = False) -> None:
    ended = issue.state in (STATE.DONE, STATE.DROPPED)
    issue.state = STATE.GONE if gone else STATE(remote.state)
    issue.reopened = issue.state in (STATE.OPEN, STATE.STARTED) and (ended or issue.reopened)
    issue.state_name = "deleted" if gone else remote.state_name[:80]
    issue.remote_id, issue.key = remote.id, remote.key or issue.key
    issue.url, issue.title = remote.url or issue.url, remote.title or issue.title
    issue.changed_at, issue.seen_at = remote.changed_at or issue.changed_at, timezone.now()
