"""Comments: of visitors and of the team, edited, taken back, held in the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from wellheard.listen.models import Comment, Idea, Standing, Triage, Voice
from wellheard.listen.services import boards, comments, curating, ideas, moderation
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces

from .conftest import HOSTILE, page
from .test_look_at_the_board import assert_inert


def say(client: Client, idea: Idea, text: str, **more: object) -> str:
    reply = client.post(f"/p/acme/ideas/{idea.pk}/comments", {"text": text, **more}, follow=True)
    return str(reply.content.decode())


def team(access: Access, role: Role = Role.CONTRIBUTOR) -> tuple[Client, Access]:
    member = workspaces.add_member(access, f"{role.value}@acme.example", role, "Tina Team")
    client = Client()
    client.force_login(member.user)
    from wellheard.core.journal import Actor

    return client, Access(access.workspace, Actor(access.workspace.pk, "member", member.pk, "Tina Team"), role, member)


def test_a_comment_is_there_in_markdown_and_is_a_voice(client: Client, idea: Idea) -> None:
    shown = say(client, idea, "Me **too**, every Friday", name="Ida Example")
    assert "<strong>too</strong>" in shown
    assert "Ida" in shown
    assert "Ida Example" not in shown.replace('value="Ida Example"', "")
    assert "1 comment" in page(client, "/p/acme/")
    made = Comment.objects.get()
    assert made.voice is not None
    assert made.voice.text == "Me **too**, every Friday"
    assert made.voice.channel == "portal"


def test_replies_stand_under_what_they_answer_one_level_deep(client: Client, idea: Idea) -> None:
    say(client, idea, "first")
    first = Comment.objects.get()
    say(client, idea, "an answer", parent=first.pk)
    second = Comment.objects.get(text="an answer")
    say(client, idea, "deeper", parent=second.pk)
    assert Comment.objects.get(text="deeper").parent == first
    other = ideas.post(idea.workspace, idea.voice.author, "Dark colours", "")  # type: ignore[arg-type]
    assert "not there any more" in say(client, other, "stray", parent=first.pk)
    assert not Comment.objects.filter(text="stray").exists()


def test_the_team_answers_as_the_team(idea: Idea, access: Access) -> None:
    client, _ = team(access)
    shown = say(client, idea, "We look into it")
    assert "Tina Team" in shown
    assert "Team</span>" in shown
    made = Comment.objects.get()
    assert (made.author, made.voice, made.team_name) == (None, None, "Tina Team")
    assert Voice.objects.count() == 1


def test_authors_change_their_words_for_an_hour(client: Client, idea: Idea) -> None:
    say(client, idea, "tpyo")
    made = Comment.objects.get()
    client.post(f"/p/acme/comments/{made.pk}", {"text": "typo"})
    made.refresh_from_db()
    assert (made.text, made.voice.text) == ("typo", "typo")  # type: ignore[union-attr]
    assert "edited" in page(client, f"/p/acme/ideas/{idea.pk}")
    assert Client().get(f"/p/acme/comments/{made.pk}").status_code == 404
    assert Client().post(f"/p/acme/comments/{made.pk}", {"delete": 1}).status_code == 404
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert client.post(f"/p/acme/comments/{made.pk}", {"text": "late"}).status_code == 404
    made.refresh_from_db()
    assert made.text == "typo"


def test_a_deleted_comment_leaves_no_word_behind(client: Client, idea: Idea) -> None:
    say(client, idea, "secret slip")
    made = Comment.objects.get()
    say(client, idea, "what?", parent=made.pk)
    client.post(f"/p/acme/comments/{made.pk}", {"delete": 1})
    shown = page(client, f"/p/acme/ideas/{idea.pk}")
    assert "secret slip" not in shown
    assert "This comment was deleted" in shown
    assert "what?" in shown
    assert not Voice.objects.filter(text__contains="secret slip").exists()
    idea.refresh_from_db()
    assert idea.comments_count == 1


def test_the_team_removes_others_words_but_does_not_rewrite_them(client: Client, idea: Idea, access: Access) -> None:
    say(client, idea, "rude")
    made = Comment.objects.get()
    contributor, _ = team(access)
    assert contributor.post(f"/p/acme/comments/{made.pk}", {"delete": 1}).status_code == 404
    editor, _ = team(access, Role.EDITOR)
    editor.post(f"/p/acme/comments/{made.pk}", {"text": "polite"})
    made.refresh_from_db()
    assert made.text == "rude"
    editor.post(f"/p/acme/comments/{made.pk}", {"delete": 1})
    assert "rude" not in page(client, f"/p/acme/ideas/{idea.pk}")


def test_locked_comments_take_no_more_but_the_teams(client: Client, idea: Idea, access: Access) -> None:
    curating.switch(access, idea, "comments_locked", True)
    assert "closed the comments" in say(client, idea, "late")
    assert not Comment.objects.exists()
    writer, _ = team(access)
    assert "final word" in say(writer, idea, "final word")


@pytest.fixture
def moderated(idea: Idea, access: Access) -> Idea:
    boards.change_board(access, idea.board, moderated=True)
    idea.refresh_from_db()
    return idea


def test_T08_a_waiting_comment_is_seen_by_its_author_only(client: Client, moderated: Idea, access: Access) -> None:
    assert "The team looks at your comment first" in say(client, moderated, "giraffe words")
    assert "giraffe" in page(client, f"/p/acme/ideas/{moderated.pk}")
    for path in ("/p/acme/", f"/p/acme/ideas/{moderated.pk}", "/p/acme/roadmap", "/p/acme/?q=giraffe"):
        assert "giraffe words" not in page(Client(), path)
    assert "comment</" not in page(Client(), "/p/acme/")
    moderated.refresh_from_db()
    assert moderated.comments_count == 0
    made = Comment.objects.get()
    assert made.voice.triage == Triage.ASIDE  # type: ignore[union-attr]
    moderation.decide(access, [made], Standing.PUBLIC)
    assert "giraffe" in page(Client(), f"/p/acme/ideas/{moderated.pk}")
    moderated.refresh_from_db()
    assert moderated.comments_count == 1
    assert Voice.objects.get(pk=made.voice_id).triage == Triage.NEW


def test_an_edit_on_a_moderated_board_waits_again(client: Client, moderated: Idea, access: Access) -> None:
    say(client, moderated, "harmless")
    made = Comment.objects.get()
    moderation.decide(access, [made], Standing.PUBLIC)
    client.post(f"/p/acme/comments/{made.pk}", {"text": "buy pills"})
    assert "buy pills" not in page(Client(), f"/p/acme/ideas/{moderated.pk}")
    moderated.refresh_from_db()
    assert moderated.comments_count == 0


def test_T08_a_waiting_post_is_nowhere_until_published(client: Client, moderated: Idea, access: Access) -> None:
    reply = client.post("/p/acme/post", {"title": "Giraffe export mode", "text": "tall", "looked": 1}, follow=True)
    assert "The team looks at it first" in reply.content.decode()
    made = Idea.objects.get(title="Giraffe export mode")
    assert "Giraffe" in page(client, f"/p/acme/ideas/{made.pk}"), "its author sees it"
    for path in ("/p/acme/", "/p/acme/?q=giraffe", "/p/acme/?order=new", "/p/acme/sitemap.xml", "/p/acme/roadmap",
                 "/p/acme/similar?title=Giraffe+export+mode"):  # fmt: skip
        assert "Giraffe export mode" not in page(Client(), path), path
        assert f"ideas/{made.pk}" not in page(Client(), path), path
    page(Client(), f"/p/acme/ideas/{made.pk}", 404)
    assert Client().post(f"/p/acme/ideas/{made.pk}/vote").status_code == 404
    moderation.decide(access, [made], Standing.PUBLIC)
    assert "Giraffe export mode" in page(Client(), "/p/acme/")
    moderation.decide(access, [made], Standing.SPAM, "ads")
    page(client, f"/p/acme/ideas/{made.pk}", 404)


def test_the_queue_decides_one_or_many_and_can_take_it_back(client: Client, moderated: Idea, access: Access) -> None:
    for n in range(3):
        Client().post("/p/acme/post", {"title": f"Waiting post {n}", "looked": 1})
    say(client, moderated, "waiting words")
    member, _ = team(access)
    shown = page(member, "/w/acme/portal/queue")
    assert "waiting words" in shown
    assert shown.count("data-row") == 4
    posts = list(Idea.objects.filter(standing="pending").order_by("pk"))
    comment = Comment.objects.get()
    member.post("/w/acme/portal/queue/decide", {"one": f"public:comment-{comment.pk}"})
    member.post(
        "/w/acme/portal/queue/decide",
        {"thing": [f"idea-{p.pk}" for p in posts[:2]], "standing": "refused", "reason": "off topic"},
    )
    assert [Idea.objects.get(pk=p.pk).standing for p in posts] == ["refused", "refused", "pending"]
    assert Idea.objects.get(pk=posts[0].pk).reason == "off topic"
    assert "off topic" in page(member, "/w/acme/portal/queue?standing=refused")
    member.post("/w/acme/portal/queue/decide", {"one": f"public:idea-{posts[0].pk}", "from": "refused"})
    assert "Waiting post 0" in page(Client(), "/p/acme/")
    assert "off topic" not in page(Client(), f"/p/acme/ideas/{posts[0].pk}")


def test_T07_the_queue_knows_nothing_of_other_workspaces(moderated: Idea, access: Access) -> None:
    workspaces.create_workspace("other", "Other")
    other = workspaces.create_workspace("third", "Third")
    member, _ = team(access)
    stranger = ideas.post(other.workspace, workspaces_person(other.workspace), "Elsewhere in the world", "")
    Idea.objects.filter(pk=stranger.pk).update(standing="pending")
    assert "Elsewhere" not in page(member, "/w/acme/portal/queue")
    assert member.post("/w/acme/portal/queue/decide", {"one": f"public:idea-{stranger.pk}"}).status_code == 404
    stranger.refresh_from_db()
    assert stranger.standing == "pending"


def workspaces_person(workspace: object) -> object:
    from wellheard.people.models import Person

    return Person.objects.create(workspace=workspace, name="X")


@pytest.mark.parametrize("text", HOSTILE)
def test_T01_hostile_comments_notes_tags_and_answers_are_inert(
    client: Client, idea: Idea, access: Access, text: str
) -> None:
    from wellheard.listen.models import IdeaStatus
    from wellheard.listen.services.look import change_look

    say(client, idea, text, name=text)
    comments.comment(idea, text, team=access)
    curating.note(access, idea, text)
    curating.tag(access, idea, [text[:40].replace(",", "")])
    boards.change_board(access, idea.board, name=text[:80], description=text)
    boards.make_board(access, "Second")
    change_look(
        access,
        welcome_title=text[:120],
        welcome=text,
        links=[{"name": text[:40], "address": "https://x.example/" + text}],
    )
    ideas.answer(access, idea, IdeaStatus.PLANNED, text)
    ideas.answer(access, idea, IdeaStatus.STARTED, "now")
    made = Comment.objects.exclude(author=None).get()
    for path in ("/p/acme/", f"/p/acme/ideas/{idea.pk}", "/p/acme/boards/ideas/", f"/p/acme/comments/{made.pk}", "/p/acme/roadmap",
                 "/p/acme/?q=" + text.replace("&", "%26").replace("#", "%23")):  # fmt: skip
        assert_inert(page(client, path))
    member, _ = team(access, Role.EDITOR)
    for path in (f"ideas/{idea.pk}", "", "boards", "queue", f"ideas/{idea.pk}/votes", "look"):
        assert_inert(page(member, f"/w/acme/portal/{path}").replace('src="/static/', 'src="/static/'))


def test_T24_looking_at_a_comment_or_the_queue_changes_nothing(client: Client, idea: Idea, access: Access) -> None:
    from wellheard.core.models import Entry

    say(client, idea, "words")
    made = Comment.objects.get()
    before = Entry.objects.count()
    for path in (f"/p/acme/comments/{made.pk}?delete=1", f"/p/acme/ideas/{idea.pk}?reply={made.pk}"):
        client.get(path)
        client.head(path)
    assert client.get(f"/p/acme/ideas/{idea.pk}/comments").status_code == 405
    assert Entry.objects.count() == before
