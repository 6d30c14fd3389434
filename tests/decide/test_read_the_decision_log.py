"""The decision log: evidence kept as it was, opinions and dissent, filters, files to take along, commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.test import Client

from tests.conftest import Town
from wellheard.commands.decisions import decisions
from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision, Opinion
from wellheard.decide.queries import log
from wellheard.decide.services import Terms, consult, create_bet, decide, opine, publish
from wellheard.listen.models import Idea, Voice
from wellheard.listen.services.boards import default_board
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Revenue, Role
from wellheard.tell.services.erasing import erase
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import add_evidence, create_problem

HERE = "/w/acme/decide/decisions"


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    said = [
        capture(access, f"{p} cannot compare two days at all.", who=str(p.email), account=account.name).pk
        for p, account in ((town.ann, town.lind), (town.otto, town.lind), (town.nora, town.fjord))
    ]
    return create_problem(access, "Days differ", voices=said)


@pytest.fixture
def bet(access: Access, problem: Problem) -> Bet:
    return create_bet(access, [problem], Terms("One clock", "Report opened", Decimal(40), Decimal(15)))


def test_evidence_is_kept_as_it_was_through_both_lenses(
    access: Access, as_viewer: Client, bet: Bet, problem: Problem, town: Town
) -> None:
    made = decide(access, bet, "yes", "Half of them ask.", "We are on it.")
    before = made.snapshot
    assert (before["voices"], before["users"], before["customers"], before["accounts"]) == (3, 2, 2, 2)
    assert (before["cents"], before["customer_cents"], before["currency"]) == (34800, 34800, "EUR")
    assert [(p["name"], p["users"], p["customers"]) for p in before["problems"]] == [("Days differ", 2, 2)]
    assert [a["name"] for a in before["top_accounts"]] == ["Fjord Cycles", "Bäckerei Lind"]
    assert {q["who"] for q in before["quotes"]} == {"Ann Assistant", "Otto Owner", "Nora Both"}
    # What comes later changes nothing about it.
    add_evidence(access, problem, [capture(access, "Tim has it too, each day.", who=str(town.tim.email))])
    Revenue.objects.filter(account=town.fjord).update(cents=100)
    Voice.objects.filter(author=town.nora).update(text="edited away")
    made.refresh_from_db()
    assert made.snapshot == before
    shown = as_viewer.get(f"{HERE}/{made.pk}").content.decode()
    assert "Nora Both cannot compare two days at all." in shown
    assert "€348" in shown
    assert "We are on it." in shown


def test_opinions_and_dissent_are_kept_and_can_come_late(as_owner: Client, as_viewer: Client, bet: Bet) -> None:
    as_owner.post(f"/w/acme/decide/bets/{bet.pk}/decide", {"answer": "yes", "reason": "Many ask."})
    made = Decision.objects.get()
    as_owner.post(f"{HERE}/{made.pk}/add", {"do": "opine", "stand": "for", "craft": "product", "words": "At last."})
    as_owner.post(
        f"{HERE}/{made.pk}/add",
        {
            "do": "opine",
            "stand": "against",
            "craft": "engineering",
            "words": "Time zones will eat us.",
            "name": "Erik Eng",
        },
    )
    mine, theirs = made.opinions.order_by("pk")
    assert (mine.name, mine.written_by, mine.late) == ("Olga Owner", "", True)
    assert (theirs.name, theirs.written_by, theirs.member) == ("Erik Eng", "Olga Owner", None)
    shown = as_viewer.get(f"{HERE}/{made.pk}").content.decode()
    assert "1 against it" in shown
    assert "Time zones will eat us." in shown
    assert "after it was published" in shown
    assert "1 against" in as_viewer.get(f"{HERE}/?dissent=yes").content.decode()
    assert [e.data["stand"] for e in Entry.objects.filter(verb="decision.opinion").order_by("pk")] == ["for", "against"]


@pytest.mark.parametrize(
    "given",
    [
        {"do": "opine", "stand": "for", "craft": "product", "words": " "},
        {"do": "opine", "stand": "perhaps", "craft": "product", "words": "kept words"},
        {"do": "opine", "stand": "for", "craft": "astrology", "words": "kept words"},
        {"do": "consult", "name": "", "how": "asked", "words": "kept words"},
        {"do": "consult", "name": "Olga", "how": "sung", "words": "kept words"},
    ],
)
def test_what_says_nothing_comes_back_with_what_was_typed(
    as_owner: Client, access: Access, bet: Bet, given: dict[str, str]
) -> None:
    made = decide(access, bet, "yes", "Many ask.")
    shown = as_owner.post(f"{HERE}/{made.pk}/add", given)
    assert shown.status_code == 422
    assert 'role="alert"' in shown.content.decode()
    assert given["words"].strip() in shown.content.decode()
    assert not made.opinions.exists()
    assert not made.consulted.exists()


def test_who_was_spoken_with_is_noted(as_owner: Client, access: Access, bet: Bet) -> None:
    made = decide(access, bet, "yes", "Many ask.")
    as_owner.post(
        f"{HERE}/{made.pk}/add", {"do": "consult", "name": "Olga Owner", "how": "told", "words": "Fine by me."}
    )
    noted = made.consulted.get()
    assert (noted.how, noted.words, noted.member is not None) == ("told", "Fine by me.", True)


def test_a_viewer_reads_and_adds_nothing(access: Access, bet: Bet) -> None:
    made = decide(access, bet, "yes", "Many ask.")
    weak = replace(access, role=Role.VIEWER)
    for act in (lambda: opine(weak, made, "for", "x", "sales"), lambda: consult(weak, made, "x")):
        with pytest.raises(PermissionDenied):
            act()


def test_the_log_is_filtered(access: Access, bet: Bet, problem: Problem) -> None:
    yes = decide(access, bet, "yes", "Many ask.")
    no = decide(access, problem, "no", "Out of reach, whales included.")
    opine(access, no, "against", "They pay most.", "sales")
    w = access.workspace

    def found(**given: Any) -> list[int]:
        return [d.pk for d in log.log(w, log.Which(**given))]

    assert found() == [no.pk, yes.pk]
    assert found(answer="no") == found(state="prepared") == found(about="problem") == found(dissent=True) == [no.pk]
    assert found(state="published") == found(bet=bet.pk) == found(words="one CLOCK") == [yes.pk]
    assert found(words="whales reach") == [no.pk]
    assert found(problem=problem.pk, answer="yes") == found(state="withdrawn") == []
    with pytest.raises(ValueError, match="answer is one of"):
        log.Which(answer="maybe").check()


def test_deciding_beside_the_evidence(as_owner: Client, problem: Problem) -> None:
    assert "Days differ" in as_owner.get(f"{HERE}/new").content.decode()
    assert "€348" in as_owner.get(f"{HERE}/new?problem={problem.pk}").content.decode()
    given = {"problem": problem.pk, "answer": "no", "reason": "", "public_reason": "Kept."}
    refused = as_owner.post(f"{HERE}/new", given)
    assert refused.status_code == 422
    assert "Kept." in refused.content.decode()
    assert as_owner.post(f"{HERE}/new", {"answer": "no", "reason": "x"}).status_code == 422
    where = as_owner.post(f"{HERE}/new", {**given, "reason": "Too few."})["Location"]
    made = Decision.objects.get()
    assert where == f"{HERE}/{made.pk}"
    assert (made.state, made.public_reason) == ("prepared", "Kept.")
    as_owner.post(f"{HERE}/{made.pk}/change", {"do": "words", "public_reason": "We looked at it."})
    assert "We looked at it." in as_owner.get(where).content.decode()
    assert as_owner.post(f"{HERE}/{made.pk}/change", {"do": "withdraw", "reason": ""}).status_code == 422
    as_owner.post(f"{HERE}/{made.pk}/change", {"do": "withdraw", "reason": "We found a way."})
    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert "We found a way." in as_owner.get(where).content.decode()


def test_an_idea_is_decided_on_with_its_voters(access: Access, as_owner: Client, town: Town) -> None:
    voice = capture(access, "Dark mode, please, for the night shift.", who=str(town.ann.email))
    idea = Idea.objects.create(
        workspace=access.workspace, board=default_board(access.workspace), voice=voice, title="Dark mode"
    )
    idea.votes.create(person=town.nora)
    assert "Dark mode" in as_owner.get(f"{HERE}/new?idea={idea.pk}").content.decode()
    made = decide(access, idea, "not_now", "After the clock.")
    assert (made.snapshot["votes"], made.snapshot["users"], made.snapshot["cents"]) == (1, 2, 34800)
    assert "Dark mode" in as_owner.get(f"{HERE}/{made.pk}").content.decode()
    assert "Dark mode" in as_owner.get(f"{HERE}/?about=idea").content.decode()


def test_taking_it_along_as_markdown_and_json(access: Access, as_viewer: Client, bet: Bet) -> None:
    made = decide(access, bet, "yes", "Many *ask*.")
    opine(access, made, "against", "Time zones will eat us.", "engineering", "Erik Eng")
    text = as_viewer.get(f"{HERE}/{made.pk}?as=markdown").content.decode()
    assert text.startswith("# Yes: One clock")
    assert r"Many \*ask\*." in text
    assert f"http://testserver{HERE}/{made.pk}" in text
    assert "| Days differ | 2 | 2 | 2 | €348 |" in text
    assert "**Against it**, Erik Eng (engineering)" in text
    whole = json.loads(as_viewer.get(f"{HERE}/?as=json").content)
    assert whole["decisions"] == [json.loads(as_viewer.get(f"{HERE}/{made.pk}?as=json").content)]
    assert whole["decisions"][0]["evidence"]["users"] == 2
    assert "## Yes: One clock" in as_viewer.get(f"{HERE}/?as=markdown").content.decode()


def test_t26_erasing_somebody_takes_their_words_out_of_kept_evidence(access: Access, bet: Bet, town: Town) -> None:
    made = decide(access, bet, "yes", "Many ask.")
    erase(access, town.nora)
    made.refresh_from_db()
    held = json.dumps(made.snapshot)
    assert "Nora" not in held
    assert made.snapshot["users"] == 2
    assert {q["who"] for q in made.snapshot["quotes"]} == {"Ann Assistant", "Otto Owner"}


def test_an_empty_log_offers_the_next_step(as_owner: Client, as_viewer: Client, town: Town) -> None:
    assert f"{HERE}/new" in as_owner.get(f"{HERE}/").content.decode()
    assert "Nothing has been decided yet" in as_viewer.get(f"{HERE}/").content.decode()
    assert "Nothing like that" in as_viewer.get(f"{HERE}/?answer=no").content.decode()


@pytest.fixture
def run(access: Access) -> Callable[..., Any]:
    def call(*words: str, code: int = 0) -> Any:
        said = CliRunner().invoke(decisions, [*words, "--workspace", access.workspace.slug], standalone_mode=False)
        if code:
            assert said.exception is not None
            return str(getattr(said.exception, "message", said.exception))
        assert said.exception is None, said.exception
        return said.return_value.data

    return call


def test_by_command_from_the_first_word_to_the_last(run: Callable[..., Any], bet: Bet) -> None:
    made = run("make", "--bet", str(bet.pk), "--answer", "no", "--reason", "Too dear.")
    assert made["state"] == "prepared"
    number = str(made["id"])
    run("opine", number, "Two deals hang on it.", "--stand", "against", "--craft", "sales", "--name", "Sam Sales")
    run("consult", number, "Fine.", "--name", "Nora Both")
    run("words", number, "We will not build it.")
    assert run("publish", number, "--despite", "Told by phone.")["state"] == "published"
    bet.refresh_from_db()
    assert bet.state == "dropped"
    shown = run("show", number)
    assert (shown["public_reason"], shown["opinions"][0]["stand"]) == ("We will not build it.", "against")
    assert shown["consulted"][0]["words"] == "Fine."
    assert [d["id"] for d in run("list", "--dissent")["decisions"]] == [made["id"]]
    assert "already" in run("withdraw", number, "--reason", "x", code=1)
    assert "No decision" in run("show", "999", code=1)
    assert "one of" in run("make", "--answer", "no", "--reason", "x", code=1)


def test_dissent_added_after_publication_changes_nothing_else(access: Access, problem: Problem) -> None:
    made = decide(access, problem, "no", "Too few.")
    publish(access, made, "Nobody is hurt.")
    before = Decision.objects.values().get(pk=made.pk)
    late = opine(access, made, "against", "I said so.", "support")
    assert late.late
    assert Opinion.objects.count() == 1
    assert Decision.objects.values().get(pk=made.pk) == before
