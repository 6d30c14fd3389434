"""The one way to say what a person is to an account, and since when. Whoever writes relations comes through here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from wellheard.core import clock, journal
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Relation, Role, RoleSpan, Workspace
from wellheard.people.queries.money import today
from wellheard.people.queries.roles import Span, spans

WORDS = Relation.WORDS
EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)
MOST_SPANS = 200
Pair = tuple[int, int]


def relate(access: Access, person: Person, account: Account, since: date | None = None, **words: bool) -> Relation:
    """Say what a person is to an account now, e.g. `relate(access, ann, acme, uses=True, buys=False)`. What is new
    holds from `since` (today), what no longer holds ended on that day and stays in the history."""
    access.need(Role.CONTRIBUTOR)
    if person.workspace_id != access.workspace.pk or account.workspace_id != access.workspace.pk:
        raise ValueError("The person and the account must be in this workspace.")
    day = since or today(access.workspace)
    _in_range(day)
    with journal.record(access.actor, "relation.set") as entry:
        relation, _ = Relation.objects.get_or_create(
            person=person, account=account, defaults={"workspace": access.workspace}
        )
        relation = Relation.objects.select_for_update().get(pk=relation.pk)
        held = spans([relation])[relation.pk]
        for word, on in words.items():
            now = any(s.role == word and s.holds(day) for s in held)
            if on and not now:
                held.append(Span(word, day, None))
            elif not on and now:
                held = [_ended(s, day) if s.role == word and s.holds(day) else s for s in held]
        _write(relation, held)
        entry.about(relation, person=person.pk, account=account.pk, roles=relation.words)
    return relation


def _ended(span: Span, day: date) -> Span:
    """A role that is said and taken back on one day held for that day."""
    return Span(span.role, span.since, max(day, (span.since or date.min) + timedelta(days=1)))


def set_history(access: Access, person: Person, account: Account, held: Iterable[Span]) -> Relation:
    """What somebody was to an account, as a whole. Spans of one role that touch become one; none: the two no longer
    belong together. Raises ValueError."""
    access.need(Role.EDITOR)
    if person.workspace_id != access.workspace.pk or account.workspace_id != access.workspace.pk:
        raise ValueError("The person and the account must be in this workspace.")
    wanted = list(held)
    if len(wanted) > MOST_SPANS:
        raise ValueError(f"At most {MOST_SPANS} roles over time, not {len(wanted)}.")
    for span in wanted:
        _check(span)
    with journal.record(access.actor, "relation.history") as entry:
        relation, _ = Relation.objects.get_or_create(
            person=person, account=account, defaults={"workspace": access.workspace}
        )
        relation = Relation.objects.select_for_update().get(pk=relation.pk)
        before = [s.as_dict() for s in spans([relation])[relation.pk]]
        entry.about(person, account=account.pk, before=before, after=[s.as_dict() for s in wanted])
        if wanted:
            _write(relation, wanted)
        else:
            relation.delete()
    return relation


def _check(span: Span) -> None:
    if span.role not in WORDS:
        raise ValueError(f"{span.role!r} is not a role in an account. Use {', '.join(WORDS)}.")
    for day in (span.since, span.until):
        if day is not None:
            _in_range(day)
    if span.since and span.until and span.until <= span.since:
        raise ValueError(f"“{span.role}” ends on {span.until}, which is not after {span.since}, when it begins.")


def _in_range(day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"{day} is not a day between {EARLIEST} and {LATEST}.")


def joined_up(held: Iterable[Span]) -> list[Span]:
    """Spans of one role that overlap or touch are one."""
    found: list[Span] = []
    for span in sorted(held, key=lambda s: (WORDS.index(s.role), s.since or date.min)):
        last = found[-1] if found and found[-1].role == span.role else None
        if last is not None and (last.until is None or (span.since or date.min) <= last.until):
            open_end = last.until is None or span.until is None
            found[-1] = Span(span.role, last.since, None if open_end else max(last.until, span.until))  # type: ignore[type-var]
        else:
            found.append(span)
    return found


def _write(relation: Relation, held: Iterable[Span]) -> None:
    wanted, now = joined_up(held), today(relation.workspace)
    relation.spans.all().delete()
    RoleSpan.objects.bulk_create(RoleSpan(relation=relation, role=s.role, since=s.since, until=s.until) for s in wanted)
    for word in WORDS:
        setattr(relation, word, any(s.role == word and s.holds(now) for s in wanted))
    relation.save(update_fields=list(WORDS))


def add(workspace: Workspace, told: Mapping[Pair, Iterable[Span]], only_new: bool = False) -> dict[Pair, set[Span]]:
    """For imports and readings of feeds, many at once: add what is told to what is known, without a journal entry of
    their own; → the spans that were new, by (person, account).

    A role told without days is nothing new where it is held already. `only_new`: what is known of two stays as it is, for
    what a program infers must not bring back what a member ended.
    """
    if not told:
        return {}
    with transaction.atomic():
        rows = _rows(workspace, list(told))
        missing = [Relation(workspace=workspace, person_id=p, account_id=a) for p, a in told if (p, a) not in rows]
        Relation.objects.bulk_create(missing, ignore_conflicts=True)
        if missing:
            rows |= _rows(workspace, [(r.person_id, r.account_id) for r in missing])
        known = spans(rows.values())
        fresh: dict[Pair, set[Span]] = {(r.person_id, r.account_id): set() for r in missing}
        now = today(workspace)
        for pair, more in told.items():
            if only_new and pair not in fresh:
                continue
            relation = rows[pair]
            held = known[relation.pk]
            new = [s for s in more if not _held(s, held, now)]
            if new:
                _write(relation, [*held, *new])
                fresh.setdefault(pair, set()).update(new)
    return fresh


def _held(span: Span, held: list[Span], now: date) -> bool:
    same = [s for s in held if s.role == span.role]
    if span.since is None and span.until is None and any(s.holds(now) for s in same):
        return True
    return joined_up([*same, span]) == joined_up(same)


def _rows(workspace: Workspace, pairs: list[Pair]) -> dict[Pair, Relation]:
    wanted, people = set(pairs), sorted({p for p, _ in pairs})
    found: dict[Pair, Relation] = {}
    for at in range(0, len(people), 500):
        rows = Relation.objects.filter(workspace=workspace, person__in=people[at : at + 500]).select_related(
            "workspace"
        )
        found |= {(r.person_id, r.account_id): r for r in rows if (r.person_id, r.account_id) in wanted}
    return found


@clock.every(minutes=30)
def follow_days() -> None:
    """Roles that begin or end with a day of the workspace: the words of today follow."""
    for workspace in Workspace.objects.all():
        follow(workspace)


def follow(workspace: Workspace) -> int:
    """→ how many relations changed."""
    now = today(workspace)
    turned = RoleSpan.objects.filter(relation__workspace=workspace)
    wrong: set[int] = set()
    holds = Q(Q(since=None) | Q(since__lte=now), Q(until=None) | Q(until__gt=now))
    for word in WORDS:
        of = turned.filter(role=word)
        on = set(of.filter(holds).exclude(**{f"relation__{word}": True}).values_list("relation", flat=True))
        off = of.filter(~holds, **{f"relation__{word}": True}).values_list("relation", flat=True)
        still = set(of.filter(holds, **{f"relation__{word}": True}).values_list("relation", flat=True))
        wrong |= on | (set(off) - still)
    for relation in Relation.objects.filter(pk__in=wrong).select_related("workspace"):
        with transaction.atomic():
            _write(relation, spans([relation])[relation.pk])
    return len(wrong)


def begin(relations: Iterable[Relation], since: Mapping[int, date]) -> None:
    """For a sample: the roles of relations just made hold since the day of their person."""
    made: dict[int, list[RoleSpan]] = defaultdict(list)
    for r in relations:
        made[r.pk] = [RoleSpan(relation=r, role=word, since=since[r.person_id]) for word in r.words]
    RoleSpan.objects.bulk_create([s for rows in made.values() for s in rows], 500)
