"""A problem from quote to result: on the page, as Markdown, as JSON, for programs and on the command line."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.console.chain import as_dict, chain_of
from wellheard.console.chain_words import markdown, plain
from wellheard.core.markdown import to_html
from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Channel, Voice
from wellheard.measure.models import Outcome
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services.workspaces import make_token
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.services.problems import create_problem


@pytest.fixture
def told(access: Access, town: Town) -> Problem:
    voices = []
    for i, (author, account, text) in enumerate(
        [
            (town.ann, town.lind, "I see Sunday's sales on *Monday*. <b>Why?</b>"),
            (town.nora, town.fjord, "Our accountant cannot close the month."),
            (town.otto, town.lind, "# My staff complain about the days"),
        ]
    ):
        voices.append(
            Voice.objects.create(
                workspace=town.workspace, author=author, account=account, text=text, channel=Channel.EMAIL,
                account_state="active", account_cents=4900, said_at=timezone.now() - timedelta(days=i),
            )
        )  # fmt: skip
    problem = create_problem(access, "Days differ", "Each store ends its day alone.", [v.pk for v in voices])
    bet = Bet.objects.create(
        workspace=town.workspace, name="One midnight", metric="Report opened", expected_percent=20, smallest_percent=8,
        state=Bet.State.SHIPPED, shipped_on=date(2026, 9, 1), undo_rule="If reports take longer",
    )  # fmt: skip
    bet.problems.add(problem)
    Decision.objects.create(
        workspace=town.workspace, bet=bet, answer="yes", reason="Both sides ask.", decided_by="Olga"
    )
    Decision.objects.create(
        workspace=town.workspace, problem=problem, answer="not_now", reason="After invoices.", decided_by="Olga"
    )
    release = Release.objects.create(
        workspace=town.workspace, title="One midnight for all", shipped_on=date(2026, 9, 1)
    )
    release.bets.add(bet)
    Notice.objects.create(
        workspace=town.workspace, release=release, person=town.ann, problem=problem, state=NoticeState.SENT
    )
    Outcome.objects.create(
        workspace=town.workspace, bet=bet, word="likely helped", level=2, estimate=0.22, low=0.06, high=0.41, asked=60,
        compared=180, pieces={"reasons": ["Nobody was left out at random."]}, release_week=date(2026, 8, 31),
        measured_to=date(2026, 10, 11),
    )  # fmt: skip
    return problem


def test_the_page_tells_it_all_in_order(as_viewer: Client, told: Problem) -> None:
    shown = as_viewer.get(f"/w/acme/understand/problems/{told.pk}/chain").content.decode()
    order = [
        "Days differ", "Who has it", "In their words", "Our accountant cannot close", "What its voices leave open", "Decisions",
        "After invoices.", "Bet: One midnight", "Expected 20 %", "If reports take longer", "Both sides ask.", "One midnight for all",
        "Likely helped", "+22%", "+6% to +41%", "60 asked, 180 compared", "Nobody was left out at random.", "Who was told",
        "History", "confirmed this problem",
    ]  # fmt: skip
    at = -1
    for words in order:
        assert (at := shown.find(words, at + 1)) >= 0, words


def test_the_markdown_is_a_file_and_holds_nobodys_markup(as_viewer: Client, told: Problem) -> None:
    answer = as_viewer.get(f"/w/acme/understand/problems/{told.pk}/chain?as=markdown")
    assert answer["Content-Type"].startswith("text/markdown")
    assert f'filename="problem-{told.pk}.md"' in answer["Content-Disposition"]
    text = answer.content.decode()
    assert text.startswith("# Days differ\n")
    html = to_html(text)
    assert "<b>" not in html
    assert "<em>Monday" not in html
    assert "<h2>My staff" not in html
    assert "Ann Assistant, Bäckerei Lind (active then, €49 a month then), e-mail" in text


def test_the_json_and_the_api_and_the_command_line_agree(as_viewer: Client, access: Access, told: Problem) -> None:
    page = json.loads(as_viewer.get(f"/w/acme/understand/problems/{told.pk}/chain?as=json").content)
    _, token = make_token(access, "reader", Role.VIEWER)
    api = Client(headers={"Authorization": f"Bearer {token}"}).get(f"/api/problems/{told.pk}/chain").json()
    code, out, _ = run(["problems", "show", str(told.pk), "--workspace", "acme", "--json"])
    assert code == 0
    for other in (api, json.loads(out)):
        assert {k: v for k, v in other.items() if k != "as_of"} == {k: v for k, v in page.items() if k != "as_of"}
    outcome = page["bets"][0]["outcome"]
    assert (outcome["verdict"], outcome["low"], outcome["high"]) == ("likely helped", 0.06, 0.41)
    assert page["evidence"]["voices"] == 3 == len(page["quotes"])
    assert page["told"]["states"] == {"sent": 1}
    assert [d["answer"] for d in page["decisions"]] == ["not_now"]


def test_names_can_be_left_out_everywhere(as_viewer: Client, told: Problem, town: Town) -> None:
    for i in range(6):  # so that one account is loud, and the check would name it
        voice = Voice.objects.create(
            workspace=town.workspace,
            author=town.nora,
            account=town.fjord,
            text=f"And again, {i}.",
            said_at=timezone.now(),
        )
        Evidence.objects.create(problem=told, voice=voice)
    found = chain_of(told, named=False)
    for text in (markdown(found), json.dumps(as_dict(found), ensure_ascii=False)):
        for name in ("Ann Assistant", "Nora Both", "Otto Owner", "Lind", "Fjord"):
            assert name not in text
    shown = as_viewer.get(f"/w/acme/understand/problems/{told.pk}/chain?names=no").content.decode()
    assert "a user and customer" in shown
    assert "Nora Both" not in shown
    assert "read it before you pass it on" in shown


def test_a_problem_nobody_spoke_of_has_its_chain(as_viewer: Client, access: Access) -> None:
    empty = create_problem(access, "Nobody yet")
    shown = as_viewer.get(f"/w/acme/understand/problems/{empty.pk}/chain").content.decode()
    assert "Nobody has spoken of it yet" in shown
    assert "None" not in markdown(chain_of(empty))


def test_a_bet_that_is_not_judged_says_when(told: Problem) -> None:
    Outcome.objects.all().delete()
    assert "The verdict is due on" in markdown(chain_of(told))
    Bet.objects.update(shipped_on=None, state=Bet.State.DRAFT)
    assert "Nothing is measured before it has shipped." in markdown(chain_of(told))


def test_the_command_line_lists_shows_and_refuses(told: Problem) -> None:
    listed = json.loads(run(["problems", "--workspace", "acme", "--json"])[1])["problems"]
    assert [(p["name"], p["users"], p["rank_reweighted"]) for p in listed] == [("Days differ", 2, 1)]
    assert "One midnight (shipped): likely helped" in run(["problems", "show", str(told.pk), "--workspace", "acme"])[1]
    text = run(["problems", "show", str(told.pk), "--workspace", "acme", "--markdown", "--without-names"])[1]
    assert text.startswith("# Days differ")
    assert "Nora Both" not in text
    code, _, error = run(["problems", "show", "999999", "--workspace", "acme"])
    assert (code, "There is no problem 999999" in error) == (1, True)
    code, _, error = run(["problems"])
    assert (code, "--workspace" in error) == (2, True)


def test_T07_the_chain_of_another_workspace_is_not_found(as_viewer: Client, access: Access) -> None:
    from wellheard.people.services import workspaces

    rival = workspaces.create_workspace("rival", "Rival").workspace
    theirs = Problem.objects.create(workspace=rival, name="Theirs")
    assert as_viewer.get(f"/w/acme/understand/problems/{theirs.pk}/chain?as=json").status_code == 404
    code, _, _ = run(["problems", "show", str(theirs.pk), "--workspace", "acme"])
    assert code == 1


@given(st.text(st.sampled_from("ab *_#>-+1.)[](!<&|~`\\\n"), max_size=40))
def test_somebodys_words_come_out_of_the_markdown_as_they_went_in(text: str) -> None:
    html = to_html(f"> {plain(text)}")
    for tag in ("<em", "<strong", "<h2", "<ul", "<ol", "<a ", "<code", "<s>", "<hr", "<table"):
        assert tag not in html
