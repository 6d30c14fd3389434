"""Who never spoke, part by part; and problems as everybody would rank them, held against sums done by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.listen.models import Voice
from wellheard.people.models import Account, Person, Relation, Revenue, Segment, Workspace
from wellheard.people.segments import members
from wellheard.people.services.workspaces import Made
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries import silent
from wellheard.understand.queries.reweigh import effective, reweigh, weigh


def speak(person: Person | None, problem: Problem | None = None, days: int = 1, account: Account | None = None) -> None:
    where = person.workspace if person else account.workspace  # type: ignore[union-attr]
    voice = Voice.objects.create(
        workspace=where, text="x", author=person, account=account, said_at=timezone.now() - timedelta(days)
    )
    if problem:
        Evidence.objects.create(problem=problem, voice=voice)


@pytest.fixture
def forty(workspace: Workspace) -> dict[str, Problem]:
    """10 speak English, 30 German. Of 8 English who spoke 6 spoke of A and 2 of B; both Germans who spoke, of B."""
    made = {n: Problem.objects.create(workspace=workspace, name=n) for n in "AB"}
    for n in range(40):
        language = "en" if n < 10 else "de"
        person = Person.objects.create(workspace=workspace, external_id=f"p{n}", language=language)
        if n < 8:
            speak(person, made["A" if n < 6 else "B"])
        elif 10 <= n < 12:
            speak(person, made["B"])
    return made


def test_the_ranking_turns_as_the_sum_by_hand_says(workspace: Workspace, forty: dict[str, Problem]) -> None:
    """w(en) = (10/40)/(8/10) = 0.3125, w(de) = (30/40)/(2/10) = 3.75; A 6·0.3125/10, B (2·0.3125 + 2·3.75)/10;
    effective 10²/(8·0.3125² + 2·3.75²) = 100/28.90625."""
    found = reweigh(workspace, ["language"])
    assert {(w.stratum, w.base, w.spoke, w.weight, w.capped) for w in found.weights} == {
        (("de",), 30, 2, 3.75, False), (("en",), 10, 8, 0.3125, False),
    }  # fmt: skip
    told = {p.problem.name: (p.raw, p.weighted, p.raw_rank, p.rank) for p in found.problems}
    assert told["A"] == (0.6, pytest.approx(0.1875), 1, 2)
    assert told["B"] == (0.4, pytest.approx(0.8125), 2, 1)
    assert found.effective == pytest.approx(100 / 28.90625)
    assert (found.base, found.spoke, found.unheard, found.few) == (40, 10, 0, True)


def test_a_weight_over_the_cap_is_cut_and_said(workspace: Workspace, forty: dict[str, Problem]) -> None:
    found = reweigh(workspace, ["language"], cap=2.0)
    assert [w.stratum for w in found.capped] == [("de",)]
    weighted = {p.problem.name: p.weighted for p in found.problems}
    assert weighted["A"] == pytest.approx(6 * 0.3125 / (8 * 0.3125 + 2 * 2.0))


def test_a_part_in_which_nobody_spoke_stands_for_nobody(workspace: Workspace, forty: dict[str, Problem]) -> None:
    for n in range(10):
        Person.objects.create(workspace=workspace, external_id=f"f{n}", language="fr")
    found = reweigh(workspace, ["language"])
    assert found.unheard == 10
    assert {p.problem.name: round(p.weighted, 4) for p in found.problems} == {"A": 0.1875, "B": 0.8125}
    with pytest.raises(ValueError, match="cannot be cut by 'plan'"):
        reweigh(workspace, ["plan"])
    with pytest.raises(ValueError, match="at most 2"):
        reweigh(workspace, ["language"] * 3)


def test_only_what_was_said_in_the_period_counts(workspace: Workspace, forty: dict[str, Problem]) -> None:
    Voice.objects.filter(author__language="de").update(said_at=timezone.now() - timedelta(100))
    assert reweigh(workspace, ["language"], days=90).spoke == 8
    assert silent.silence(workspace, 90).people.silent == 32
    assert silent.silence(workspace).people.silent == 30


base = st.dictionaries(st.integers(0, 60), st.sampled_from("abcd").map(lambda x: (x,)), min_size=1)


@given(base, st.data())
def test_weights_restore_the_base(held: dict[int, tuple[str, ...]], data: st.DataObject) -> None:
    spoke = data.draw(st.sets(st.sampled_from(sorted(held)), min_size=1))
    weights, of = weigh(held, spoke, cap=1e9)
    heard = [p for p in held if held[p] in {held[s] for s in spoke}]
    for stratum in {held[p] for p in spoke}:
        weighted = sum(w for p, w in of.items() if held[p] == stratum) / sum(of.values())
        assert weighted == pytest.approx(sum(held[p] == stratum for p in heard) / len(heard))
    assert sum(of.values()) == pytest.approx(len(spoke))
    assert 0 < effective(list(of.values())) <= len(spoke) + 1e-9
    assert sum(w.base for w in weights) == len(held)
    capped = weigh(held, spoke, cap=1.0)[1]
    assert all(w <= 1.0 for w in capped.values())


def test_the_silent_are_counted_by_people_accounts_revenue_language_and_trait(town: Town) -> None:
    Person.objects.filter(pk__in=[town.ann.pk, town.tim.pk]).update(language="de", traits={"job": "cook", "beta": True})
    Person.objects.filter(pk__in=[town.otto.pk, town.nora.pk]).update(traits={"job": "owner", "beta": False})
    speak(town.ann, account=town.lind)
    speak(None, account=town.free)
    found = silent.silence(town.workspace)
    assert (found.people.base, found.people.silent) == (4, 3)
    assert (found.accounts.base, found.accounts.silent) == (3, 1)
    assert (found.paying.base, found.paying.silent, found.paying.cents, found.paying.silent_cents) == (
        2,
        1,
        34800,
        29900,
    )
    cuts = {(c.of, c.key): {p.value: (p.base, p.silent) for p in c.parts} for c in found.cuts}
    assert cuts["people", "language"] == {"de": (2, 1), "en": (2, 2)}
    assert cuts["people", "trait:job"] == {"cook": (2, 1), "owner": (2, 2)}
    assert cuts["people", "trait:beta"] == {"yes": (2, 1), "no": (2, 2)}
    assert cuts["accounts", "state"] == {"active": (2, 1), "trial": (1, 0)}


def test_each_part_lists_exactly_those_it_counts(town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(language="de", traits={"job": "cook", "beta": True, "size": 3})
    Person.objects.filter(pk=town.tim.pk).update(language="", traits={"job": "owner", "beta": False, "size": 4})
    Account.objects.filter(pk=town.free.pk).update(plan="")
    speak(town.otto, account=town.lind)
    for days in (None, 90):
        for cut in silent.silence(town.workspace, days).cuts:
            for part in cut.parts:
                held = silent.keys(town.workspace, part.of, part.key, part.value, days)  # type: ignore[arg-type]
                assert len(held) == part.silent, (cut.of, cut.key, part)


def test_a_trait_with_many_values_is_no_cut(workspace: Workspace) -> None:
    for n in range(20):
        Person.objects.create(workspace=workspace, external_id=f"p{n}", traits={"seat": n, "half": n % 2})
    assert [c.key for c in silent.silence(workspace).cuts] == ["trait:half"]


def test_a_member_reads_opens_and_keeps(as_owner: Client, as_viewer: Client, town: Town) -> None:
    speak(town.ann, account=town.lind)
    page = as_viewer.get("/w/acme/people/silent").content.decode()
    assert "3 of 4" in page
    assert as_viewer.get("/w/acme/people/silent", {"days": "90", "by": ["language", ""]}).status_code == 200
    opened = as_owner.get(
        "/w/acme/people/silent", {"of": "accounts", "key": "state", "value": "trial"}
    ).content.decode()
    assert "Tiny Tea" in opened
    assert "Keep as a segment" in opened
    form = {"of": "people", "key": "language", "value": "en", "days": "90", "name": "Quiet English"}
    assert as_owner.post("/w/acme/people/silent/keep", form).status_code == 302
    made = Segment.objects.get(name="Quiet English")
    assert members(made).keys == {town.otto.pk, town.nora.pk, town.tim.pk}
    for wrong in (
        {**form},
        {**form, "name": ""},
        {**form, "of": "", "name": "Z"},
        {**form, "key": "shoe", "name": "Y"},
    ):
        assert as_owner.post("/w/acme/people/silent/keep", wrong).status_code == 422, wrong
    assert as_owner.get("/w/acme/people/silent", {"of": "people", "key": "shoe"}).status_code == 422


def test_nobody_known_yet(as_viewer: Client) -> None:
    assert "Nobody is known yet" in as_viewer.get("/w/acme/people/silent").content.decode()


def test_a_program_and_a_command_tell_the_same(made: Made, forty: dict[str, Problem], event_store: object) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    told = client.get("/api/silent").json()
    assert (told["people"]["base"], told["people"]["silent"]) == (40, 30)
    weighed = client.get("/api/silent/problems", {"by": "language"}).json()
    assert [p["name"] for p in weighed["problems"]] == ["B", "A"]
    assert client.get("/api/silent/problems", {"by": "shoe"}).status_code == 422
    code, out, _ = run(["silent", "--workspace", "acme", "--by", "language"])
    assert (code, "75%" in out, "count as 3" in out) == (0, True, True)


def test_somebody_in_two_accounts_is_weighed_by_the_one_that_pays_most(town: Town) -> None:
    Relation.objects.create(workspace=town.workspace, person=town.tim, account=town.fjord, uses=True)
    problem = Problem.objects.create(workspace=town.workspace, name="Slow")
    speak(town.tim, problem)
    found = reweigh(town.workspace, ["plan"])
    assert {w.stratum: (w.base, w.spoke) for w in found.weights} == {("scale",): (2, 1), ("growth",): (2, 0)}
    Revenue.objects.create(
        workspace=town.workspace, account=town.free, cents=10**7, currency="EUR", since=date(2026, 1, 1)
    )
    assert ("free",) in {w.stratum for w in reweigh(town.workspace, ["plan"]).weights}
