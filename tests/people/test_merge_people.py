"""Two rows turn out to be one person or one account: merged, and taken apart again, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from tests.engine import Events
from wellheard.core.models import Entry
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import Follow, Idea, Voice, Vote
from wellheard.listen.services import ideas
from wellheard.listen.services.boards import default_board
from wellheard.people.access import Access, by_command
from wellheard.people.models import Account, Merge, Person, Relation, Revenue, Role, Segment, SegmentMember, Workspace
from wellheard.people.queries import known_as
from wellheard.people.queries.money import cents_by_account
from wellheard.people.services import merges
from wellheard.people.services.mirror import pull
from wellheard.people.services.persons import find_or_make_account, find_or_make_person
from wellheard.people.services.workspaces import create_workspace
from wellheard.store import Store
from wellheard.tell.models import OptOut

KEPT_OUT = {"core.entry", "people.merge", "sessions.session", "people.member"}


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but the journal and the list of merges itself."""
    found = {
        model._meta.label_lower: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label_lower not in KEPT_OUT and model._meta.managed
    }
    for row in found["listen.idea"]:  # a sum of fractions: its last digits depend on the order of the votes
        row["heat"] = round(row["heat"], 6)
    return found


def voice(person: Person, text: str = "Too slow", account: Account | None = None) -> Voice:
    return Voice.objects.create(
        workspace=person.workspace, author=person, account=account, text=text, said_at=timezone.now()
    )


def idea(workspace: Workspace, title: str) -> Idea:
    said = Voice.objects.create(workspace=workspace, text=title, said_at=timezone.now())
    return Idea.objects.create(workspace=workspace, board=default_board(workspace), voice=said, title=title)


def test_everything_of_the_other_is_theirs_and_comes_back_exactly(town: Town, access: Access) -> None:
    both, mine = idea(town.workspace, "Both"), idea(town.workspace, "One")
    for person in (town.ann, town.otto):
        ideas.vote(both, person)
    ideas.vote(mine, town.otto)
    voice(town.otto, account=town.lind)
    OptOut.objects.create(person=town.otto, how="my page")
    segment = Segment.objects.create(workspace=town.workspace, name="Pilots", of="people", live=False)
    for person in (town.ann, town.otto):
        SegmentMember.objects.create(segment=segment, person=person)
    before = everything()

    made = merges.merge(access, town.ann, town.otto)
    assert not Person.objects.filter(pk=town.otto.pk).exists()
    assert {v.idea_id for v in Vote.objects.filter(person=town.ann)} == {both.pk, mine.pk}
    assert [Idea.objects.get(pk=i.pk).votes_count for i in (both, mine)] == [1, 1]
    assert town.ann.voices.get().text == "Too slow"
    assert OptOut.objects.filter(person=town.ann).exists()
    assert town.ann.relations.get().words == ["uses", "buys"]
    assert SegmentMember.objects.filter(segment=segment).count() == 1
    assert Entry.objects.filter(verb="person.merged", thing_id=town.ann.pk).exists()

    undone = merges.undo(access, made)
    assert undone.left == []
    assert everything() == before
    assert Entry.objects.filter(verb="person.unmerged", thing_id=town.otto.pk).exists()


def test_the_kept_ones_values_win_unless_taken_and_gaps_are_filled(town: Town, access: Access) -> None:
    Person.objects.filter(pk=town.ann.pk).update(language="", traits={"a": 1, "b": 1})
    Person.objects.filter(pk=town.otto.pk).update(traits={"b": 2, "c": 2})
    merges.merge(access, Person.objects.get(pk=town.ann.pk), town.otto, take=["email"])
    ann = Person.objects.get(pk=town.ann.pk)
    assert (ann.name, ann.email, ann.language) == ("Ann Assistant", "otto@shop.example", "en")
    assert ann.traits == {"a": 1, "b": 1, "c": 2}


def test_ids_and_addresses_of_both_keep_finding_the_kept(town: Town, access: Access) -> None:
    made = merges.merge(access, town.ann, town.otto, take=["email"])
    for outer, email in (("otto", None), ("ann", None), (None, "ann@shop.example"), (None, "OTTO@shop.example")):
        assert find_or_make_person(access, external_id=outer, email=email) == town.ann
    assert known_as.became(town.workspace, Segment.Of.PEOPLE, town.otto.pk) == town.ann.pk
    merges.undo(access, made)
    assert find_or_make_person(access, external_id="otto", email=None).pk == town.otto.pk
    assert find_or_make_person(access, external_id=None, email="ann@shop.example") == town.ann


