"""Two ideas turn out to be one: votes once each, everything kept, everything given back on undoing."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import Comment, Follow, Idea, Vote
from wellheard.listen.services import comments, curating, ideas
from wellheard.people.access import Access
from wellheard.people.models import Person

from .conftest import page


@pytest.fixture
def twin(town: Town, idea: Idea) -> Idea:
    """Otto's idea of the same thing; Nora votes for both."""
    made = ideas.post(town.workspace, town.otto, "Send it to our ERP", "Typing twice")
    ideas.vote(made, town.nora)
    ideas.vote(idea, town.nora)
    return made


def true_counts(idea: Idea) -> None:
    idea.refresh_from_db()
    counted = Vote.objects.filter(idea=idea, discounted=False)
    assert idea.votes_count == counted.count()
    assert idea.verified_count == counted.filter(person__email__isnull=False).count()


def test_a_merged_idea_goes_on_as_the_other(client: Client, idea: Idea, twin: Idea, access: Access, town: Town) -> None:
    comments.comment(twin, "from the twin", person=town.otto)
    curating.merge(access, twin, idea)
    true_counts(idea)
    assert idea.votes_count == 3, "Ann, Otto, and Nora once"
    assert set(Follow.objects.filter(idea=idea).values_list("person", flat=True)) == {
        town.ann.pk, town.otto.pk, town.nora.pk,
    }  # fmt: skip
    assert client.get(f"/p/acme/ideas/{twin.pk}")["location"] == f"/p/acme/ideas/{idea.pk}"
    shown = page(client, f"/p/acme/ideas/{idea.pk}")
    assert "from the twin" in shown
    assert "Send it to our ERP" in shown, "named as one of those merged"
    assert "1 comment" in shown
    assert f'id="idea-{twin.pk}"' not in page(client, "/p/acme/")


def test_undoing_gives_each_back_what_it_had(idea: Idea, twin: Idea, access: Access, town: Town) -> None:
    comments.comment(twin, "from the twin", person=town.otto)
    before = [sorted(Vote.objects.filter(idea=i).values_list("person", flat=True)) for i in (idea, twin)]
    follows = [sorted(Follow.objects.filter(idea=i).values_list("person", flat=True)) for i in (idea, twin)]
    curating.merge(access, twin, idea)
    curating.unmerge(access, twin)
    assert before == [sorted(Vote.objects.filter(idea=i).values_list("person", flat=True)) for i in (idea, twin)]
    assert follows == [sorted(Follow.objects.filter(idea=i).values_list("person", flat=True)) for i in (idea, twin)]
    true_counts(idea)
    true_counts(twin)
    assert (idea.comments_count, twin.comments_count) == (0, 1)


def test_a_vote_for_the_old_address_counts_for_the_new(client: Client, idea: Idea, twin: Idea, access: Access) -> None:
    curating.merge(access, twin, idea)
    client.post(f"/p/acme/ideas/{twin.pk}/vote")
    true_counts(idea)
    assert idea.votes_count == 4
    client.post(f"/p/acme/ideas/{twin.pk}/comments", {"text": "late"})
    assert Comment.objects.get().idea == idea


def test_taking_a_vote_back_takes_it_back_from_both(idea: Idea, twin: Idea, access: Access, town: Town) -> None:
    curating.merge(access, twin, idea)
    ideas.unvote(idea, town.otto)
    curating.unmerge(access, twin)
    true_counts(twin)
    assert not Vote.objects.filter(person=town.otto).exists(), "they do not want it any more, under either name"


@pytest.mark.parametrize("case", ["itself", "twice", "into merged", "undo below"])
def test_merges_that_make_no_sense_are_refused(case: str, idea: Idea, twin: Idea, access: Access, town: Town) -> None:
    third = ideas.post(town.workspace, town.nora, "Third of the kind", "")
    if case == "itself":
        with pytest.raises(ValueError, match="itself"):
            curating.merge(access, idea, idea)
    elif case == "twice":
        curating.merge(access, twin, idea)
        with pytest.raises(ValueError, match="merged already"):
            curating.merge(access, twin, third)
    elif case == "into merged":
        curating.merge(access, twin, idea)
        with pytest.raises(ValueError, match="merged itself"):
            curating.merge(access, third, twin)
    else:
        curating.merge(access, twin, idea)
        curating.merge(access, idea, third)
        with pytest.raises(ValueError, match="Undo that first"):
            curating.unmerge(access, twin)


def test_merges_on_top_of_merges_lead_to_the_last(
    client: Client, idea: Idea, twin: Idea, access: Access, town: Town
) -> None:
    third = ideas.post(town.workspace, town.nora, "Third of the kind", "")
    comments.comment(twin, "deep words", person=town.otto)
    curating.merge(access, twin, idea)
    curating.merge(access, idea, third)
    assert client.get(f"/p/acme/ideas/{twin.pk}")["location"] == f"/p/acme/ideas/{third.pk}"
    assert "deep words" in page(client, f"/p/acme/ideas/{third.pk}")
    true_counts(third)
    assert third.votes_count == 3
    curating.unmerge(access, idea)
    curating.unmerge(access, twin)
    for i in (idea, twin, third):
        true_counts(i)
    assert [i.votes_count for i in (idea, twin, third)] == [2, 2, 1]


