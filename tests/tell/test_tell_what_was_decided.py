"""A decision is told to everybody who asked: kindly, once, in their language, and never in the team's own words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services import Terms, create_bet, decide
from wellheard.listen.services import ideas
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.people.services.merges import merge
from wellheard.tell import wording
from wellheard.tell.models import Notice, NoticeState
from wellheard.tell.queries.notices import expected
from wellheard.tell.services import notices
from wellheard.tell.services.answers import publish_decision, tell_decision
from wellheard.tell.services.releases import draft_release, publish_release
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

WORDS = "It would slow every report down for **everybody**."


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    voices = [capture(access, f"{p.name}: the days differ.", who=str(p.email)) for p in (town.ann, town.otto, town.tim)]
    return create_problem(access, "Stores show different days", voices=[v.pk for v in voices])


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], Terms("One clock", "Report Opened", Decimal(20), Decimal(10)))


@pytest.fixture
def no(access: Access, bet: Bet) -> Decision:
    return decide(access, bet, "no", "They pay too little.", WORDS)


def _to(key: str) -> mail.EmailMultiAlternatives:
    found = [m for m in mail.outbox if f"{key}@" in m.to[0]]
    assert len(found) == 1
    return found[0]  # type: ignore[return-value]


def test_a_no_is_published_and_told_at_once_with_their_words_and_the_reason_for_them(
    access: Access, no: Decision, bet: Bet, town: Town
) -> None:
    assert expected(no).by_mail == 3
    assert publish_decision(access, no) == 3
    background.run_all()
    told = _to("ann")
    assert told.subject == "What we decided: One clock"
    for part in (str(told.body), str(told.alternatives[0][0])):
        assert "Hello Ann Assistant," in part
        assert "Ann Assistant: the days differ." in part
        assert "We decided not to build this" in part
        assert "slow every report down" in part
        assert "They pay too little" not in part
    assert "<strong>everybody</strong>" in str(told.alternatives[0][0])
    bet.refresh_from_db()
    assert bet.state == Bet.State.DROPPED
    entry = Entry.objects.get(verb="decision.published")
    assert entry.data["owed"] == 3


def test_nobody_reads_the_reason_for_the_team(access: Access, bet: Bet) -> None:
    held = decide(access, bet, "no", "They pay too little.")
    with pytest.raises(ValueError, match="3 people asked for it"):
        publish_decision(access, held)
    held.refresh_from_db()
    assert held.published_at is None
    assert not Notice.objects.exists()
    assert publish_decision(access, held, words=WORDS) == 3
    held.refresh_from_db()
    assert held.public_reason == WORDS


def test_a_yes_that_was_published_at_once_can_be_told_later_and_only_once(access: Access, bet: Bet) -> None:
    yes = decide(access, bet, "yes", "Many ask.", "We start in spring.")
    assert tell_decision(access, yes) == 3
    entries = Entry.objects.count()
    assert tell_decision(access, yes) == 0
    assert Entry.objects.count() == entries
    background.run_all()
    assert len(mail.outbox) == 3
    assert _to("tim").subject == "Yes, we will: One clock"
    assert "You will hear from us when it is there." in str(_to("tim").body)


def test_a_prepared_decision_is_not_told_before_it_is_published(access: Access, no: Decision) -> None:
    with pytest.raises(ValueError, match="not published yet"):
        tell_decision(access, no)


def test_it_is_written_in_each_persons_language(access: Access, no: Decision, town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(language="de-AT")
    Person.objects.filter(pk=town.otto.pk).update(language="ar")
    Person.objects.filter(pk=town.tim.pk).update(language="xx")
    publish_decision(access, no)
    background.run_all()
    assert "Wir haben entschieden, das nicht zu bauen" in str(_to("ann").body)
    assert 'dir="rtl"' in str(_to("otto").alternatives[0][0])
    assert "We decided not to build this" in str(_to("tim").body)


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", wording.KINDS)
def test_each_text_we_bring_is_there_in_each_language(kind: str, language: str) -> None:
    subject, body = wording.built_in(kind, language)
    wording.check(subject, body)
    assert "{thing}" in subject
    assert {"hello", "said", "thing", "reason"} <= set(wording.PLACE.findall(body))
    assert language == "en" or body != wording.DEFAULTS[kind][1]


def test_what_people_said_cannot_fill_in_places_or_make_markup() -> None:
    values = wording.Values(
        name="{reason}", workspace="Acme", thing="<b>x</b>", reason="secret", said="{reason} <script>"
    )
    made = wording.write("{thing}", "{hello}\n\n{said}\n\n# {thing}", values, "en")
    assert [b.text for b in made.blocks] == ["Hello {reason},", "you told us:", "{reason} <script>", "<b>x</b>"]


def test_a_later_release_tells_them_again_but_never_twice_about_one_thing(access: Access, bet: Bet, town: Town) -> None:
    yes = decide(access, bet, "yes", "Many ask.", "We start in spring.")
    tell_decision(access, yes)
    background.run_all()
    publish_release(access, draft_release(access, "One clock", "It is there.", [bet]))
    background.run_all()
    assert sorted(m.subject for m in mail.outbox if "ann@" in m.to[0]) == [
        "Yes, we will: One clock", "You said, we did: One clock",
    ]  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(workspace=access.workspace, decision=yes, person=town.ann)


def test_what_was_not_sent_yet_is_overtaken_by_what_is_decided_next(access: Access, problem: Problem) -> None:
    tell_decision(access, decide(access, problem, "not_now", "No time.", "Not this year."))
    publish_decision(access, decide(access, problem, "no", "Never.", WORDS))
    background.run_all()
    assert {m.subject for m in mail.outbox} == {"What we decided: Stores show different days"}
    assert len(mail.outbox) == 3


def test_a_notice_is_about_exactly_one_thing(access: Access, no: Decision, bet: Bet, town: Town) -> None:
    release = draft_release(access, "One clock", "", [bet])
    for about in ({}, {"release": release, "decision": no}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(workspace=access.workspace, person=town.ann, **about)


def test_T31_two_who_turn_out_to_be_one_were_told_once(access: Access, no: Decision, town: Town) -> None:
    publish_decision(access, no)
    notices.send(no.notices.get(person=town.otto).pk)
    merge(access, town.ann, town.otto)
    background.run_all()
    assert no.notices.get(person=town.ann).state == NoticeState.SENT
    assert sorted(m.to[0] for m in mail.outbox) == ["Otto Owner <otto@shop.example>", "Tim Tea <tim@shop.example>"]


def test_a_no_to_an_idea_reaches_who_posted_and_who_follows_it(access: Access, town: Town) -> None:
    idea = ideas.post(access.workspace, town.tim, "One midnight for all", "please")
    ideas.follow(idea, town.nora, True)
    publish_decision(access, decide(access, idea, "no", "No.", WORDS))
    background.run_all()
    assert "One midnight for all" in _to("tim").subject
    assert "you follow what somebody asked for" in str(_to("nora").body)


def test_their_own_page_says_what_was_decided(access: Access, no: Decision, town: Town) -> None:
    publish_decision(access, no)
    shown = Client().get(f"/me/{town.ann.page_key}").content.decode()
    assert "We decided not to build this: One clock" in shown
    assert "They pay too little" not in shown
    assert "slow every report down" in shown
    german = Client().get(f"/me/{town.ann.page_key}", headers={"accept-language": "de"}).content.decode()
    assert "Wir haben entschieden, das nicht zu bauen: One clock" in german
    assert Client().post(f"/me/{town.ann.page_key}/seen").status_code == 204
    assert no.notices.get(person=town.ann).state == NoticeState.REACHED


def test_a_member_sees_whom_it_concerns_before_publishing_and_who_was_told_after(
    access: Access, bet: Bet, as_owner: Client
) -> None:
    held = decide(access, bet, "no", "They pay too little.")
    where = f"/w/acme/tell/decisions/{held.pk}"
    before = as_owner.get(where).content.decode()
    assert "Publish and tell them" in before
    assert "3 people" in before
    refused = as_owner.post(where, {"words": " "})
    assert refused.status_code == 422
    assert "Write what they will read" in refused.content.decode()
    assert as_owner.post(where, {"words": WORDS}).status_code == 302
    after = as_owner.get(where).content.decode()
    assert "Who was told" in after
    assert "One of the mails" in after
    listed = as_owner.get(f"/w/acme/tell/notices?decision={held.pk}").content.decode()
    assert f"/tell/decisions/{held.pk}" in listed


def test_somebody_without_an_address_stays_owed_and_visible(access: Access, bet: Bet, problem: Problem) -> None:
    from wellheard.listen.models import Voice
    from wellheard.understand.services.problems import add_evidence

    silent = Person.objects.create(workspace=access.workspace, name="No Address")
    voice = Voice.objects.create(workspace=access.workspace, text="me too", author=silent, said_at=timezone.now())
    add_evidence(access, problem, [voice])
    held = decide(access, bet, "no", "No.", WORDS)
    assert publish_decision(access, held) == 3
    assert held.notices.get(person=silent).state == NoticeState.NO_ADDRESS
