"""One thing is dropped, another ships, from first word to last: whom it hurts, words to use, acknowledgements, notices, journal.

Once with a small town, once with what 412 people of a real product wrote, where that file is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from django.core import mail
from django.test import Client

from tests.conftest import Town
from tests.console.test_api import Api
from tests.listen.files import Files
from tests.listen.test_sources_real_files import bring, real
from wellheard.console import history
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision
from wellheard.decide.tasks import ask_for_acknowledgements
from wellheard.listen.models import Voice
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Account, Member, Person, Relation, Revenue, Role
from wellheard.people.services import workspaces
from wellheard.tell.models import Notice, NoticeState


@dataclass
class Asked:
    """Voices that ask for what will be dropped, and for what will ship."""

    dropped: list[int]
    shipped: list[int]


@pytest.fixture
def keeper(access: Access) -> Member:
    return workspaces.add_member(access, "sam@acme.example", Role.CONTRIBUTOR, "Sam Sales", "Sales")


@pytest.fixture
def small(access: Access, town: Town, keeper: Member) -> Asked:
    Account.objects.filter(pk=town.fjord.pk).update(keeper=keeper)

    def said(text: str, *people: Person) -> list[int]:
        return [capture(access, text, who=p).pk for p in people]

    return Asked(said("I need a fax export", town.nora, town.otto), said("Let me undo", town.ann, town.nora, town.tim))


@pytest.fixture
def jupyter(access: Access, files: Files, keeper: Member) -> Asked:
    """Those who wrote of version control, and of the editor; a dozen of each is known by address, three in a paying account."""
    bring(files, real("feedback/jupyter2015_feedback_themes.csv"), id="respondent+question", author="respondent")
    account = Account.objects.create(workspace=access.workspace, name="An institute", state="active", keeper=keeper)
    Revenue.objects.create(
        workspace=access.workspace,
        account=account,
        cents=49900,
        currency="EUR",
        since=account.created_at or "2015-01-01",
    )

    def of(theme: str) -> list[int]:
        rows = Voice.objects.filter(traits__themes__icontains=theme, author__isnull=False).order_by("pk")
        found = list(rows.values_list("pk", "author"))
        for place, (_, person) in enumerate(found[:12]):
            Person.objects.filter(pk=person).update(email=f"person{person}@lab.example")
            if place < 3:
                Relation.objects.get_or_create(
                    workspace=access.workspace, person_id=person, account=account, defaults={"uses": True, "buys": True}
                )
        return [voice for voice, _ in found]

    asked = Asked(of("version_control"), of("editor"))
    assert len(asked.dropped) > 30
    assert len(asked.shipped) > 30
    return asked


def posted(api: Api, path: str, body: object = None, status: Sequence[int] = (200, 201)) -> dict[str, object]:
    code, told = api.post(path, body if body is not None else {})
    assert code in status, (path, code, told)
    return told  # type: ignore[no-any-return]


def authors(voices: list[int]) -> set[int]:
    return set(Voice.objects.filter(pk__in=voices, author__isnull=False).values_list("author", flat=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("which", ["small", "jupyter"])
def test_one_is_dropped_kindly_and_another_ships(
    which: str, request: pytest.FixtureRequest, access: Access, as_owner: Client, keeper: Member
) -> None:
    asked: Asked = request.getfixturevalue(which)
    api = Api(workspaces.make_token(access, "walk", Role.OWNER)[1])
    shift = {"metric": "Did it", "expected_percent": 20, "smallest_percent": 10}

    # understand and decide
    no = posted(api, "problems", {"name": "What we will not do", "voices": asked.dropped})["id"]
    yes = posted(api, "problems", {"name": "What we will do", "voices": asked.shipped})["id"]
    away = posted(api, "bets", {"name": "Drop this", "problems": [no], **shift})["id"]
    bet = posted(api, "bets", {"name": "Ship this", "problems": [yes], **shift})["id"]

    # whom it hurts, before anybody outside hears of it
    decision = posted(api, "decisions", {"bet": away, "answer": "no", "reason": "Too few use it to carry its cost."})[
        "id"
    ]
    assert Decision.objects.get(pk=decision).state == Decision.State.PREPARED
    hurt = api.get(f"decisions/{decision}/hurt")[1]
    assert hurt["missing"] == ["Sam Sales"]
    assert hurt["hurt"]["people"] >= len(authors(asked.dropped))
    page = as_owner.get(f"/w/acme/decide/decisions/{decision}/hurt").content.decode()
    assert "Sam Sales" in page
    ask_for_acknowledgements()
    assert [m.to[0] for m in mail.outbox if "sam@" in m.to[0]], "who is hurt is asked to acknowledge"
    mail.outbox.clear()

    # words to use, what else can be done, and no way around the acknowledgement
    posted(api, f"decisions/{decision}/brief", {"audience": "sales", "words": "Say it yourself, before they read it."})
    follow_up = posted(
        api,
        f"decisions/{decision}/follow-ups",
        {"what": "Offer our API instead", "due": "2099-01-01", "owner": "Sam Sales"},
    )
    assert follow_up
    words = "We keep what we have small. Your data stays yours, through the API."
    code, told = api.post(f"decisions/{decision}/publish", {"words": words})
    assert (code, Notice.objects.count()) == (422, 0)
    assert "Sam Sales" in told["message"]
    posted(api, f"decisions/{decision}/acknowledge", {"name": "Sam Sales", "words": "I called them."})
    owed = posted(api, f"decisions/{decision}/publish", {"words": words})["owed"]
    assert Bet.objects.get(pk=away).state == Bet.State.DROPPED

    # everybody who asked is told once, in their own words
    notices = Notice.objects.filter(decision=decision)
    assert set(notices.values_list("person", flat=True)) == authors(asked.dropped)
    assert notices.filter(state=NoticeState.OWED).count() == owed
    background.run_all()
    letters = [m for m in mail.outbox if words in m.body]
    assert len(letters) == owed
    one = notices.filter(state=NoticeState.SENT).select_related("voice", "person")[0]
    mine = next(m for m in letters if one.person.email and one.person.email in m.to[0])
    assert one.voice is not None
    assert one.voice.text.split()[0] in mine.body
    assert "Too few use it" not in mine.body, "the team's own reason stays within"
    mail.outbox.clear()

    # the other one ships
    posted(api, f"bets/{bet}/start")
    release = posted(api, "releases", {"title": "It is here", "body": "You asked, we did.", "bets": [bet]})["id"]
    owed = posted(api, f"releases/{release}/publish")["owed"]
    background.run_all()
    told_now = Notice.objects.filter(release=release)
    assert set(told_now.values_list("person", flat=True)) == authors(asked.shipped)
    sent = told_now.filter(state=NoticeState.SENT).count()
    assert len([m for m in mail.outbox if "It is here" in m.subject]) == sent
    assert owed
    assert sent <= int(str(owed)), "whoever was written to a moment ago may wait: the budget holds"

    # the journal tells the whole story, and so does the digest
    story = [h.what for h in reversed(history.of(access.workspace.pk, Bet.objects.get(pk=away)))]
    assert story[0] == "stated the bet"
    assert "dropped it" in story
    verbs = set(Entry.objects.filter(workspace_id=access.workspace.pk).values_list("verb", flat=True))
    assert {
        "problem.created",
        "bet.created",
        "decision.prepared",
        "decision.acknowledged",
        "decision.published",
        "bet.dropped",
        "bet.started",
        "release.published",
        "notice.sent",
    } <= verbs
    assert verbs <= set(history.VERBS), "each is told in words"
    shown = as_owner.get("/w/acme/settings/journal").content.decode()
    assert "published a decision" in shown