def test_T08_merging_into_a_private_idea_shows_nothing_of_it(
    client: Client, idea: Idea, twin: Idea, access: Access
) -> None:
    curating.switch(access, idea, "hidden", True)
    curating.merge(access, twin, idea)
    reply = client.get(f"/p/acme/ideas/{twin.pk}", follow=True)
    assert reply.status_code == 404
    assert "Export to our ERP" not in reply.content.decode()


def test_two_persons_made_one_keep_one_vote_and_all_comments_and_part_again(
    idea: Idea, access: Access, town: Town
) -> None:
    from wellheard.people.services import merges

    other = Person.objects.create(workspace=town.workspace, email="otto.second@shop.example", name="Otto again")
    for person in (town.otto, other):
        ideas.vote(idea, person)
        comments.comment(idea, f"words of {person}", person=person)
    true_counts(idea)
    assert idea.votes_count == 3
    made = merges.merge(access, town.otto, other)
    true_counts(idea)
    assert idea.votes_count == 2
    assert Comment.objects.filter(author=town.otto).count() == 2
    merges.undo(access, made)
    true_counts(idea)
    assert idea.votes_count == 3
    assert Comment.objects.filter(author=town.otto).count() == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["vote", "unvote", "merge", "unmerge", "discount", "follow"]),
        st.integers(0, 2),
        st.integers(0, 3),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_T21_whatever_is_done_counts_equal_a_recount(
    steps: list[tuple[str, int, int]], town: Town, access: Access
) -> None:
    from wellheard.listen.services import stuffing

    people = [town.ann, town.otto, town.nora, Person.objects.create(workspace=town.workspace, name="Anonymous")]
    held = [ideas.post(town.workspace, town.ann, f"Wish number {n}", "") for n in range(3)]
    for what, i, p in steps:
        one = Idea.objects.get(pk=held[i].pk)
        try:
            if what == "vote":
                ideas.vote(one, people[p])
            elif what == "unvote":
                ideas.unvote(one, people[p])
            elif what == "follow":
                ideas.follow(one, people[p], bool(p % 2))
            elif what == "merge":
                curating.merge(access, one, Idea.objects.get(pk=held[p % 3].pk))
            elif what == "unmerge":
                curating.unmerge(access, one)
            else:
                stuffing.discount(access, one, list(Vote.objects.filter(idea=one)[:1]), bool(p % 2))
        except ValueError:
            continue
    for one in held:
        true_counts(one)
        heat = one.heat
        recount_ideas([one.pk])
        one.refresh_from_db()
        assert one.heat == pytest.approx(heat, abs=1e-4)
    while (merged := Idea.objects.filter(pk__in=[i.pk for i in held], merged_into__isnull=False,
                                         merged_into__merged_into=None).first()):  # fmt: skip
        curating.unmerge(access, merged)
    assert not Vote.objects.exclude(came_from=None).exists()


@pytest.mark.django_db(transaction=True)
def test_T21_two_hundred_presses_at_once_leave_one_vote_each(town: Town, idea: Idea) -> None:
    """Forty visitors press five times each, in parallel, while two ideas are merged and parted again and again."""
    from wellheard.people.access import by_command

    access = by_command(town.workspace)
    twin = ideas.post(town.workspace, town.otto, "Send it to our ERP", "")
    people = [Person.objects.create(workspace=town.workspace, name=f"P{n}") for n in range(40)]
    start, wrong = threading.Barrier(9), []

    def press(part: list[Person]) -> None:
        start.wait()
        try:
            for _ in range(5):
                for person in part:
                    ideas.vote(Idea.objects.get(pk=twin.pk), person)
        except Exception as e:
            wrong.append(e)
        finally:
            connections.close_all()

    def shuffle() -> None:
        start.wait()
        try:
            for _ in range(6):
                curating.merge(access, Idea.objects.get(pk=twin.pk), Idea.objects.get(pk=idea.pk))
                curating.unmerge(access, Idea.objects.get(pk=twin.pk))
        except Exception as e:
            wrong.append(e)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=press, args=(people[n * 5 : n * 5 + 5],)) for n in range(8)]
    workers.append(threading.Thread(target=shuffle))
    for w in workers:
        w.start()
    for w in workers:
        w.join(120)
    assert not wrong
    for one in (idea, twin):
        true_counts(one)
    for person in people:
        assert Vote.objects.filter(person=person).count() in (1, 2)
        assert (
            Vote.objects.filter(person=person, idea=twin).count()
            + Vote.objects.filter(person=person, idea=idea).count()
            >= 1
        )
    assert not Vote.objects.exclude(came_from=None).exists()
    connection.close()
