"""Before a no is published: whom it hurts, who acknowledges it, words to use, and follow-ups to the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.commands.decisions import decisions
from wellheard.commands.empathy import follow_ups as follow_up_commands
from wellheard.core.models import Entry
from wellheard.decide import briefs, tasks
from wellheard.decide.models import Acknowledgement, Bet, Decision, FollowUp
from wellheard.decide.queries import follow_ups, hurt
from wellheard.decide.services import (
    Terms,
    acknowledge,
    close_follow_up,
    create_bet,
    decide,
    follow_up,
    publish,
    remind,
    withdraw,
    word_brief,
)  # fmt: skip
from wellheard.listen.models import Idea, IdeaStatus
from wellheard.listen.services.boards import default_board
from wellheard.listen.services.ideas import answer as answer_idea
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Role
from wellheard.people.queries.money import today
from wellheard.people.services.workspaces import add_member
from wellheard.tell.models import Notice
from wellheard.tell.services.answers import publish_decision
from wellheard.tell.services.erasing import erase
from wellheard.tell.services.replies import answer as reply
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/decide/decisions"


@pytest.fixture
def clara(access: Access, town: Town) -> Member:
    """She looks after Bäckerei Lind; Fjord Cycles is looked after by somebody who is no member."""
    member = add_member(access, "clara@acme.example", Role.VIEWER, "Clara Care")
    Account.objects.filter(pk=town.lind.pk).update(keeper=member, owner="Clara Care")
    Account.objects.filter(pk=town.fjord.pk).update(owner="Finn Freelance")
    return member


@pytest.fixture
def as_clara(clara: Member) -> Client:
    client = Client()
    client.force_login(clara.user)
    return client


@pytest.fixture
def problem(access: Access, town: Town, clara: Member) -> Problem:
    said = [
        capture(access, "We cannot compare two days at all.", who=str(town.ann.email), account="Bäckerei Lind"),
        capture(
            access, "We sign only with one clock.", who=str(town.nora.email), account="Fjord Cycles", deal_amount="9000",
            deal_stage="open",
        ),
        capture(
            access, "Still waiting for one clock.", who=str(town.nora.email), account="Fjord Cycles", deal_amount="5000",
            deal_stage="open",
        ),
    ]  # fmt: skip
    return create_problem(access, "Days differ", voices=[v.pk for v in said])


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], Terms("One clock", "Report opened", Decimal(40), Decimal(15)))


@pytest.fixture
def no(access: Access, bet: Bet) -> Decision:
    return decide(access, bet, "no", "Two of three left.", "We will not build one clock.")


def test_dropping_a_bet_end_to_end(as_owner: Client, as_clara: Client, access: Access, bet: Bet, town: Town) -> None:
    where = as_owner.post(f"/w/acme/decide/bets/{bet.pk}/drop", {"reason": "Two of three left."})["Location"]
    number = Decision.objects.get().pk
    shown = as_owner.get(f"{where}/hurt").content.decode()
    for held in ("Clara Care", "Finn Freelance", "Bäckerei Lind", "€9,000", "€348", "We sign only with one clock."):
        assert held in shown, held
    # Through the door that owes answers nothing goes out before they know.
    told = as_owner.post(f"/w/acme/tell/decisions/{number}", {"words": "We will not build it."})
    assert told.status_code == 422
    assert "Finn Freelance, Clara Care have not acknowledged it yet" in told.content.decode()
    assert not Notice.objects.exists()
    assert "waits for you to acknowledge" in as_clara.get("/w/acme/").content.decode()
    assert "You look after people it touches" in as_clara.get(f"{where}/hurt").content.decode()
    as_clara.post(f"{where}/acknowledge", {"words": "Let me call them first."})
    assert "waits for you to acknowledge" not in as_clara.get("/w/acme/").content.decode()
    as_owner.post(f"{where}/acknowledge", {"name": "Finn Freelance", "words": "He shrugged."})
    assert as_owner.post(f"/w/acme/tell/decisions/{number}", {"words": "We will not build it."}).status_code == 302
    made = Decision.objects.get()
    bet.refresh_from_db()
    assert (made.state, bet.state, made.public_reason) == ("published", "dropped", "We will not build it.")
    assert {n.person for n in Notice.objects.all()} == {town.ann, town.nora}
    kept = {o["name"]: (o["words"], o["by"]) for o in made.hurt["owners"]}
    assert kept == {"Clara Care": ("Let me call them first.", ""), "Finn Freelance": ("He shrugged.", "Olga Owner")}
    assert "Let me call them first." in as_owner.get(where).content.decode()
    verbs = list(Entry.objects.filter(thing="bet", thing_id=bet.pk).order_by("pk").values_list("verb", flat=True))
    assert verbs[-5:] == [
        "decision.prepared", "decision.acknowledged", "decision.acknowledged", "bet.dropped", "decision.published",
    ]  # fmt: skip


def test_whom_it_hurts_counts_money_deals_and_people_once(no: Decision) -> None:
    found = hurt.whom(no)
    assert (found.people, found.users, found.customers, found.cents) == (2, 2, 1, 34800)
    # Two voices of one account speak of one deal: the larger counts.
    assert (found.deals, found.deal_cents, found.deals_unknown) == (1, 900000, 0)
    assert [(c.name, c.cents, c.deal_cents, c.needed) for c in found.needed] == [
        ("Finn Freelance", 29900, 900000, True), ("Clara Care", 4900, 0, True),
    ]  # fmt: skip
    # Whoever passed it on from the command line is told of, and nobody waits for a command line.
    assert [(c.name, c.voices) for c in found.colleagues if not c.needed] == [("command line", 3)]


def test_a_deal_in_a_currency_without_a_rate_is_said(access: Access, problem: Problem, town: Town) -> None:
    from wellheard.understand.services.problems import add_evidence

    odd = capture(access, "One clock or we leave.", who=str(town.tim.email), deal_amount="70", deal_currency="ISK", deal_stage="open")  # fmt: skip
    add_evidence(access, problem, [odd])
    found = hurt.of_thing(problem)
    assert (found.deals, found.deal_cents, found.deals_unknown) == (1, 900000, 1)


def test_every_door_refuses_until_all_know_or_a_reason_is_given(access: Access, no: Decision, bet: Bet) -> None:
    for door in (publish, publish_decision):
        with pytest.raises(ValueError, match=r"Finn Freelance, Clara Care have not acknowledged"):
            door(access, no)
    no.refresh_from_db()
    bet.refresh_from_db()
    assert (no.state, bet.state, no.hurt) == ("prepared", "draft", {})
    acknowledge(access, no, "Clara Care")
    with pytest.raises(ValueError, match="Finn Freelance has not acknowledged"):
        publish(access, no)
    publish(access, no, "Finn is away for a month.")
    assert no.despite == "Finn is away for a month."
    assert [o["at"] is None for o in no.hurt["owners"]] == [True, False]
    assert Entry.objects.get(verb="decision.published").reason == "Finn is away for a month."


def test_an_owner_who_came_later_has_to_know_as_well(access: Access, no: Decision, town: Town) -> None:
    acknowledge(access, no, "Clara Care")
    acknowledge(access, no, "Finn Freelance")
    new = add_member(access, "ida@acme.example", Role.CONTRIBUTOR, "Ida New")
    Account.objects.filter(pk=town.fjord.pk).update(keeper=new, owner="Ida New")
    with pytest.raises(ValueError, match="Ida New has not"):
        publish(access, no)


def test_whoever_decides_knows_already(access: Access, problem: Problem, clara: Member) -> None:
    from wellheard.core.journal import Actor

    hers = Access(access.workspace, Actor(access.workspace.pk, "member", clara.pk, str(clara)), Role.EDITOR, clara)
    made = decide(hers, problem, "no", "Mine to carry.")
    assert [c.name for c in hurt.whom(made).missing] == ["Finn Freelance"]


def test_acknowledging_is_refused_to_others_twice_and_too_late(
    access: Access, no: Decision, as_viewer: Client, as_clara: Client
) -> None:
    assert as_viewer.post(f"{HERE}/{no.pk}/acknowledge", {}).status_code == 422
    assert as_clara.post(f"{HERE}/{no.pk}/acknowledge", {"name": "Finn Freelance"}).status_code == 403
    as_clara.post(f"{HERE}/{no.pk}/acknowledge", {"name": "Clara Care"})
    with pytest.raises(ValueError, match="acknowledged it already"):
        acknowledge(access, no, "clara care")
    with pytest.raises(ValueError, match="looks after no account"):
        acknowledge(access, no, "Nobody Known")
    withdraw(access, no, "We found a way.")
    with pytest.raises(ValueError, match="nothing to acknowledge"):
        acknowledge(access, no, "Finn Freelance")
    assert Acknowledgement.objects.filter(at__isnull=False).count() == 1


def test_owners_are_mailed_at_once_and_three_times_at_most(no: Decision) -> None:
    tasks.ask_for_acknowledgements()
    tasks.ask_for_acknowledgements()
    (letter,) = mail.outbox
    assert letter.to == ["clara@acme.example"]
    assert letter.subject == "Before it is published: no to One clock"
    assert "Bäckerei Lind: EUR 49 a month" in letter.body
    assert f"/w/acme/decide/decisions/{no.pk}/hurt" in letter.body
    for _ in range(5):
        Acknowledgement.objects.exclude(remind_at=None).update(remind_at=timezone.now())
        tasks.ask_for_acknowledgements()
    assert len(mail.outbox) == 3
    assert Entry.objects.filter(verb="decision.asked").count() == 3


def test_who_knows_gets_no_more_mail_and_nobody_after_publication(access: Access, no: Decision) -> None:
    acknowledge(access, no, "Clara Care")
    tasks.ask_for_acknowledgements()
    assert not mail.outbox
    with pytest.raises(ValueError, match="Nobody is left"):
        remind(access, no)
    publish(access, no, "Finn is away.")
    with pytest.raises(ValueError, match="published already"):
        remind(access, no)


def test_t33_a_mail_server_that_is_away_loses_no_reminder(
    access: Access, no: Decision, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: object, fail_silently: bool = False) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", away)
        tasks.ask_for_acknowledgements()
    row = Acknowledgement.objects.get(name="Clara Care")
    assert row.remind_at is not None
    assert (row.mails, row.remind_at > timezone.now()) == (0, True)
    assert remind(access, no) == 1
    tasks.ask_for_acknowledgements()
    assert len(mail.outbox) == 1


def test_promises_of_every_kind_stand_beside(access: Access, problem: Problem, town: Town) -> None:
    voice = problem.evidence.order_by("pk")[0].voice
    idea = Idea.objects.create(
        workspace=access.workspace, board=default_board(access.workspace), voice=voice, title="One clock"
    )
    answer_idea(access, idea, IdeaStatus.PLANNED, "In spring.")
    reply(access, voice, "We are looking at it.")
    decide(access, problem, "not_now", "Later this year.", "Later this year.")
    made = decide(access, problem, "no", "Never.", "No.")
    found = hurt.whom(made)
    assert {(p.kind, p.words) for p in found.promises} == {
        ("status “planned”", "In spring."), ("an answer to somebody who asked", "We are looking at it."),
        ("decision “not now”", "Later this year."),
    }  # fmt: skip
    publish(access, made, "All are told.")
    assert len(made.hurt["promises"]) == 3
    assert "In spring." not in str(made.hurt)


def test_words_are_written_from_what_is_known_edited_and_filled(
    access: Access, as_owner: Client, no: Decision, town: Town
) -> None:
    sales = as_owner.get(f"{HERE}/{no.pk}/hurt?for=sales").content.decode()
    assert "Open deals of at least EUR 9,000 hang on it." in sales
    assert "What to say\nWe will not build one clock." in sales
    support = as_owner.get(f"{HERE}/{no.pk}/hurt?for=support").content.decode()
    assert "2 people asked for it, in 2 accounts." in support
    as_owner.post(
        f"{HERE}/{no.pk}/prepare",
        {"do": "follow_up", "what": "a call on Monday", "account": town.fjord.pk, "due": "2099-01-05", "owner": ""},
    )
    filled = as_owner.get(f"{HERE}/{no.pk}/hurt?for=account&account={town.fjord.pk}").content.decode()
    assert "Hello Nora Both,\n\nyou at Fjord Cycles told us:\n“Still waiting for one clock.”" in filled
    assert "What we can do instead: a call on Monday" in filled
    other = as_owner.get(f"{HERE}/{no.pk}/hurt?for=account&account={town.lind.pk}").content.decode()
    assert "Hello Ann Assistant" in other
    assert "What we can do instead: a call on Monday" not in other
    word_brief(access, no, "sales", "Say it on the phone.")
    assert "Say it on the phone." in as_owner.get(f"{HERE}/{no.pk}/hurt?for=sales").content.decode()
    word_brief(access, no, "sales", " ")
    assert "Open deals of at least" in as_owner.get(f"{HERE}/{no.pk}/hurt?for=sales").content.decode()
    with pytest.raises(ValueError, match="no audience"):
        word_brief(access, no, "press", "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "account", "their_words", "what_we_offer"]), st.text(max_size=30)))
def test_no_place_is_ever_left_in_words_that_go_out(places: dict[str, str]) -> None:
    template = "Hello {name},\n\nyou at {account} told us:\n“{their words}”\n\nInstead: {what we offer}\n\nBye"
    plain = {k: v.replace("{", "").replace("}", "") for k, v in places.items()}
    said = briefs.fill(template, **plain)
    assert not any("{" + p + "}" in said for p in briefs.PLACES)
    assert said.endswith("Bye")


def test_a_follow_up_is_tracked_to_its_end(
    access: Access, as_owner: Client, as_clara: Client, no: Decision, town: Town, clara: Member
) -> None:
    account = Account.objects.get(pk=town.lind.pk)
    now = today(access.workspace)
    made = follow_up(access, no, "Show them the export", now, account=account)
    assert (made.owner, made.owner_name) == (clara, "Clara Care")
    later = follow_up(access, no, "Ask again in spring", now + timedelta(days=90), "Finn Freelance")
    publish(access, no, "Both are told.")
    assert "1 of your follow-ups" in as_clara.get("/w/acme/").content.decode()
    assert "Show them the export" in as_clara.get("/w/acme/decide/follow-ups/?which=due&whose=mine").content.decode()
    FollowUp.objects.filter(pk=made.pk).update(due=now - timedelta(days=2))
    assert [(r.follow_up.pk, r.late) for r in follow_ups.rows(access.workspace)] == [(made.pk, 2), (later.pk, -90)]
    where = f"/w/acme/decide/follow-ups/{made.pk}/close"
    assert as_clara.post(where, {"note": "x"}).status_code == 403  # a viewer
    refused = as_owner.post(where, {"note": " "})
    assert refused.status_code == 422
    as_owner.post(where, {"note": "They use the export now.", "do": "done"})
    close_follow_up(access, later, "They left.", done=False)
    with pytest.raises(ValueError, match="already"):
        close_follow_up(access, later, "Twice.")
    assert {(r.follow_up.state, r.follow_up.note) for r in follow_ups.rows(access.workspace, "closed")} == {
        ("done", "They use the export now."), ("dropped", "They left."),
    }  # fmt: skip
    assert follow_ups.waiting(access.workspace, clara).open == 0
    assert "They use the export now." in as_owner.get("/w/acme/decide/follow-ups/?which=all").content.decode()


@pytest.mark.parametrize(
    ("what", "days", "told"),
    [(" ", 3, "what can be done"), ("Call", -1, "passed already"), ("x" * 401, 3, "400 at most")],
)
def test_a_follow_up_that_says_nothing_is_refused(
    access: Access, no: Decision, what: str, days: int, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        follow_up(access, no, what, today(access.workspace) + timedelta(days=days))
    assert not FollowUp.objects.exists()


def test_declining_an_idea_goes_the_same_way(access: Access, problem: Problem, town: Town) -> None:
    voice = problem.evidence.order_by("pk")[0].voice
    idea = Idea.objects.create(
        workspace=access.workspace, board=default_board(access.workspace), voice=voice, title="One clock"
    )
    with pytest.raises(ValueError, match="Clara Care looks after"):
        answer_idea(access, idea, IdeaStatus.DECLINED, "No.")
    idea.refresh_from_db()
    assert (idea.status, idea.changes.count()) == ("open", 0)
    made = decide(access, idea, "no", "Too dear.", "We will not.")
    publish(access, made, "Clara knows.")
    idea.refresh_from_db()
    assert (idea.status, idea.answer) == ("declined", "We will not.")
    answer_idea(access, idea, IdeaStatus.DECLINED, "We will not, sorry.")  # the words can still be mended


def test_an_idea_that_hurts_nobody_is_declined_at_once(access: Access, town: Town) -> None:
    voice = capture(access, "Confetti!", who=str(town.tim.email), relayed=False)
    idea = Idea.objects.create(
        workspace=access.workspace, board=default_board(access.workspace), voice=voice, title="Confetti"
    )
    answer_idea(access, idea, IdeaStatus.DECLINED, "No.")
    idea.refresh_from_db()
    assert idea.status == "declined"


def test_t26_erasing_somebody_takes_their_words_out_of_briefs(access: Access, no: Decision, town: Town) -> None:
    now = hurt.whom(no)
    word_brief(access, no, "success", briefs.written(no, now, "success"))
    assert "We sign only with one clock." in no.briefs.get().words
    erase(access, town.nora)
    assert "We sign only with one clock." not in no.briefs.get().words
    assert "We cannot compare two days at all." in no.briefs.get().words


def test_empty_pages_say_what_will_be_here(access: Access, as_owner: Client) -> None:
    lonely = create_problem(access, "Nobody spoke of it")
    made = decide(access, lonely, "no", "Nobody asked.")
    shown = as_owner.get(f"{HERE}/{made.pk}/hurt").content.decode()
    assert "It can be published at once." in shown
    assert "No follow-ups yet" in as_owner.get("/w/acme/decide/follow-ups/").content.decode()
    publish(access, made)
    assert made.hurt["owners"] == []


def test_who_was_never_asked_is_not_said_to_have_kept_silent(
    as_owner: Client, access: Access, problem: Problem
) -> None:
    made = Decision.objects.create(
        workspace=access.workspace, problem=problem, answer="no", reason="Long ago.", decided_by="Olga", published_at=timezone.now()
    )  # fmt: skip
    shown = as_owner.get(f"{HERE}/{made.pk}/hurt").content.decode()
    assert "was not asked" in shown
    assert "did not acknowledge" not in shown


def test_a_contributor_publishes_nothing_and_reminds_nobody(access: Access, no: Decision) -> None:
    from dataclasses import replace

    weak = replace(access, role=Role.CONTRIBUTOR)
    for act in (lambda: remind(weak, no), lambda: publish(weak, no, "x"), lambda: acknowledge(weak, no, "Clara Care")):
        with pytest.raises(PermissionDenied):
            act()


@pytest.fixture
def run(access: Access) -> Callable[..., Any]:
    def call(group: Any, *words: str) -> Any:
        said = CliRunner().invoke(group, [*words, "--workspace", access.workspace.slug], standalone_mode=False)
        assert said.exception is None, said.exception
        return said.return_value

    return call


def test_by_command(run: Callable[..., Any], no: Decision, town: Town) -> None:
    number = str(no.pk)
    assert run(decisions, "hurt", number).data["missing"] == ["Finn Freelance", "Clara Care"]
    assert "not yet" in run(decisions, "hurt", number).text
    assert "Who may write" in run(decisions, "hurt", number, "--words", "support").text
    assert run(decisions, "remind", number).data == {"reminded": 1}
    for name in ("Finn Freelance", "Clara Care"):
        run(decisions, "acknowledge", number, "--name", name, "--words", "Fine.")
    made = run(
        follow_up_commands,
        "add",
        "--decision",
        number,
        "--what",
        "Call them",
        "--due",
        "2099-01-05",
        "--account",
        "lind",
    ).data
    assert made["owner"] == "Clara Care"
    assert len(run(follow_up_commands, "list").data["follow_ups"]) == 1
    assert run(follow_up_commands, "close", str(made["id"]), "--note", "They stay.").data["state"] == "done"
    assert run(decisions, "publish", number).data["state"] == "published"
    assert date.fromisoformat(run(decisions, "hurt", number).data["hurt"]["at"][:10])
