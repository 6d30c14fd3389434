"""What other products export, brought in: who said what, where, and what is left out."""

from __future__ import annotations

import io
import json
import mailbox
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.listen.files import Files, counts, lines_of, text_of
from wellheard.core.bundle import Bundle
from wellheard.core.rows import Unreadable
from wellheard.listen import sources
from wellheard.listen.models import Follow, Idea, Import, Voice, Vote
from wellheard.listen.services import imports, uploads


def zipped(parts: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content if isinstance(content, str | bytes) else json.dumps(content))
    return out.getvalue()


def bring(files: Files, content: Any, name: str, *switches: str, format: str = "") -> Import:
    """Store a file the way the page does: kept, unpacked, its source found out."""
    raw = content if isinstance(content, str | bytes) else json.dumps(content)
    path = uploads.unpacked(files.write(raw, name), keep=True)
    found = format or sources.guess(Bundle.of(path)).name
    job = files.job(path, format=found, switches=switches)
    assert job.state == "done", job.error
    assert job.read == job.stored + job.changed + job.repeated + job.skipped + job.refused
    return job


ISSUE = {
    "id": "I_1", "number": 7, "title": "Export hangs", "body": "It never ends", "author": {"login": "ann", "is_bot": False},
    "createdAt": "2026-03-01T10:00:00Z", "state": "OPEN", "labels": [{"name": "bug"}],
    "url": "https://github.com/acme/app/issues/7", "comments": [
        {"id": "C_1", "body": "Same here", "author": {"login": "bo"}, "createdAt": "2026-03-02T10:00:00Z",
         "url": "https://github.com/acme/app/issues/7#c1", "authorAssociation": "NONE"}],
}  # fmt: skip


def test_github_issues_of_gh_and_of_the_rest_api_are_the_same_voice(files: Files) -> None:
    rest = {
        "id": 1, "node_id": "I_1", "number": 7, "title": "Export hangs", "body": "It never ends", "user": {"login": "ann"},
        "created_at": "2026-03-01T10:00:00Z", "state": "open", "labels": [{"name": "bug"}],
        "html_url": "https://github.com/acme/app/issues/7",
    }  # fmt: skip
    job = bring(files, [ISSUE], "issues.json")
    assert (job.format, job.source, job.stored) == ("github", "github", 1)
    voice = Voice.objects.get()
    assert voice.text == "Export hangs\n\nIt never ends"
    assert (voice.kind, voice.channel, voice.source_id) == ("bug", "issue", "I_1")
    assert voice.author is not None
    assert (voice.author.external_id, voice.author.name) == ("github:ann", "ann")
    assert voice.url == "https://github.com/acme/app/issues/7"
    assert voice.traits["repository"] == "acme/app"
    assert counts(imports.report(bring(files, [rest], "rest.json"))) == (1, 0, 1, 0)
    edited = bring(files, [{**rest, "body": "It ends after an hour", "state": "closed"}], "later.json")
    assert (edited.changed, edited.stored) == (1, 0)
    voice.refresh_from_db()
    assert voice.text.endswith("after an hour")
    assert (voice.traits["state"], voice.changed_at is not None) == ("closed", True)


def test_github_leaves_out_pull_requests_and_bots_and_takes_comments_when_asked(files: Files) -> None:
    robot = {**ISSUE, "id": "I_2", "author": {"login": "dependabot[bot]"}}
    pull = {**ISSUE, "id": "I_3", "url": "https://github.com/acme/app/pull/9"}
    empty = {**ISSUE, "id": "I_4", "body": None, "comments": []}
    job = bring(files, [robot, pull, empty], "i.json")
    assert job.skips == {"written by a bot": 1, "pull requests": 1}
    assert Voice.objects.get().text == "Export hangs"
    job = bring(files, [ISSUE], "c.json", "comments")
    assert job.stored == 2
    comment = Voice.objects.get(source_id="C_1")
    assert (comment.text, comment.thread) == ("Same here", "I_1")


