"""Users and customers side by side: counted right, tested exactly, and silent where too few spoke."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from wellheard.__main__ import run
from wellheard.listen.models import Voice
from wellheard.people.models import Account, Person, Relation, Revenue, Workspace
from wellheard.people.services.workspaces import Made
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.disagree import Stand, _rank, _test, stands


class Talkers:
    """People who only use, and people who only buy for a paying account of their own."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.n = workspace, 0

    def problem(self, name: str, users: int, buyers: int, days: int = 1, account: Account | None = None) -> Problem:
        problem = Problem.objects.create(workspace=self.workspace, name=name)
        for role, count in (("uses", users), ("buys", buyers)):
            for _ in range(count):
                self.speak(problem, role, days, account)
        return problem

    def speak(self, problem: Problem, role: str, days: int = 1, account: Account | None = None) -> Person:
        self.n += 1
        held = account or self.account(f"A{self.n}", 1000)
        person = Person.objects.create(workspace=self.workspace, external_id=f"p{self.n}")
        Relation.objects.create(workspace=self.workspace, person=person, account=held, **{role: True})
        voice = Voice.objects.create(
            workspace=self.workspace, text="x", author=person, account=held, said_at=timezone.now() - timedelta(days)
        )
        Evidence.objects.create(problem=problem, voice=voice)
        return person

    def account(self, name: str, cents: int) -> Account:
        made = Account.objects.create(workspace=self.workspace, name=name)
        if cents:
            Revenue.objects.create(
                workspace=self.workspace, account=made, cents=cents, currency="EUR", since=date(2026, 1, 1)
            )
        return made


@pytest.fixture
def talkers(workspace: Workspace) -> Talkers:
    return Talkers(workspace)


def told(workspace: Workspace, days: int | None = None) -> dict[str, tuple[int, int, str]]:
    return {s.problem.name: (s.users, s.customers, s.word) for s in stands(workspace, days)}


def test_shares_that_differ_clearly_are_named_and_others_are_not(talkers: Talkers, workspace: Workspace) -> None:
    talkers.problem("Slow", 30, 2)
    talkers.problem("Dear", 3, 20)
    talkers.problem("Ugly", 10, 7)
    talkers.problem("Rare", 2, 1)
    assert told(workspace) == {
        "Slow": (30, 2, "users more"), "Dear": (3, 20, "customers more"), "Ugly": (10, 7, "may be chance"),
        "Rare": (2, 1, "too few to say"),
    }  # fmt: skip
    slow = next(s for s in stands(workspace) if s.problem.name == "Slow")
    assert (slow.all_users, slow.all_customers, slow.user_rank, slow.customer_rank, slow.gap) == (45, 30, 1, 3, -2)
    assert [s.problem.name for s in stands(workspace)][-1] == "Rare"


def test_the_exact_test_equals_one_counted_by_hand() -> None:
    """Fisher's own tea: of 4 and 4, three right on each side gives p = 34/70."""
    stand = Stand(Problem(pk=1, name="Tea"), 3, 4, 1, 4, 0)
    stand.all_users, stand.all_customers = 4, 4
    _test([stand])
    assert stand.p is None  # four on a side are too few to say anything
    big = Stand(Problem(pk=2, name="Big"), 5, 5, 0, 5, 0)
    _test([big])
    assert big.p == pytest.approx(2 / 252)


def test_with_few_on_one_side_nothing_is_said(talkers: Talkers, workspace: Workspace) -> None:
    talkers.problem("Slow", 40, 0)
    talkers.problem("Dear", 0, 4)
    assert {word for _, _, word in told(workspace).values()} == {"too few to say"}


def test_only_what_was_said_lately_when_asked_so(talkers: Talkers, workspace: Workspace) -> None:
    talkers.problem("Old", 3, 3, days=200)
    talkers.problem("New", 1, 2, days=5)
    assert told(workspace, 90) == {"Old": (0, 0, "too few to say"), "New": (1, 2, "too few to say")}
    assert told(workspace)["Old"][:2] == (3, 3)


def test_accounts_in_which_one_side_spoke_are_named_by_what_they_pay(talkers: Talkers, workspace: Workspace) -> None:
    problem = talkers.problem("Slow", 0, 0)
    big, small, both, free = (
        talkers.account(n, c) for n, c in (("Big", 9000), ("Small", 100), ("Both", 500), ("Free", 0))
    )
    talkers.speak(problem, "uses", account=big)
    talkers.speak(problem, "buys", account=small)
    talkers.speak(problem, "uses", account=both)
    talkers.speak(problem, "buys", account=both)
    talkers.speak(problem, "uses", account=free)
    found = stands(workspace)[0]
    assert [(b.account.name, b.users, b.buyers) for b in found.between] == [("Big", 1, 0), ("Small", 0, 1)]


counts = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(st.lists(counts, min_size=1, max_size=6))
def test_ranks_and_p_keep_their_bounds(said: list[tuple[int, int]]) -> None:
    users, customers = sum(u for u, _ in said), sum(c for _, c in said)
    found = [Stand(Problem(pk=n), u, users, c, customers, c) for n, (u, c) in enumerate(said)]
    _rank(found)
    _test(found)
    for s in found:
        assert 1 <= s.user_rank <= len(found)
        assert 1 <= s.customer_rank <= len(found)
        assert s.p is None or 0 <= s.p <= 1
    for a in found:
        for b in found:
            assert (a.users > b.users) == (a.user_rank < b.user_rank)


def test_page_api_and_command_tell_the_same(as_viewer: Client, made: Made, talkers: Talkers) -> None:
    assert "No problem confirmed yet" in as_viewer.get("/w/acme/understand/disagree").content.decode()
    talkers.problem("Slow", 30, 2)
    talkers.problem("Dear", 3, 20)
    page = as_viewer.get("/w/acme/understand/disagree").content.decode()
    assert "users more" in page
    assert "2 problems differ more than chance explains" in page
    assert as_viewer.get("/w/acme/understand/disagree?days=90").status_code == 200
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    rows = client.get("/api/disagreement", {"days": 90}).json()["problems"]
    assert {r["name"]: r["says"] for r in rows} == {"Slow": "users more", "Dear": "customers more"}
    code, out, _ = run(["disagree", "--workspace", "acme"])
    assert (code, "users more" in out) == (0, True)
