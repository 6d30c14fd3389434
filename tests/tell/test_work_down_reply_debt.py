"""Everybody who asked is in one state; the debt is worked down many at once, each in words of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet, decide
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Role
from wellheard.tell.models import Notice, NoticeState, Reply
from wellheard.tell.queries import asks as reads
from wellheard.tell.queries.asks import Ask, Filters, asks, targets_of
from wellheard.tell.services import notices, replies
from wellheard.tell.services.answers import publish_decision, tell_decision
from wellheard.tell.services.debt import answer_many, fill, letters, set_targets
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem


def _said(
    access: Access, person: Person | None, text: str = "It is slow.", days: float = 5, account: Account | None = None
) -> Voice:
    return Voice.objects.create(
        workspace=access.workspace,
        text=text,
        author=person,
        account=account,
        said_at=timezone.now() - timedelta(days=days),
    )


@pytest.fixture
def voices(access: Access, town: Town) -> list[Voice]:
    return [
        _said(access, town.ann, "Days differ.", 9, town.lind), _said(access, town.ann, "Still differ.", 2, town.lind),
        _said(access, town.nora, "Days differ here too.", 5, town.fjord), _said(access, town.tim, "How do I export?", 1),
    ]  # fmt: skip


@pytest.fixture
def problem(access: Access, voices: list[Voice]) -> Problem:
    return create_problem(access, "Days differ", voices=[v.pk for v in voices[:3]])


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], Terms("One clock", "Report Opened", Decimal(20), Decimal(10)))


def _of(access: Access, person: Person) -> Ask:
    (found,) = [a for a in asks(access.workspace) if a.person == person.pk]
    return found


def test_who_asked_twice_about_one_thing_asked_once_and_the_longest_wait_leads(
    access: Access, problem: Problem, town: Town, voices: list[Voice]
) -> None:
    found = asks(access.workspace)
    assert [(a.person, a.problem, a.voice, a.state) for a in found] == [
        (town.ann.pk, problem.pk, voices[1].pk, "waiting"),
        (town.nora.pk, problem.pk, voices[2].pk, "waiting"),
        (town.tim.pk, None, voices[3].pk, "waiting"),
    ]
    assert found[0].asked_at == voices[0].said_at


def test_what_was_set_aside_or_said_by_nobody_known_is_no_debt(access: Access, town: Town) -> None:
    _said(access, None)
    Voice.objects.filter(pk=_said(access, town.ann).pk).update(triage=Triage.ASIDE)
    _said(access, town.tim, days=400)
    assert asks(access.workspace) == []


def test_an_answer_is_a_first_reply_and_closes_what_belongs_to_no_problem(
    access: Access, problem: Problem, town: Town, voices: list[Voice]
) -> None:
    replies.answer(access, voices[0], "We look at it.")
    replies.answer(access, voices[3], "Under Settings.")
    assert _of(access, town.ann).state == "replied"
    assert _of(access, town.ann).closed_at is None
    assert _of(access, town.tim).state == "told"


def test_each_person_goes_through_the_states_of_what_they_are_owed(access: Access, bet: Bet, town: Town) -> None:
    tell_decision(access, decide(access, bet, "yes", "Many ask.", "We start in spring."))
    assert _of(access, town.ann).state == "owed"
    notices.send_due()
    assert _of(access, town.ann).state == "replied", "a yes is word of us, but nothing is there yet"
    publish_release(access, draft_release(access, "One clock", "There.", [bet]))
    assert _of(access, town.ann).state == "owed"
    notices.send_due()
    assert _of(access, town.ann).state == "told"
    notices.reached(town.ann)
    assert _of(access, town.ann).state == "reached"
    Notice.objects.filter(person=town.nora, release__isnull=False).update(state=NoticeState.BOUNCED, sent_at=None)
    assert _of(access, town.nora).state == "bounced"


def test_a_no_that_was_told_closes_it(access: Access, bet: Bet, town: Town) -> None:
    publish_decision(access, decide(access, bet, "no", "No.", "It would slow it down."))
    notices.send_due()
    assert _of(access, town.ann).state == "told"
    assert _of(access, town.ann).closed_at is not None


def test_who_asks_again_after_being_told_asks_anew_only_if_nothing_was_heard_since(
    access: Access, bet: Bet, town: Town, problem: Problem
) -> None:
    """What was told before they first asked answers nothing of theirs."""
    old = timezone.now() - timedelta(days=30)
    made = draft_release(access, "Earlier", "", [bet])
    Notice.objects.create(
        workspace=access.workspace,
        release=made,
        person=town.ann,
        problem=problem,
        state=NoticeState.SENT,
        sent_at=old,
        created_at=old,
    )
    assert _of(access, town.ann).state == "waiting"


def test_targets_say_how_many_heard_in_time(access: Access, problem: Problem, town: Town, voices: list[Voice]) -> None:
    set_targets(access, 72, 8)
    replies.answer(access, voices[3], "Under Settings.")  # after a day
    now = timezone.now()
    seen = reads.overview(access.workspace, asks(access.workspace), targets_of(access.workspace), now)
    assert (seen.first.met, seen.first.missed, seen.first.running) == (1, 2, 0)
    assert (seen.closing.met, seen.closing.missed, seen.closing.running) == (1, 1, 1)
    assert seen.first.share == pytest.approx(1 / 3)
    assert {(t.name, t.asked, t.unanswered) for t in seen.problems} == {("Days differ", 2, 2), ("No problem yet", 1, 0)}


def test_it_narrows_to_a_problem_an_account_an_owner_and_who_is_late(
    access: Access, problem: Problem, town: Town, owner: Member
) -> None:
    Account.objects.filter(pk=town.lind.pk).update(keeper=owner)
    Account.objects.filter(pk=town.fjord.pk).update(owner="Sam Sales")
    found, now, targets = asks(access.workspace), timezone.now(), targets_of(access.workspace)

    def people(wanted: Filters, at: datetime = now) -> list[int]:
        return [a.person for a in reads.narrowed(access.workspace, found, wanted, targets, at)]

    assert people(Filters(problem=problem.pk)) == [town.ann.pk, town.nora.pk]
    assert people(Filters(account=town.fjord.pk)) == [town.nora.pk]
    assert people(Filters(owner="Olga Owner")) == [town.ann.pk]
    assert people(Filters(owner="Sam Sales")) == [town.nora.pk]
    assert people(Filters(owner="-")) == [town.tim.pk]
    assert people(Filters(late=True)) == [town.ann.pk, town.nora.pk]
    assert people(Filters(state="told")) == []


# Answering many ---------------------------------------------------------------------------------------------------


def test_many_are_answered_at_once_each_in_words_of_their_own(
    access: Access, problem: Problem, town: Town, voices: list[Voice]
) -> None:
    text = "{hello}\n\nyou said “{said}”. We are at it, {name}."
    seen = letters(access, [v.pk for v in voices], text)
    assert len(seen) == 3, "one letter a person"
    assert answer_many(access, [v.pk for v in voices], text) == 3
    entry = Entry.objects.get(verb="voices.answered")
    assert len(entry.data["answered"]) == 3
    background.run_all()
    told = next(m for m in mail.outbox if "ann@" in m.to[0])
    assert "Hello Ann Assistant,\n\nyou said “Still differ.”. We are at it, Ann Assistant." in str(told.body)
    assert _of(access, town.nora).state == "replied"


def test_pressing_twice_answers_nobody_twice(access: Access, voices: list[Voice]) -> None:
    chosen = [v.pk for v in voices]
    answer_many(access, chosen, "We look at it.")
    entries = Entry.objects.count()
    assert answer_many(access, chosen, "We look at it.") == 0
    assert Entry.objects.count() == entries
    assert Reply.objects.count() == 3


def test_a_text_to_many_waits_for_each_ones_budget(access: Access, town: Town, voices: list[Voice]) -> None:
    from wellheard.tell import budget

    for n in range(4):
        budget.spend(town.ann, "answers", "test", n)
    answer_many(access, [v.pk for v in voices], "We look at it.")
    background.run_all()
    assert not any("ann@" in m.to[0] for m in mail.outbox)
    assert "4 mails in the last 7 days" in Reply.objects.get(person=town.ann).held
    assert "We look at it." in Client().get(f"/me/{town.ann.page_key}").content.decode(), "on their page at once"


@pytest.mark.parametrize(
    ("name", "reads_"), [("Ann", "Hello Ann,\nThank you, Ann, for it."), ("", "Hello,\nThank you, for it.")]
)
def test_a_text_closes_up_where_no_name_is_known(town: Town, name: str, reads_: str) -> None:
    town.ann.name = name
    assert fill("{hello}\nThank you, {name}, for it.", town.ann, Voice(text="x")).replace("you,,", "you,") == reads_


def test_T01_what_they_said_fills_no_places(town: Town) -> None:
    town.ann.name = "{said}"
    assert fill("{name}: {said}", town.ann, Voice(text="{hello} there")) == "{said}: {hello} there"


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "Write what"), ("{person.page_key} {secret}", "cannot be filled in")],
    ids=["empty", "place"],
)
def test_a_text_that_says_nothing_or_holds_unknown_places_is_refused(
    access: Access, voices: list[Voice], text: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        answer_many(access, [v.pk for v in voices], text)
    assert not Reply.objects.exists()


def test_nobody_ticked_and_somebody_elses_voices_answer_nobody(access: Access, voices: list[Voice]) -> None:
    from wellheard.people.access import by_command
    from wellheard.people.services import workspaces

    other = by_command(workspaces.create_workspace("rival", "Rival").workspace)
    for who, chosen in ((access, []), (other, [v.pk for v in voices])):
        with pytest.raises(ValueError, match="Tick at least one"):
            answer_many(who, chosen, "Hello")
    with pytest.raises(PermissionDenied):
        answer_many(Access(access.workspace, access.actor, Role.VIEWER), [voices[0].pk], "Hello")


def test_a_member_ticks_sees_each_letter_and_sends(
    as_owner: Client, problem: Problem, voices: list[Voice], town: Town
) -> None:
    shown = as_owner.get("/w/acme/tell/debt").content.decode()
    assert shown.index("Ann Assistant") < shown.index("Nora Both") < shown.index("Tim Tea")
    assert "Days differ" in shown
    ticked = {"voice": [voices[1].pk, voices[3].pk], "text": "{hello} we look at it.", "back": "state=waiting"}
    seen = as_owner.post("/w/acme/tell/debt/answer", {**ticked, "do": "preview"}).content.decode()
    assert "Hello Ann Assistant, we look at it." in seen
    assert "2 letters" in seen
    assert not Reply.objects.exists()
    sent = as_owner.post("/w/acme/tell/debt/answer", {**ticked, "do": "send"})
    assert sent["Location"] == "/w/acme/tell/debt?state=waiting"
    assert Reply.objects.count() == 2
    assert as_owner.post("/w/acme/tell/debt/answer", {"text": "x"}).status_code == 422
    assert "Ann Assistant" not in as_owner.get("/w/acme/tell/debt?state=waiting").content.decode()


def test_the_empty_page_says_that_nobody_waits(as_viewer: Client) -> None:
    assert "Nobody waits" in as_viewer.get("/w/acme/tell/debt").content.decode()


@pytest.mark.parametrize(
    "query", ["state=x&problem=y&page=99", "owner=%F0%9F%98%80&late=maybe", "account=999999999999", "page=-1"]
)
def test_addresses_that_make_no_sense_show_the_page(as_viewer: Client, voices: list[Voice], query: str) -> None:
    assert as_viewer.get(f"/w/acme/tell/debt?{query}").status_code == 200