def test_github_discussions_of_graphql(files: Files) -> None:
    found = {
        "data": {"repository": {"discussions": {"nodes": [{**ISSUE, "id": "D_1", "category": {"name": "Ideas"}}]}}}
    }
    assert bring(files, found, "d.json").stored == 1
    assert Voice.objects.get().traits["category"] == "Ideas"


SLACK = {
    "users.json": [{"id": "U1", "name": "ann", "profile": {"real_name": "Ann", "email": "ann@shop.example"}}, {"id": "U2", "name": "bo"}],
    "channels.json": [{"id": "C1", "name": "feedback"}],
    "groups.json": [{"id": "G1", "name": "secret"}],
    "feedback/2026-03-01.json": [
        {"type": "message", "user": "U1", "ts": "1772359200.000100", "text": "<@U2> see <https://a.example|this> &amp; that"},
        {"type": "message", "user": "U2", "ts": "1772359260.000100", "thread_ts": "1772359200.000100", "text": "yes"},
        {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "1772359261.0", "text": "joined"},
        {"type": "message", "bot_id": "B1", "ts": "1772359262.0", "text": "beep"},
        {"type": "message", "user": "U1", "ts": "1772359263.0", "text": ""},
    ],
    "secret/2026-03-01.json": [{"type": "message", "user": "U1", "ts": "1772359264.0", "text": "between us"}],
}  # fmt: skip


def test_slack_export_with_names_threads_and_what_is_left_out(files: Files) -> None:
    job = bring(files, zipped(SLACK), "export.zip")
    assert job.format == "slack"
    assert (job.stored, job.skipped, job.refused) == (2, 4, 0)
    assert job.skips["private channels and direct messages"] == 1
    first, second = Voice.objects.order_by("said_at")
    assert first.text == "@bo see this (https://a.example) & that"
    assert str(first.author) == "Ann"
    assert first.author is not None
    assert (first.author.email, first.author.external_id) == ("ann@shop.example", None)
    assert second.author is not None
    assert second.author.external_id == "slack:U2"
    assert first.thread == second.thread == first.source_id == "C1:1772359200.000100"
    assert bring(files, zipped(SLACK), "again.zip").repeated == 2
    assert bring(files, zipped(SLACK), "all.zip", "private").stored == 1


TICKETS = {
    "users": [
        {"id": 1, "name": "Ann", "email": "ann@shop.example", "role": "end-user", "organization_id": 9},
        {"id": 2, "name": "Agent", "email": "agent@us.example", "role": "agent"},
    ],
    "tickets": [
        {"id": 10, "subject": "Slow", "description": "Export is slow", "requester_id": 1, "status": "open", "type": "problem",
         "tags": ["export"], "via": {"channel": "email"}, "created_at": "2026-03-01T10:00:00Z", "comments": [
             {"id": 100, "body": "Export is slow", "public": True, "author_id": 1},
             {"id": 101, "body": "We look", "public": True, "author_id": 2},
             {"id": 102, "body": "he pays a lot", "public": False, "author_id": 2},
             {"id": 103, "body": "Still slow", "public": True, "author_id": 1, "created_at": "2026-03-03T10:00:00Z"}]},
        {"id": 11, "subject": "Note", "description": "call them", "requester_id": 2, "status": "open"},
        {"id": 12, "subject": "Gone", "description": "x", "requester_id": 1, "status": "deleted"},
    ],
    "organizations": [{"id": 9, "name": "Shop", "domain_names": []}],
}  # fmt: skip


def test_zendesk_joins_people_and_companies_and_leaves_out_what_is_internal(files: Files) -> None:
    job = bring(files, TICKETS, "export.json")
    assert job.format == "zendesk"
    assert job.skips == {"written by an agent": 2, "internal notes": 1, "deleted tickets": 1}
    ticket, comment = Voice.objects.order_by("said_at")
    assert ticket.text == "Slow\n\nExport is slow"
    assert (ticket.kind, ticket.channel, ticket.traits["tags"]) == ("bug", "support", ["export"])
    assert ticket.author == comment.author
    assert str(ticket.author) == "Ann"
    assert str(ticket.account) == "Shop"
    assert comment.thread == ticket.source_id == "ticket:10"
    assert bring(files, TICKETS, "notes.json", "internal", "agents").stored == 3


