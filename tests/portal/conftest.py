"""What the portal's tests share: an open portal with an idea, a release that answers somebody, hostile texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.core import ratelimit
from wellheard.decide.models import Bet
from wellheard.listen.models import Idea
from wellheard.listen.services import ideas
from wellheard.people.access import Access
from wellheard.people.models import Person, Workspace
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.tell.services import releases
from wellheard.understand.models import Evidence, Problem

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><iframe srcdoc='<script>alert(1)</script>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[click](javascript:alert(1)) ![x](javascript:alert(1))",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "{{ request.user }} {% csrf_token %} ${7*7}",
    "</title></textarea></script><b onmouseover=alert(1)>x</b>",
    "]]><!-- --!><script>alert(1)</script>",
]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    ratelimit.forget()
    yield
    ratelimit.forget()


@pytest.fixture
def idea(town: Town) -> Idea:
    """Ann's idea, with her own vote."""
    return ideas.post(town.workspace, town.ann, "Export to our ERP", "Each month I type it all again.")


Tell = Callable[..., Release]


@pytest.fixture
def tell(access: Access, town: Town) -> Tell:
    """Ship something that answers what somebody said on the portal."""

    def shipped(idea: Idea, title: str = "Exports open in your ERP", body: str = "We did **that**.") -> Release:
        problem = Problem.objects.create(workspace=town.workspace, name="Typing twice")
        Evidence.objects.create(problem=problem, voice=idea.voice)
        bet = Bet.objects.create(
            workspace=town.workspace, name="ERP export", metric="people", expected_percent=20, smallest_percent=5
        )
        bet.problems.add(problem)
        release = releases.draft_release(access, title, body, [bet])
        releases.publish_release(access, release)
        return release

    return shipped


@pytest.fixture
def told(idea: Idea, tell: Tell) -> Notice:
    """Ann's notice, as if its mail had left."""
    notice = tell(idea).notices.get()
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT)
    notice.refresh_from_db()
    return notice


def page(client: Client, path: str, status: int = 200) -> str:
    reply = client.get(path)
    assert reply.status_code == status, (path, reply.status_code)
    return reply.content.decode()


def visitors_of(workspace: Workspace) -> list[Person]:
    return list(Person.objects.filter(workspace=workspace, traits__came_by="portal"))
