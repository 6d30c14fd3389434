"""People and accounts appear because the product's events speak of them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.conftest import Town
from tests.engine import Events, at
from wellheard.core.models import Turn
from wellheard.listen.models import Idea, Voice
from wellheard.listen.services import ideas
from wellheard.listen.services.boards import default_board
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Segment, Workspace
from wellheard.people.queries import known_as
from wellheard.people.services import visitors
from wellheard.people.services.mirror import link_numbers, pull
from wellheard.people.services.persons import find_or_make_person
from wellheard.store import Store

DAY = at("2026-03-02 10:00")


@pytest.fixture
def product(event_store: Store, workspace: Workspace) -> Events:
    return Events(event_store, workspace.pk)


def identify(person: str, **traits: object) -> dict[str, object]:
    return {"type": "identify", "userId": person, "traits": traits, "timestamp": DAY}


def test_identify_and_group_make_a_person_who_uses_an_account(product: Events, workspace: Workspace) -> None:
    product.send(
        identify("u1", email="Zoe@shop.example", name="Zoe", plan="pro"),
        {
            "type": "group",
            "userId": "u1",
            "groupId": "acme",
            "traits": {"name": "Acme Inc", "plan": "pro"},
            "timestamp": DAY,
        },
    )
    assert pull(workspace, product.reader) > 0
    person = Person.objects.get(external_id="u1")
    assert (person.name, person.email, person.traits) == ("Zoe", "zoe@shop.example", {"plan": "pro"})
    assert person.number == product.number("u1")
    account = Account.objects.get(external_id="acme")
    assert (account.name, account.plan) == ("Acme Inc", "pro")
    assert person.relations.get().words == ["uses"]


def test_who_only_tracked_is_known_by_id_and_visitors_stay_numbers(product: Events, workspace: Workspace) -> None:
    product.send(
        product.track("u7", "Seen", "2026-03-02 10:00"),
        {"type": "track", "anonymousId": "a7", "event": "Seen", "timestamp": DAY},
    )
    pull(workspace, product.reader)
    assert list(Person.objects.filter(workspace=workspace).values_list("external_id", flat=True)) == ["u7"]


def test_reading_on_changes_nothing_twice(product: Events, workspace: Workspace) -> None:
    product.send(identify("u1", name="Zoe"))
    pull(workspace, product.reader)
    assert pull(workspace, product.reader) == 0
    Turn.objects.filter(job=f"mirror:{workspace.pk}").update(position=0)
    pull(workspace, product.reader)
    assert Person.objects.filter(workspace=workspace).count() == 1


def test_a_person_imported_before_is_the_one_events_speak_of(product: Events, workspace: Workspace, town: Town) -> None:
    product.send(identify("ann"), identify("new-id", email="otto@shop.example", name="Otto O."))
    pull(workspace, product.reader)
    town.ann.refresh_from_db()
    assert town.ann.number == product.number("ann")
    assert town.ann.name == "Ann Assistant"
    assert Person.objects.filter(workspace=workspace, email="otto@shop.example").count() == 1


def test_people_imported_after_their_events_are_linked(product: Events, workspace: Workspace) -> None:
    product.send(product.track("late", "Seen", "2026-03-02 10:00", account="acme"))
    person = Person.objects.create(workspace=workspace, external_id="late")
    account = Account.objects.create(workspace=workspace, external_id="acme", name="Acme")
    assert link_numbers(workspace, product.reader) == 2
    person.refresh_from_db()
    account.refresh_from_db()
    assert person.number == product.number("late")
    assert account.number is not None


def test_two_ids_joined_by_alias_become_one_person(product: Events, workspace: Workspace) -> None:
    said = Voice.objects.create(workspace=workspace, text="Dark", said_at=timezone.now())
    idea = Idea.objects.create(workspace=workspace, board=default_board(workspace), voice=said, title="Dark")
    product.send(
        product.track("old", "Seen", "2026-03-02 10:00", account="acme"),
        product.track("new", "Seen", "2026-03-02 11:00"),
    )
    pull(workspace, product.reader)
    old, new = (Person.objects.get(external_id=x) for x in ("old", "new"))
    for person in (old, new):
        ideas.vote(idea, person)
    product.send({"type": "alias", "previousId": "old", "userId": "new", "timestamp": DAY})
    pull(workspace, product.reader)
    kept = Person.objects.get(external_id="new")
    assert kept.number == product.number("old") == product.number("new")
    assert not Person.objects.filter(pk=old.pk).exists()
    assert kept.relations.get().account.external_id == "acme"
    idea.refresh_from_db()
    assert idea.votes_count == 1
    product.send(identify("old", city="Oslo"))
    pull(workspace, product.reader)
    kept.refresh_from_db()
    assert kept.traits == {"city": "Oslo"}
    assert Person.objects.filter(workspace=workspace).count() == 1


def test_people_imported_after_an_alias_become_one(product: Events, workspace: Workspace) -> None:
    product.send(
        product.track("old", "Seen", "2026-03-02 10:00"),
        product.track("new", "Seen", "2026-03-02 11:00"),
        {"type": "alias", "previousId": "old", "userId": "new", "timestamp": DAY},
    )
    first = Person.objects.create(workspace=workspace, external_id="old", name="Zoe")
    Person.objects.create(workspace=workspace, external_id="new", email="zoe@shop.example")
    link_numbers(workspace, product.reader)
    kept = Person.objects.get(workspace=workspace)
    assert (kept.pk, kept.name, kept.email) == (first.pk, "Zoe", "zoe@shop.example")
    assert known_as.person_by(workspace, "id", "new") == kept


def test_T41_what_no_database_holds_does_not_stop_the_mirror(product: Events, workspace: Workspace) -> None:
    product.send(identify("u1", name="Nul\x00", note={"deep": ["\x00"]}, email="not an address"))
    pull(workspace, product.reader)
    person = Person.objects.get(external_id="u1")
    assert person.email is None
    assert "\x00" not in person.name


def test_T12_an_alias_opens_nobodys_page_or_portal_to_others(
    product: Events, workspace: Workspace, access: Access
) -> None:
    """Anybody holds a write key: who claims by an alias to be somebody else must not see what is theirs."""
    product.send(
        identify("victim", email="victim@shop.example"), identify("evil", email="evil@elsewhere.example"),
        product.track("victim", "Seen", "2026-03-02 10:00"), product.track("evil", "Seen", "2026-03-02 10:00"),
    )  # fmt: skip
    pull(workspace, product.reader)
    victim, evil = (Person.objects.get(external_id=x) for x in ("victim", "evil"))
    product.send({"type": "alias", "previousId": "evil", "userId": "victim", "timestamp": DAY})
    pull(workspace, product.reader)
    assert not Person.objects.filter(pk=evil.pk).exists()
    assert known_as.person_by_secret("page", evil.page_key) is None
    assert known_as.became(workspace, Segment.Of.PEOPLE, evil.pk, by_hand=True) is None
    assert visitors.arrive(workspace, "evil@elsewhere.example", None).pk != victim.pk
    assert find_or_make_person(access, external_id="evil", email=None, by_hand=True).pk != victim.pk
    assert Person.objects.get(pk=victim.pk).email == "victim@shop.example"