def test_zendesk_tables_are_joined_whatever_they_are_called(files: Files) -> None:
    users = text_of(
        ["id", "name", "email", "role"],
        [[1, "Ann", "ann@shop.example", "end-user"], [2, "Bo", "b@us.example", "agent"]],
    )
    tickets = text_of(["id", "subject", "description", "requester_id", "is_public", "created_at"],
                      [[10, "Slow", "Export is slow", 1, "TRUE", "2026-03-01"], [11, "Inside", "x", 1, "FALSE", "2026-03-01"]])  # fmt: skip
    comments = text_of(["id", "body", "created", "public", "ticket_id", "user_id"],
                       [[5, "Please", "2026-03-02", "TRUE", 10, 1], [6, "Sure", "2026-03-02", "TRUE", 10, 2]])  # fmt: skip
    job = bring(files, zipped({"a.csv": comments, "b.csv": tickets, "c.csv": users}), "all.zip")
    assert (job.format, job.stored) == ("zendesk", 2)
    assert job.skips == {"internal tickets": 1, "written by an agent": 1}
    assert set(Voice.objects.values_list("author__name", flat=True)) == {"Ann"}


TALK = {
    "type": "conversation", "id": "77", "created_at": 1772359200, "state": "open", "tags": {"tags": [{"name": "export"}]},
    "source": {"type": "email", "subject": "<p>Slow</p>", "body": "<p>Export is <b>slow</b></p><script>x</script>",
               "author": {"type": "user", "id": "u1", "email": "ann@shop.example", "name": "Ann"}},
    "contacts": {"contacts": [{"id": "u1", "external_id": "ann"}]},
    "conversation_parts": {"conversation_parts": [
        {"id": "1", "part_type": "comment", "body": "<p>On it</p>", "author": {"type": "admin", "id": "a"}, "created_at": 1772359300},
        {"id": "2", "part_type": "note", "body": "<p>whale</p>", "author": {"type": "admin", "id": "a"}, "created_at": 1772359400},
        {"id": "3", "part_type": "comment", "body": "<p>Thanks</p>", "author": {"type": "user", "id": "u1"}, "created_at": 1772359500},
        {"id": "4", "part_type": "close", "body": None, "author": {"type": "bot", "id": "b"}, "created_at": 1772359600}]},
}  # fmt: skip


@pytest.mark.parametrize("shape", ["lines", "list", "envelope"])
def test_intercom_conversations_without_notes_and_bots(files: Files, shape: str) -> None:
    content = {"lines": lines_of([TALK]), "list": [TALK], "envelope": {"conversations": [TALK]}}[shape]
    job = bring(files, content, "talks.json", format="" if shape != "x" else "intercom")
    assert job.format == "intercom"
    assert job.skips == {"written by the team or a bot": 1, "notes of the team": 1}
    first, second = Voice.objects.order_by("said_at")
    assert first.text == "Slow\n\nExport is slow"
    assert second.text == "Thanks"
    assert first.author == second.author
    assert first.author is not None
    assert (first.author.external_id, first.author.email) == ("ann", "ann@shop.example")
    assert first.thread == second.thread


POSTS = {
    "posts": [
        {"id": "p1", "title": "Dark mode", "details": "My eyes", "author": {"id": "c1", "email": "ann@shop.example", "name": "Ann"},
         "board": {"name": "Features"}, "score": 3, "status": "in progress", "created": "2026-03-01T10:00:00Z",
         "url": "https://acme.canny.io/features/p/dark-mode", "tags": [{"name": "ui"}]}],
    "votes": [
        {"post": {"id": "p1"}, "voter": {"id": "c2", "email": "bo@shop.example", "name": "Bo"}, "created": "2026-03-02"},
        {"post": {"id": "p1"}, "voter": {"id": "c3", "name": "Cy", "userID": "cy"}, "created": "2026-03-02"}],
    "comments": [
        {"id": "m1", "value": "Please", "post": {"id": "p1"}, "author": {"id": "c2", "email": "bo@shop.example"}, "created": "2026-03-03"},
        {"id": "m2", "value": "later", "post": {"id": "p1"}, "author": {"id": "t", "isAdmin": True}, "created": "2026-03-03"}],
}  # fmt: skip


