"""What the voices of a problem leave open: each check fires on data that has the fault and is quiet on data that has not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.listen.models import Channel, Voice
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Role, Workspace
from wellheard.people.services.workspaces import make_token
from wellheard.understand.bias import (
    CHECKS,
    FLOOR,
    Base,
    Check,
    Said,
    State,
    campaign,
    checks,
    effective,
    leading,
    looked,
    loud,
    missing,
    nobody_left,
    one_side,
    recent,
    relayed,
)
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries import bias as queries
from wellheard.understand.queries.bias import of_problem, of_ranking
from wellheard.understand.wording import Text, pairs, same

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
WORDS = (
    "the store of my shop shows other days than the books and nobody knows why it does this to us every week".split()
)


def said(n: int, first: int = 1, **same_for_all: object) -> list[Said]:
    """n voices of n people in n accounts, ten days apart, each in other words."""
    rows = []
    for i in range(first, first + n):
        text = " ".join(random.Random(i).sample(WORDS, 12))
        rows.append(Said(i, i, i, NOW - timedelta(days=10 * i), text=text))
    return [replace(r, **same_for_all) for r in rows]  # type: ignore[arg-type]


def base(n: int = 400, **given: object) -> Base:
    """400 people: every second one uses and buys, a fifth speaks Turkish, a tenth of 400 accounts left."""
    people = frozenset(range(1, n + 1))
    held = Base(
        now=NOW, people=people, users=people, buyers=frozenset(p for p in people if p % 2), accounts=n, left=n // 10,
        told={p: {"language": "tr" if p % 5 == 0 else "de"} for p in people}, cuts=[("language", "Language")],
        voices=1000, recent=80, first=NOW - timedelta(days=700), names=lambda of, pk: f"{of} {pk}",
    )  # fmt: skip
    return replace(held, **given)  # type: ignore[arg-type]


def fair() -> list[Said]:
    """Forty voices as the base would say them."""
    rows = said(40)
    return [replace(s, left=s.voice % 10 == 0) for s in rows]


def test_voices_as_the_base_would_say_them_raise_no_doubt() -> None:
    assert looked(checks(fair(), base())) == []
    assert {c.state for c in checks(fair(), base())} == {State.FINE}


FAULTS: dict[str, tuple[object, list[Said], Base, str]] = {
    "loud account": (loud, said(6) + [replace(s, account=3) for s in said(6, 20)], base(), "7 of 12 voices (58 %) come from account 3"),
    "loud person": (loud, said(3) + [replace(s, person=2, account=None) for s in said(6, 20)], base(), "person 2"),
    "relayed": (relayed, said(9, relayed_by="Sam Sales") + said(1, 20), base(), "passed on by Sam Sales alone"),
    "only users": (one_side, [replace(s, person=2 * s.voice) for s in said(30)], base(), "None of the 30 people buys"),
    "only buyers": (one_side, said(30), base(users=frozenset(range(100, 401))), "None of the 30 people uses it"),
    "recent": (recent, [replace(s, at=NOW - timedelta(days=s.voice)) for s in said(12)], base(), "12 of 12 voices (100 %)"),
    "nobody left": (nobody_left, said(40), base(), "None of the 40 accounts has left, though 40 of 400 did"),
    "a language": (missing, [replace(s, person=5 * s.voice + 1) for s in said(40)], base(), "Language tr: 0 of 40"),
    "leading": (leading, said(7, channel=Channel.SURVEY, question="Is the export slow?") + said(3, 50), base(), "7 of them to one question: “Is the export slow?”"),
    "campaign": (campaign, said(5) + [Said(90 + i, 90 + i, 7, NOW - timedelta(days=i), text="Please do bring back the old export page now" + "!" * i) for i in range(4)], base(), "4 people within 4 days"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_with_its_numbers_and_what_to_do(fault: str) -> None:
    check, rows, held, words = FAULTS[fault]
    found: Check = check(rows, held)  # type: ignore[operator]
    assert found.state == State.LOOK
    assert words in found.says
    assert found.do
    assert found.numbers
    # And the same check is quiet where the voices are as the base would say them.
    assert check(fair(), base()).state == State.FINE  # type: ignore[operator]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_too_few_voices_say_nothing(check: object) -> None:
    for n in range(3 if check is campaign else FLOOR):
        assert check(said(n), base()).state == State.CANNOT, n  # type: ignore[operator]


@pytest.mark.parametrize(
    ("check", "rows", "held", "words"),
    [
        (one_side, said(8), base(buyers=frozenset()), "Nobody is known who buys"),
        (one_side, [replace(s, person=2 * s.voice) for s in said(6)], base(buyers=frozenset({1, 3})), "chance may explain"),
        (recent, said(8), base(first=NOW - timedelta(days=40)), "nothing older than twelve weeks"),
        (nobody_left, said(8), base(left=0), "No account is known to have left"),
        (nobody_left, said(8), base(left=4), "chance may explain"),
        (missing, said(8), base(cuts=[]), "could be told apart"),
        (missing, [replace(s, person=5 * s.voice + 1) for s in said(6)], base(), "too few people spoke"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_says_why(check: object, rows: list[Said], held: Base, words: str) -> None:
    found: Check = check(rows, held)  # type: ignore[operator]
    assert (found.state, words in found.says) == (State.CANNOT, True), found.says


def test_a_part_a_little_rarer_than_usual_is_no_fault_however_sure() -> None:
    """Of 2,000 who spoke 16 % speak Turkish, of everybody 20 %: chance does not explain it, and it changes nothing."""
    held = base(10_000)
    turkish = [5 * i for i in range(1, 321)]
    others = [p for p in range(1, 10_000) if p % 5][:1680]
    rows = [Said(i, p, None, NOW) for i, p in enumerate([*turkish, *others])]
    assert missing(rows, held).state == State.FINE


def test_a_short_text_many_wrote_is_no_campaign() -> None:
    rows = [Said(i, i, i, NOW, text="Please add dark mode") for i in range(1, 9)]
    assert campaign(rows, base()).state == State.FINE


def test_the_same_words_months_apart_are_no_campaign() -> None:
    rows = [
        Said(i, i, i, NOW - timedelta(days=40 * i), text="Please do bring back the old export page") for i in range(9)
    ]
    assert campaign(rows, base()).state == State.FINE


def test_one_person_who_repeats_themselves_is_no_campaign() -> None:
    rows = [Said(i, 1, 1, NOW, text="Please do bring back the old export page") for i in range(9)]
    assert campaign(rows, base()).state == State.FINE
    assert loud(rows, base()).state == State.LOOK


voices = st.lists(
    st.builds(
        Said, voice=st.integers(1, 10_000), person=st.none() | st.integers(1, 30), account=st.none() | st.integers(1, 12),
        at=st.integers(0, 400).map(lambda d: NOW - timedelta(days=d)), relayed_by=st.sampled_from(["", "", "Sam"]),
        channel=st.sampled_from(["email", "survey"]), left=st.booleans(),
        text=st.lists(st.sampled_from(WORDS[:8]), max_size=12).map(" ".join),
    ),
    max_size=30, unique_by=lambda s: s.voice,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(voices, st.randoms(use_true_random=False))
def test_the_order_of_voices_does_not_matter(rows: list[Said], chance: random.Random) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)
    assert checks(mixed, base(30)) == checks(rows, base(30))


@settings(max_examples=100, deadline=None)
@given(voices.filter(lambda rows: any(s.account for s in rows)), st.integers(1, 20))
def test_more_voices_of_the_loudest_account_never_lower_loud(rows: list[Said], more: int) -> None:
    counts = {a: sum(s.account == a for s in rows) for a in {s.account for s in rows if s.account}}
    top = max(counts, key=lambda a: counts[a])
    louder = [*rows, *(Said(20_000 + i, None, top, NOW) for i in range(more))]
    was, now = loud(rows, base(30)), loud(louder, base(30))
    assert was.state != State.LOOK or now.state == State.LOOK or was.account is None
    if was.account == top:
        assert now.numbers["share"] >= was.numbers["share"]
        assert now.account == top


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_the_effective_number_lies_between_one_and_all(counts: list[int]) -> None:
    assert 1 - 1e-9 <= effective(counts) <= len(counts) + 1e-9
    assert effective([*counts, 0]) == effective(counts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcde"), min_size=5, max_size=9), min_size=2, max_size=12))
def test_nearly_the_same_wordings_are_found_exactly(texts: list[list[str]]) -> None:
    """Against comparing everything with everything."""
    rows = [Text(i, i, NOW, " ".join(words)) for i, words in enumerate(texts)]
    group = {i: {i} for i in range(len(rows))}
    for a in rows:
        for b in rows:
            one, other = pairs(a.text), pairs(b.text)
            if 5 * len(one & other) >= 4 * len(one | other):
                joined = group[a.key] | group[b.key]
                for key in joined:
                    group[key] = joined
    assert {frozenset(t.key for t in g) for g in same(rows)} == {frozenset(g) for g in group.values() if len(g) > 1}


@pytest.fixture
def noisy(town: Town) -> Problem:
    """Eight voices, six of them of one account, all passed on by Sam."""
    problem = Problem.objects.create(workspace=town.workspace, name="Days differ")
    for i in range(8):
        account, author = (town.fjord, town.nora) if i < 6 else (town.lind, town.ann)
        voice = Voice.objects.create(
            workspace=town.workspace, text=f"The days differ, said {i}", author=author, account=account,
            relayed_by="Sam Sales", said_at=timezone.now() - timedelta(days=i),
        )  # fmt: skip
        Evidence.objects.create(problem=problem, voice=voice)
    return problem


def test_the_page_names_the_loud_account_and_what_to_do(as_viewer: Client, noisy: Problem) -> None:
    shown = as_viewer.get(f"/w/acme/understand/problems/{noisy.pk}").content.decode()
    assert "6 of 8 voices (75 %) come from Nora Both" in shown or "6 of 8 voices (75 %) come from Fjord Cycles" in shown
    assert "8 of 8 voices were passed on by Sam Sales alone" in shown
    assert "evidence?relayed=yes" in shown


def test_the_list_counts_what_to_look_at_and_ranks_both_ways(as_viewer: Client, noisy: Problem) -> None:
    shown = as_viewer.get("/w/acme/understand/?by=weighed").content.decode()
    assert "2 things" in shown
    assert "How far to trust this ranking" in shown
    assert "hardly more than chance" in shown


def test_an_account_that_left_counts_as_left_then_or_since(noisy: Problem, town: Town) -> None:
    def state() -> Check:
        return next(c for c in of_problem(noisy).checks if c.key == "left")

    Account.objects.filter(pk=town.free.pk).update(state="churned")
    assert state().state == State.CANNOT
    Account.objects.filter(pk=town.lind.pk).update(state="churned")
    assert (state().state, state().numbers["left"]) == (State.FINE, 1)
    Account.objects.filter(pk=town.lind.pk).update(state="active")
    Voice.objects.filter(account=town.lind).update(account_state="lost")
    assert state().numbers["left"] == 1


def test_the_ranking_counts_each_voice_once(noisy: Problem, workspace: Workspace) -> None:
    other = Problem.objects.create(workspace=workspace, name="Weeks differ")
    Evidence.objects.create(problem=other, voice=Voice.objects.order_by("pk")[0])
    ranking, each = of_ranking(workspace)
    assert (ranking.voices, each[noisy.pk].voices, each[other.pk].voices) == (8, 8, 1)


def test_changed_words_are_read_anew(noisy: Problem, workspace: Workspace, access: Access) -> None:
    def wording() -> Check:
        return next(c for c in of_problem(noisy).checks if c.key == "wording")

    assert wording().state == State.FINE
    for voice in Voice.objects.all():
        author = Person.objects.create(workspace=workspace, name=f"P{voice.pk}")
        Voice.objects.filter(pk=voice.pk).update(author=author, text="Please do bring back the old export page")
    assert wording().state == State.LOOK


def test_a_problem_without_voices_still_has_its_page(as_viewer: Client, workspace: Workspace) -> None:
    empty = Problem.objects.create(workspace=workspace, name="Nobody yet")
    assert "What its voices leave open" in as_viewer.get(f"/w/acme/understand/problems/{empty.pk}").content.decode()
    assert {c.state for c in of_problem(empty).checks} == {State.CANNOT}


def test_programs_read_the_same_checks(noisy: Problem, access: Access) -> None:
    _, token = make_token(access, "reader", Role.VIEWER)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    told = client.get(f"/api/problems/{noisy.pk}/trust").json()
    assert {c["check"]: c["state"] for c in told["checks"]}["loud"] == "look"
    assert told["look"] == 2
    ranked = client.get("/api/ranking").json()
    assert ranked["problems"][0]["look"] == ["loud", "relayed"]
    assert ranked["trust"]["voices"] == 8
    assert client.get("/api/ranking?by=shoe").status_code == 422


def test_very_many_voices_are_compared_bit_by_bit(
    noisy: Problem, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list reads so many texts at once; what it has not read it does not call fine, and the next look goes on."""
    other = Problem.objects.create(workspace=workspace, name="Weeks differ")
    for i in range(4):
        voice = Voice.objects.create(workspace=workspace, text=f"Weeks, {i}", said_at=timezone.now())
        Evidence.objects.create(problem=other, voice=voice)
    monkeypatch.setattr(queries, "PATIENCE", 1)

    def wording(found: queries.Checked) -> State:
        return next(c.state for c in found.checks if c.key == "wording")

    ranking, each = of_ranking(workspace)
    assert [wording(c) for c in (each[noisy.pk], each[other.pk], ranking)] == [State.FINE, State.CANNOT, State.CANNOT]
    ranking, each = of_ranking(workspace)
    assert [wording(c) for c in (each[noisy.pk], each[other.pk], ranking)] == [State.FINE] * 3


def test_a_large_ranking_is_kept_a_moment_and_anew_after_each_voice(
    noisy: Problem, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MANY", 3)
    first = of_ranking(workspace)
    assert of_ranking(workspace) is first
    voice = Voice.objects.create(workspace=workspace, text="One more", said_at=timezone.now())
    Evidence.objects.create(problem=noisy, voice=voice)
    assert of_ranking(workspace)[0].voices == 9
