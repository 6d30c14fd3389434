"""What people and their mail servers say about our mail: stop, go on, it came back, it is spam. It holds for every kind."""

from __future__ import annotations

from django.utils import timezone

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from ..models import DeadAddress, FollowNotice, Mail, Notice, NoticeState, OptOut, Purpose, Reply

WAITING = [NoticeState.OWED, NoticeState.NO_ADDRESS]


def _by(person: Person) -> journal.Actor:
    return journal.Actor(person.workspace_id, "person", person.pk, str(person))


def opt_out(person: Person, how: str, purpose: str = Purpose.ANSWERS) -> bool:
    """No more mail of this kind; answers still owed turn into "opted out". Doing it twice changes nothing."""
    if purpose not in Purpose.values:
        raise ValueError(f"{purpose!r} is no kind of mail. There are {', '.join(Purpose.values)}.")
    with journal.record(_by(person), "person.opted_out") as entry:
        _, fresh = OptOut.objects.get_or_create(person=person, purpose=purpose, defaults={"how": how})
        if not fresh:
            entry.nothing_changed()
            return False
        if purpose == Purpose.ANSWERS:
            _answers_stop([person.pk])
        entry.about(person, purpose=purpose, how=how)
    return True


def _answers_stop(people: list[int]) -> None:
    Notice.objects.filter(person__in=people, state=NoticeState.OWED).update(state=NoticeState.OPTED_OUT, held="")
    for kind in (Reply, FollowNotice):
        kind._default_manager.filter(person__in=people, mail=Mail.OWED).update(mail=Mail.NONE)


def opt_out_of_all(person: Person, how: str) -> int:
    """No more mail of any kind; → how many kinds that ended now."""
    return sum(opt_out(person, how, purpose) for purpose in Purpose.values)


def opt_in(person: Person, purpose: str = Purpose.ANSWERS) -> None:
    with journal.record(_by(person), "person.opted_in") as entry:
        if not OptOut.objects.filter(person=person, purpose=purpose).delete()[0]:
            entry.nothing_changed()
            return
        if purpose == Purpose.ANSWERS:
            Notice.objects.filter(person=person, state=NoticeState.OPTED_OUT).update(
                state=NoticeState.OWED, next_try_at=None
            )
        # They ask for mail themselves: what stood against their address is settled.
        forget(person.workspace_id, person.email)
        entry.about(person, purpose=purpose)


def came_back(workspace: int, address: str, error: str) -> None:
    """Mail to this address came back for good."""
    if address:
        _dead(workspace, address, DeadAddress.Why.BOUNCED, error)


def _dead(workspace: int, address: str, why: DeadAddress.Why, error: str) -> bool:
    known = DeadAddress.objects.filter(workspace=workspace, address__iexact=address).first()
    if known and (known.why == why or known.why == DeadAddress.Why.COMPLAINED):
        return False
    with journal.record(journal.system(workspace), f"address.{why.value}") as entry:
        DeadAddress.objects.filter(workspace=workspace, address__iexact=address).delete()
        made = DeadAddress.objects.create(
            workspace_id=workspace, address=address.lower()[:254], why=why, error=error[:300], at=timezone.now()
        )
        people = list(Person.objects.filter(workspace=workspace, email__iexact=address).values_list("pk", flat=True))
        if why == DeadAddress.Why.COMPLAINED:
            OptOut.objects.bulk_create(
                [OptOut(person_id=p, purpose=k, how="complaint") for p in people for k in Purpose.values],
                ignore_conflicts=True,
            )
            _answers_stop(people)
        else:
            Notice.objects.filter(person__in=people, state=NoticeState.OWED).update(
                state=NoticeState.BOUNCED, error=error[:300], held=""
            )
            for kind in (Reply, FollowNotice):
                kind._default_manager.filter(person__in=people, mail=Mail.OWED).update(
                    mail=Mail.BOUNCED, error=error[:300]
                )
        entry.about(made, people=people)
    return True


def told_of(address: str, why: DeadAddress.Why, error: str) -> int:
    """A provider told of an address, without a word of whose workspace it is: it holds wherever somebody has it."""
    owners = Person.objects.filter(email__iexact=address).values_list("workspace", flat=True).distinct()
    return sum(_dead(workspace, address, why, error) for workspace in owners)


def forget(workspace: int, address: str | None) -> None:
    if address:
        DeadAddress.objects.filter(workspace=workspace, address__iexact=address).delete()


def try_again(access: Access, dead: DeadAddress) -> None:
    """A member knows that the address takes mail again. What they asked for themselves (no mail) stays."""
    access.need(Role.EDITOR)
    if dead.why == DeadAddress.Why.COMPLAINED:
        raise ValueError("They called our mail spam. Only they can ask for mail again, on their own page.")
    with journal.record(access.actor, "address.tried_again") as entry:
        entry.about(dead, people=list(Person.objects.filter(email__iexact=dead.address).values_list("pk", flat=True)))
        Notice.objects.filter(
            workspace=access.workspace, person__email__iexact=dead.address, state=NoticeState.BOUNCED
        ).update(state=NoticeState.OWED, next_try_at=None, error="")
        dead.delete()