def test_canny_posts_become_ideas_whose_voters_vote_and_follow_here(files: Files) -> None:
    content = zipped({f"{name}.json": {name: rows} for name, rows in POSTS.items()})
    job = bring(files, content, "canny.zip")
    assert (job.format, job.stored, job.skips) == ("canny", 2, {"written by the team": 1})
    idea = Idea.objects.get()
    assert (idea.title, idea.status, idea.hidden, idea.votes_count) == ("Dark mode", "started", True, 2)
    assert idea.posted_at.isoformat().startswith("2026-03-01")
    assert sorted(str(v.person) for v in Vote.objects.all()) == ["Bo", "Cy"]
    assert sorted(str(f.person) for f in Follow.objects.all()) == ["Ann", "Bo", "Cy"]
    assert idea.voice.traits["votes"] == 3, "the number there stays beside the voters we know"
    # More votes later, and the same file again: nothing twice, nothing lost.
    POSTS_LATER = {
        **POSTS,
        "votes": [*POSTS["votes"], {"post": {"id": "p1"}, "voter": {"id": "c4", "email": "di@shop.example"}}],
    }
    bring(files, zipped({f"{name}.json": {name: rows} for name, rows in POSTS_LATER.items()}), "later.zip")
    idea.refresh_from_db()
    assert idea.votes_count == Vote.objects.count() == 3
    assert Idea.objects.count() == 1


def test_canny_tables_with_their_votes(files: Files) -> None:
    posts = text_of(["Post ID", "Title", "Details", "Author Name", "Author Email", "Board", "Status", "Votes", "Created"],
                    [["p1", "Dark mode", "", "Ann", "ann@shop.example", "Features", "open", 2, "2026-03-01"]])  # fmt: skip
    votes = text_of(["Post Title", "Voter Name", "Voter Email"], [["Dark mode", "Bo", "bo@shop.example"]])
    job = bring(files, zipped({"posts.csv": posts, "votes.csv": votes}), "c.zip", "publish")
    assert (job.format, job.stored, job.refused) == ("canny", 1, 0)
    idea = Idea.objects.get()
    assert (idea.hidden, idea.votes_count, str(idea.voice.author)) == (False, 1, "Ann")


BACKUP = {
    "users.json": [{"id": 1, "name": "Ann", "email": "ann@shop.example", "role": 1}, {"id": 2, "name": "Team", "email": "t@us.example", "role": 3}],
    "posts.json": [{"id": 5, "number": 1, "title": "Dark mode", "description": "My eyes", "user_id": 1, "status": 4, "created_at": "2026-03-01"},
                   {"id": 6, "number": 2, "title": "Gone", "description": "", "user_id": 1, "status": 6, "created_at": "2026-03-01"}],
    "post_votes.json": [{"post_id": 5, "user_id": 1}, {"post_id": 5, "user_id": 2}],
    "comments.json": [{"id": 8, "content": "Me too", "post_id": 5, "user_id": 1, "created_at": "2026-03-02"},
                      {"id": 9, "content": "Soon", "post_id": 5, "user_id": 2, "created_at": "2026-03-02"}],
}  # fmt: skip


def test_fider_backup_and_table(files: Files) -> None:
    job = bring(files, zipped(BACKUP), "backup.zip")
    assert job.format == "fider"
    assert job.skips == {"deleted posts": 1, "written by the team": 1}
    idea = Idea.objects.get()
    assert (idea.status, idea.votes_count, idea.voice.source_id) == ("planned", 2, "post:1")
    assert Voice.objects.get(text="Me too").thread == "post:1"
    table = text_of(["number", "title", "description", "created_at", "created_by", "votes_count", "status", "original_number"],
                    [[3, "Light mode", "", "2026-03-02", "Bo", 4, "open", ""], [1, "Dark mode", "My eyes", "2026-03-01", "Ann", 2, "planned", ""]])  # fmt: skip
    job = bring(files, table, "posts.csv")
    assert (job.format, job.stored, job.changed + job.repeated) == ("fider", 1, 1)