def test_accounts_bring_their_money_and_people(town: Town, access: Access) -> None:
    Revenue.objects.create(
        workspace=town.workspace, account=town.free, cents=100, currency="EUR", since=date(2026, 1, 1)
    )
    voice(town.tim, account=town.free)
    before = everything()
    made = merges.merge(access, town.lind, town.free, take=["name"])
    assert cents_by_account(town.workspace, date(2026, 3, 1))[town.lind.pk] == 5000
    assert {r.person_id for r in town.lind.relations.all()} == {town.ann.pk, town.otto.pk, town.tim.pk}
    assert town.lind.voices.count() == 1
    assert find_or_make_account(access, external_id="free").name == "Tiny Tea"
    assert find_or_make_account(access, external_id=None, name="Bäckerei Lind") == town.lind
    merges.undo(access, made)
    assert everything() == before


def test_the_same_payment_known_twice_counts_once(town: Town, access: Access) -> None:
    twin = Account.objects.create(workspace=town.workspace, name="Lind GmbH")
    Revenue.objects.create(workspace=town.workspace, account=twin, cents=4900, currency="EUR", since=date(2026, 1, 1))
    merges.merge(access, town.lind, twin)
    assert cents_by_account(town.workspace, date(2026, 3, 1))[town.lind.pk] == 4900


def test_what_changed_since_stays_and_is_named(town: Town, access: Access) -> None:
    first, second = voice(town.otto), voice(town.otto, "And loud")
    made = merges.merge(access, town.ann, town.otto, take=["name"])
    Voice.objects.filter(pk=first.pk).update(author=town.nora)
    Person.objects.filter(pk=town.ann.pk).update(name="Ann Maria")
    new = voice(town.ann, "Later")
    undone = merges.undo(access, made)
    first.refresh_from_db(), second.refresh_from_db(), new.refresh_from_db()
    assert (first.author, second.author, new.author) == (town.nora, town.otto, town.ann)
    assert Person.objects.get(pk=town.ann.pk).name == "Ann Maria"
    assert len(undone.left) == 2
    assert "1 voice: moved to somebody else or deleted since" in " ".join(undone.left)
    assert "Name of Ann Maria: changed since" in " ".join(undone.left)


def test_an_address_taken_meanwhile_does_not_stop_the_undo(town: Town, access: Access) -> None:
    made = merges.merge(access, town.ann, town.otto)
    Person.objects.filter(pk=town.nora.pk).update(email="Otto@shop.example")
    undone = merges.undo(access, made)
    otto = Person.objects.get(pk=town.otto.pk)
    assert (otto.email, otto.external_id) == (None, "otto")
    assert "otto@shop.example has been taken by another person since" in undone.left[0]


def test_a_preview_says_what_moves_and_changes_nothing(town: Town, access: Access) -> None:
    shared = idea(town.workspace, "Both")
    for person in (town.ann, town.otto):
        ideas.vote(shared, person)
    voice(town.otto)
    before, entries = everything(), Entry.objects.count()
    seen = merges.preview(access, town.ann, town.otto)
    assert ("voice", 1) in seen.moves
    assert ("vote", 1) in seen.settled
    assert {f.name for f in seen.differ} == {"name", "email", "external_id"}
    assert everything() == before
    assert Entry.objects.count() == entries
    assert not Merge.objects.exists()


def test_the_first_of_two_merges_can_be_undone_first(town: Town, access: Access) -> None:
    before = everything()
    first = merges.merge(access, town.ann, town.otto)
    second = merges.merge(access, town.nora, town.ann)
    assert find_or_make_person(access, external_id="otto", email=None) == town.nora
    merges.undo(access, first)
    assert Person.objects.filter(pk=town.otto.pk).exists()
    assert not Person.objects.filter(pk=town.ann.pk).exists()
    merges.undo(access, Merge.objects.get(pk=second.pk))
    assert everything() == before


def test_what_cannot_be_merged_is_refused(town: Town, access: Access, workspace: Workspace) -> None:
    other = create_workspace("other", "Other").workspace
    stranger = Person.objects.create(workspace=other, name="Stranger")
    for kept, gone, said in (
        (town.ann, town.ann, "is the same person"),
        (town.ann, town.lind, "cannot be merged"),
        (town.ann, stranger, "in this workspace"),
    ):
        with pytest.raises(ValueError, match=said):
            merges.merge(access, kept, gone)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be taken over"):
        merges.merge(access, town.ann, town.otto, take=["page_key"])
    assert not Merge.objects.exists()
    made = merges.merge(access, town.ann, town.otto)
    with pytest.raises(ValueError, match="is gone"):
        merges.merge(access, town.nora, town.otto)
    merges.undo(access, made)
    with pytest.raises(ValueError, match="already undone"):
        merges.undo(access, made)