APPLE = {"feed": {"author": {"name": {"label": "iTunes Store"}}, "entry": [
    {"im:name": {"label": "Our app"}, "title": {"label": "Our app"}, "id": {"label": "1"}},
    {"author": {"uri": {"label": "https://itunes.apple.com/us/reviews/id42"}, "name": {"label": "Ann"}}, "im:version": {"label": "2.1"},
     "im:rating": {"label": "2"}, "id": {"label": "900"}, "title": {"label": "Slow"}, "content": {"label": "Export is slow"},
     "updated": {"label": "2026-03-01T10:00:00-07:00"}, "link": {"attributes": {"href": "https://itunes.apple.com/r/900"}}}]}}  # fmt: skip
APPLE_XML = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom"><entry><id>900</id><title>Slow</title>
<content type="text">Export is slow</content><content type="html">&lt;b&gt;x</content><im:rating>2</im:rating><im:version>2.1</im:version>
<author><name>Ann</name><uri>https://itunes.apple.com/us/reviews/id42</uri></author><updated>2026-03-01T10:00:00-07:00</updated>
<link href="https://itunes.apple.com/r/900"/></entry></feed>"""


def test_apples_feed_as_json_and_as_xml_is_the_same_review(files: Files) -> None:
    job = bring(files, APPLE, "page1.json")
    assert (job.format, job.stored, job.skips) == ("reviews", 1, {"the app itself": 1})
    voice = Voice.objects.get()
    assert (voice.text, voice.channel, voice.traits["stars"], voice.traits["version"]) == (
        "Slow\n\nExport is slow",
        "review",
        2,
        "2.1",
    )
    assert bring(files, APPLE_XML, "page1.xml").repeated == 1


def test_xml_that_would_explode_is_not_read(files: Files) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><feed xmlns="http://itunes.apple.com/rss">&a;</feed>'
    with pytest.raises(Unreadable, match="entities"):
        files.job(files.write(bomb, "b.xml"), format="reviews")
    assert not Import.objects.exists()


def test_google_plays_table_in_utf16_leaves_out_stars_without_words(files: Files) -> None:
    head = [
        "Package Name",
        "App Version Name",
        "Reviewer Language",
        "Device",
        "Review Submit Date and Time",
        "Star Rating",
        "Review Title",
        "Review Text",
        "Review Link",
    ]
    rows = [["com.acme", "2.1", "de", "pixel", "2026-03-01T10:00:00Z", 2, "", "Langsam, aber schön", "http://play.example/?reviewId=r1&x=1"],
            ["com.acme", "2.1", "de", "pixel", "2026-03-01T11:00:00Z", 5, "", "", "http://play.example/?reviewId=r2"]]  # fmt: skip
    job = bring(files, text_of(head, rows).encode("utf-16"), "reviews_202603.csv")
    assert (job.format, job.stored, job.skips) == ("reviews", 1, {"stars without words": 1})
    voice = Voice.objects.get()
    assert (voice.source_id, voice.language, voice.traits["stars"], voice.traits["device"]) == (
        "com.acme/r1",
        "de",
        2,
        "pixel",
    )


MONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,How often?,What is missing?,Which do you use?,,Anything else?\n"
    ",,,,,,,Response,Open-Ended Response,Export,Other (please specify),Open-Ended Response\n"
    "1,9,2026-03-01 10:00,2026-03-01 10:05,10.0.0.1,ann@shop.example,Ann,Daily,A dark mode,Export,,Thanks\n"
    "2,9,2026-03-01 11:00,2026-03-01 11:05,10.0.0.2,,,Weekly,Faster export please,,Print,\n"
)


def test_surveymonkeys_two_header_lines_give_a_voice_for_each_open_answer(files: Files) -> None:
    job = bring(files, MONKEY, "survey.csv")
    assert (job.format, job.stored, job.refused) == ("survey", 4, 0)
    assert job.skips == {"questions left unanswered": 2}
    ann = Voice.objects.filter(author__email="ann@shop.example").order_by("pk")
    assert [(v.text, v.traits["question"]) for v in ann] == [
        ("A dark mode", "What is missing?"),
        ("Thanks", "Anything else?"),
    ]
    assert ann[0].traits["How often?"] == "Daily"
    assert ann[0].thread == ann[1].thread == "1"
    print_ = Voice.objects.get(text="Print")
    assert print_.traits["question"] == "Which do you use?: Other (please specify)"
    assert not any("10.0.0" in str(v.traits) for v in Voice.objects.all()), "where somebody sat is nobody's business"
    assert bring(files, MONKEY, "survey.csv").repeated == 4


def test_alchemers_one_header_line_finds_the_questions_answered_in_own_words(files: Files) -> None:
    rows = [[n, "2026-03-01", "Yes" if n % 2 else "No", f"I would like to have thing number {n}"] for n in range(1, 12)]
    job = bring(files, text_of(["Response ID", "Date Submitted", "Do you like it?", "What else?"], rows), "gizmo.csv")
    assert (job.format, job.stored) == ("survey", 11)
    assert set(Voice.objects.values_list("traits__question", flat=True)) == {"What else?"}


def letter(text: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in {"From": "Ann <ann@shop.example>", "To": "us@acme.example", "Subject": "Slow", "Date": "Sun, 01 Mar 2026 10:00:00 +0100",
                        "Message-ID": "<m1@shop.example>", **{k.replace("_", "-"): v for k, v in headers.items()}}.items():  # fmt: skip
        made[name] = value
    made.set_content(text)
    return made


def test_letters_of_an_mbox_without_quotes_and_robots(files: Files) -> None:
    path = files.folder / "all.mbox"
    box = mailbox.mbox(path)
    box.add(letter("Export is slow\n\nFrom here on\n-- \nAnn\nShop"))
    box.add(letter("Still.\n\nOn Mon, 2 Mar 2026 at 10:00, Us <us@acme.example> wrote:\n> We look", Subject="Re: Slow",
                   **{"Message-ID": "<m2@shop.example>", "In-Reply-To": "<m1@shop.example>"}))  # fmt: skip
    box.add(letter("I am away", **{"Message-ID": "<m3@shop.example>", "Auto-Submitted": "auto-replied"}))
    box.add(letter("News", **{"Message-ID": "<m4@shop.example>", "List-Id": "<news.example>"}))
    box.close()
    job = bring(files, path.read_bytes(), "all.mbox")
    assert (job.format, job.stored) == ("mail", 2)
    assert job.skips == {"automatic replies": 1, "mailing lists and bulk mail": 1}
    first, second = Voice.objects.order_by("pk")
    assert first.text == "Slow\n\nExport is slow\n\nFrom here on"
    assert second.text == "Still."
    assert second.thread == "m1@shop.example"
    assert str(first.author) == "Ann"


def test_each_folder_can_go_and_the_others_stay() -> None:
    """No source is named anywhere outside its folder, apart from words for people."""
    root = Path(sources.__file__).parent
    for name in sources.all_sources():
        others = [p for p in root.rglob("*.py") if p.parent.name != name]
        assert not [p for p in others if f"sources.{name}" in p.read_text() or f"from ..{name}" in p.read_text()], name


@pytest.mark.parametrize("name", sorted(sources.readers()))
def test_any_source_meets_a_file_of_another_with_words_and_not_with_a_stumble(files: Files, name: str) -> None:
    said: list[str] = []
    for content, file in ((b"\x00\x01\x02", "x.bin"), (b'{"a": [1, 2', "x.json"), ("a,b\n1,2\n", "x.csv"), ("[[1], 2, {}]", "y.json"),
                          (b"From a@b Sat Jan  1 00:00:00 2026\n\n", "z.mbox"), ("<x", "x.xml"), ("[]", "e.json")):  # fmt: skip
        path = files.write(content, file)
        try:
            list(sources.named(name).read(Bundle.of(path), sources.base.Reading()))  # type: ignore[misc]
        except ValueError as e:
            said.append(str(e))
    assert all(len(text) > 10 for text in said)