def test_T12_a_contributor_may_not_merge(town: Town, workspace: Workspace, access: Access) -> None:
    from django.core.exceptions import PermissionDenied

    weak = Access(workspace, access.actor, Role.CONTRIBUTOR)
    with pytest.raises(PermissionDenied):
        merges.merge(weak, town.ann, town.otto)
    made = merges.merge(access, town.ann, town.otto)
    with pytest.raises(PermissionDenied):
        merges.undo(weak, made)


@pytest.fixture
def product(event_store: Store, workspace: Workspace) -> Events:
    return Events(event_store, workspace.pk)


def _active(product: Events) -> list[int]:
    day = date(2026, 3, 2)
    return sorted(product.reader.people_behind(product.workspace, "Seen", day, day).tolist())


@pytest.mark.django_db(transaction=True)
def test_questions_count_one_person_and_two_again(product: Events, workspace: Workspace) -> None:
    access = by_command(workspace)
    product.send(*(product.track(who, "Seen", "2026-03-02 10:00", account=f"of-{who}") for who in "abc"))
    pull(workspace, product.reader)
    a, b = (Person.objects.get(external_id=x) for x in "ab")
    made = merges.merge(access, a, b)
    assert _active(product) == sorted([a.number, product.number("c")])
    product.send(product.track("b", "Seen", "2026-03-02 12:00"))
    pull(workspace, product.reader)
    assert Person.objects.filter(workspace=workspace).count() == 2
    assert len(product.reader.person_events(product.workspace, [a.number])) == 3
    merges.undo(access, made)
    assert _active(product) == sorted(product.number(x) for x in "abc")
    one, other = (Account.objects.get(external_id=x) for x in ("of-a", "of-b"))
    joined = merges.merge(access, one, other)
    assert len(product.reader.account_events(product.workspace, [one.number])) == 2
    merges.undo(access, joined)
    assert len(product.reader.account_events(product.workspace, [one.number])) == 1


@pytest.mark.django_db(transaction=True)
def test_events_that_come_after_the_merge_count_too(product: Events, workspace: Workspace) -> None:
    """Both were known from a list; the first events are of the one who is gone."""
    access = by_command(workspace)
    a, b = (Person.objects.create(workspace=workspace, external_id=x) for x in "ab")
    made = merges.merge(access, a, b)
    product.send(product.track("b", "Seen", "2026-03-02 12:00"))
    pull(workspace, product.reader)
    a.refresh_from_db()
    assert a.number == product.number("b")
    merges.undo(access, made)
    a.refresh_from_db(), b.refresh_from_db()
    assert (a.number, b.number) == (None, product.number("b"))


@pytest.mark.django_db(transaction=True)
def test_T12_of_two_who_merge_at_once_one_is_told_to_look_again() -> None:
    workspace = create_workspace("acme", "Acme").workspace
    a, b = (Person.objects.create(workspace=workspace, external_id=x) for x in "ab")

    def press(pair: tuple[Person, Person]) -> str:
        try:
            merges.merge(by_command(workspace), *(Person.objects.get(pk=p.pk) for p in pair))
        except (ValueError, Person.DoesNotExist) as e:
            return str(e)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(press, [(a, b), (b, a)]))
    assert said.count("done") == 1, said
    assert Person.objects.filter(workspace=workspace).count() == 1


PEOPLE, IDEAS = 5, 3
flag = st.booleans()
one_world = st.lists(
    st.fixed_dictionaries({
        "votes": st.sets(st.integers(0, IDEAS - 1)), "follows": st.sets(st.integers(0, IDEAS - 1)),
        "voices": st.integers(0, 2), "roles": st.dictionaries(st.integers(0, 1), st.tuples(flag, flag), max_size=2),
        "out": flag, "trait": st.none() | st.integers(0, 2), "listed": flag,
    }),
    min_size=PEOPLE, max_size=PEOPLE,
)  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(["merge", "undo"]), st.integers(0, 9), st.integers(0, 9)), max_size=7)


def _make(world: list[dict[str, Any]]) -> tuple[Workspace, list[Person], list[Idea], list[Account]]:
    workspace = Workspace.objects.create(slug=f"w{Workspace.objects.count()}", name="W")
    board = [idea(workspace, f"Idea {n}") for n in range(IDEAS)]
    accounts = [Account.objects.create(workspace=workspace, name=f"A{n}") for n in range(2)]
    segment = Segment.objects.create(workspace=workspace, name="Listed", of="people", live=False)
    people = []
    for n, held in enumerate(world):
        traits = {} if held["trait"] is None else {"size": held["trait"]}
        person = Person.objects.create(workspace=workspace, external_id=f"p{n}", traits=traits)
        for i in held["votes"]:
            Vote.objects.create(idea=board[i], person=person)
            recount_ideas([board[i].pk])
        for i in held["follows"]:
            Follow.objects.create(idea=board[i], person=person)
        for _ in range(held["voices"]):
            voice(person)
        for a, (uses, buys) in held["roles"].items():
            Relation.objects.create(workspace=workspace, person=person, account=accounts[a], uses=uses, buys=buys)
        if held["out"]:
            OptOut.objects.create(person=person, how="page")
        if held["listed"]:
            SegmentMember.objects.create(segment=segment, person=person)
        people.append(person)
    return workspace, people, board, accounts


def _expected(world: list[dict[str, Any]], done: list[tuple[int, int]]) -> dict[int, dict[str, Any]]:
    """The plain model: fold the sets, in the order of the merges that still hold."""
    rows = {
        n: {
            "votes": set(w["votes"]), "follows": set(w["follows"]), "voices": w["voices"], "out": w["out"],
            "roles": dict(w["roles"]), "trait": w["trait"], "listed": w["listed"], "ids": {n},
        }
        for n, w in enumerate(world)
    }  # fmt: skip
    for kept, gone in done:
        a, b = rows[kept], rows.pop(gone)
        for k in ("votes", "follows", "ids"):
            a[k] = a[k] | b[k]
        a["voices"] += b["voices"]
        a["out"], a["listed"] = a["out"] or b["out"], a["listed"] or b["listed"]
        a["trait"] = b["trait"] if a["trait"] is None else a["trait"]
        for account, (uses, buys) in b["roles"].items():
            held = a["roles"].get(account, (False, False))
            a["roles"][account] = (held[0] or uses, held[1] or buys)
    return rows


def _found(workspace: Workspace, people: list[Person], board: list[Idea], accounts: list[Account]) -> dict[int, Any]:
    at = {p.pk: n for n, p in enumerate(people)}
    found = {}
    for person in Person.objects.filter(workspace=workspace):
        ids = {int(person.external_id[1:])} if person.external_id else set()
        ids |= {int(k.value[1:]) for k in person.keys.filter(kind="id")}
        found[at[person.pk]] = {
            "votes": {board.index(v.idea) for v in person.votes.select_related("idea")},
            "follows": {board.index(f.idea) for f in person.follows.select_related("idea")},
            "voices": person.voices.count(), "out": person.opt_outs.exists(), "ids": ids,
            "roles": {accounts.index(r.account): (r.uses, r.buys) for r in person.relations.select_related("account")},
            "trait": person.traits.get("size"), "listed": SegmentMember.objects.filter(person=person).exists(),
        }  # fmt: skip
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=one_world, steps=moves)
def test_any_merges_and_undos_in_any_order_equal_a_plain_model(
    db: None, world: list[dict[str, Any]], steps: list[tuple[str, int, int]]
) -> None:
    Idea.objects.all().delete()
    Workspace.objects.all().delete()
    workspace, people, board, accounts = _make(world)
    access, before = by_command(workspace), everything()
    done: list[tuple[Merge, int, int]] = []
    for what, x, y in steps:
        live = sorted(_expected(world, [(k, g) for _, k, g in done]))
        if what == "undo" and done:
            made, _, _ = done.pop(x % len(done))
            assert merges.undo(access, made).left == []
        elif what == "merge" and len(live) > 1:
            kept, gone = live[x % len(live)], live[y % len(live)]
            if kept != gone:
                pair = [Person.objects.get(pk=people[n].pk) for n in (kept, gone)]
                done.append((merges.merge(access, *pair), kept, gone))
        assert _found(workspace, people, board, accounts) == _expected(world, [(k, g) for _, k, g in done])
        counts = Counter(Vote.objects.filter(idea__workspace=workspace).values_list("idea", flat=True))
        assert {i.pk: i.votes_count for i in Idea.objects.filter(workspace=workspace)} == {
            i.pk: counts[i.pk] for i in board
        }
    while done:
        merges.undo(access, done.pop(len(done) // 2)[0])
    assert everything() == before
