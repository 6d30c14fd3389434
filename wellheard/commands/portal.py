"""board, idea, queue: the portal from the command line."""

from __future__ import annotations

import csv
import io
from typing import Any

import click
from django.db import transaction
from django.http import Http404

from wellheard.console.views.portal_ideas import IDEA_COLUMNS, idea_lines
from wellheard.core.rows import harmless
from wellheard.listen.models import Board, Comment, Idea, IdeaStatus, Standing
from wellheard.listen.queries import moderation as reads
from wellheard.listen.queries.boards import board_rows
from wellheard.listen.services import boards, comments, curating, ideas, moderation
from wellheard.listen.services.voices import author
from wellheard.people.access import Access
from wellheard.people.models import Person

from .answer import Answer, Refused, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NUMBER = click.argument("number")
STATUS = click.Choice(IdeaStatus.values)


def _idea(access: Access, number: str) -> Idea:
    try:
        return access.get(Idea, number, "board", "voice__author")
    except Http404:
        raise Refused(f"There is no idea {number!r}. See: wellheard idea list") from None


def _board(access: Access, ref: str) -> Board:
    held = Board.objects.filter(workspace=access.workspace)
    found = held.filter(slug=ref).first() or held.filter(name__iexact=ref).first()
    if found is None:
        raise Refused(f"There is no board {ref!r}. Boards: {', '.join(held.values_list('slug', flat=True))}.")
    return found


def _person(access: Access, who: str) -> Person:
    found = author(access, who)
    if found is None:
        raise Refused("Write whose it is: --who with an e-mail address, an id or a name.")
    return found


def _told(idea: Idea) -> dict[str, Any]:
    return {
        "id": idea.pk, "board": idea.board.slug, "title": idea.title, "status": idea.status, "standing": idea.standing,
        "hidden": idea.hidden, "merged_into": idea.merged_into_id, "votes": idea.votes_count,
        "verified_votes": idea.verified_count, "comments": idea.comments_count,
    }  # fmt: skip


@click.group()
def board() -> None:
    """Boards of the portal."""


@board.command("list")
@WORKSPACE
@JSON
def list_boards(slug: str, as_json: bool) -> Answer:
    """Every board, who sees it, and how many ideas it holds."""
    rows = [
        {"slug": r.board.slug, "name": r.board.name, "sight": r.board.sight, "moderated": r.board.moderated,
         "archived": r.board.archived_at is not None, "ideas": r.ideas, "waiting": r.waiting}
        for r in board_rows(workspace_access(slug).workspace)
    ]  # fmt: skip
    head = ["slug", "name", "sight", "moderated", "archived", "ideas", "waiting"]
    return Answer({"boards": rows}, table(head, [tuple(r[h] for h in head) for r in rows]))


def _settings(fn: Any) -> Any:
    for option in (
        click.option("--description"),
        click.option("--sight", type=click.Choice(Board.Sight.values)),
        click.option("--posting", type=click.Choice(Board.Posting.values)),
        click.option("--counted", type=click.Choice(Board.Counted.values)),
        click.option(
            "--anonymous/--no-anonymous", default=None, help="Visitors without a confirmed address may write."
        ),
        click.option("--moderated/--no-moderated", default=None, help="The team looks at posts and comments first."),
    ):
        fn = option(fn)
    return fn


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v is not None}


@board.command("create")
@click.argument("name")
@_settings
@WORKSPACE
@JSON
def create_board(name: str, slug: str, as_json: bool, **values: Any) -> Answer:
    """Make a board."""
    try:
        made = boards.make_board(workspace_access(slug), name, **_given(values))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk, "slug": made.slug}, f"Made the board {made.name} at /p/{slug}/boards/{made.slug}/")


@board.command("change")
@click.argument("which")
@click.option("--name")
@click.option("--archived/--no-archived", default=None)
@_settings
@WORKSPACE
@JSON
def change_board(which: str, slug: str, as_json: bool, **values: Any) -> Answer:
    """Change what is given of a board, named by its address or its name."""
    access = workspace_access(slug)
    try:
        held = boards.change_board(access, _board(access, which), **_given(values))
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": held.pk, "slug": held.slug}, f"Changed the board {held.name}.")


@click.group()
def idea() -> None:
    """Ideas on the portal."""


@idea.command("list")
@click.option("--board", "which")
@click.option("--status", type=STATUS)
@click.option("--state", type=click.Choice(["pending", "hidden", "merged", "doubtful", "refused", "spam", "all"]))
@click.option("--search", "words", default="")
@click.option("--page", "number", type=click.IntRange(1), default=1)
@WORKSPACE
@JSON
def list_ideas(
    slug: str, as_json: bool, which: str | None, status: str | None, state: str | None, words: str, number: int
) -> Answer:
    """Ideas, most votes first, fifty a page."""
    access = workspace_access(slug)
    ask = reads.TeamAsk(_board(access, which) if which else None, words, status or "", state or "")
    rows, total = reads.team_ideas(access.workspace, ask, number)
    told = [_told(i) for i in rows]
    head = ["id", "votes", "verified_votes", "comments", "status", "board", "title"]
    return Answer({"total": total, "ideas": told}, table(head, [tuple(r[h] for h in head) for r in told]))


@idea.command("show")
@NUMBER
@WORKSPACE
@JSON
def show_idea(number: str, slug: str, as_json: bool) -> Answer:
    """One idea with its votes apart, its notes and comments."""
    found = _idea(workspace_access(slug), number)
    counted, notes = reads.vote_sum(found), reads.notes(found)
    said = list(
        Comment.objects.filter(idea=found, deleted_at=None).select_related("author").order_by("created_at", "pk")
    )
    data = {
        **_told(found), "text": found.voice.text, "answer": found.answer,
        "counted": {"verified": counted.verified, "anonymous": counted.anonymous, "doubtful": counted.doubtful,
                    "discounted": counted.discounted},
        "notes": [{"id": n.pk, "by": n.by_name, "text": n.text} for n in notes],
        "comment_list": [{"id": c.pk, "by": c.team_name or str(c.author or ""), "text": c.text, "standing": c.standing} for c in said],
    }  # fmt: skip
    lines = [
        f"{found.title}  ({found.board.name}, {found.get_status_display()})", found.body, "",
        f"{found.votes_count} votes: {counted.verified} of known addresses, {counted.anonymous} anonymous, {counted.doubtful} doubtful, "
        f"{counted.discounted} left out",
        *([f"Answer: {found.answer}"] if found.answer else []),
        *(f"Note of {n.by_name}: {n.text}" for n in notes),
        *(f"{c.team_name or c.author or 'Somebody'}: {c.text}" for c in said),
    ]  # fmt: skip
    return Answer(data, "\n".join(lines))


@idea.command("post")
@click.argument("title")
@click.option("--text", default="")
@click.option("--who", required=True, help="E-mail address, id or name of whose idea it is.")
@click.option("--board", "which")
@WORKSPACE
@JSON
def post(title: str, text: str, who: str, which: str | None, slug: str, as_json: bool) -> Answer:
    """Post an idea on somebody's behalf."""
    access = workspace_access(slug)
    held = _board(access, which) if which else None
    try:
        with transaction.atomic():
            made = ideas.post(access.workspace, _person(access, who), title, text, held, on_behalf=access)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(_told(made), f"Posted as idea {made.pk}.")


@idea.command("vote")
@NUMBER
@click.option("--who", required=True)
@WORKSPACE
@JSON
def vote(number: str, who: str, slug: str, as_json: bool) -> Answer:
    """Vote on somebody's behalf."""
    access = workspace_access(slug)
    found = _idea(access, number)
    try:
        with transaction.atomic():
            added = ideas.vote(found, _person(access, who), on_behalf=access)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"idea": found.pk, "added": added}, "Voted." if added else "They had voted for it already.")


@idea.command("comment")
@NUMBER
@click.argument("text")
@click.option("--who", default="", help="On whose behalf; without it the team comments.")
@WORKSPACE
@JSON
def comment(number: str, text: str, who: str, slug: str, as_json: bool) -> Answer:
    """Comment as the team or on somebody's behalf."""
    access = workspace_access(slug)
    found = _idea(access, number)
    try:
        with transaction.atomic():
            person = _person(access, who) if who else None
            made = comments.comment(found, text, person=person, team=access)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk, "idea": made.idea_id}, "The comment is there.")


@idea.command("answer")
@NUMBER
@click.option("--status", type=STATUS, required=True)
@click.option("--text", default="", help="The public answer, in Markdown.")
@WORKSPACE
@JSON
def answer(number: str, status: str, text: str, slug: str, as_json: bool) -> Answer:
    """Set the public status and answer."""
    access = workspace_access(slug)
    found = _idea(access, number)
    try:
        ideas.answer(access, found, IdeaStatus(status), text)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(_told(found), f"“{found.title}” is {found.get_status_display().lower()} now.")


@idea.command("change")
@NUMBER
@click.option("--title")
@click.option("--board", "which")
@click.option("--tags", help="Commas between; they replace the tags it has.")
@click.option("--pinned/--no-pinned", default=None)
@click.option("--hidden/--no-hidden", default=None)
@click.option("--comments-locked/--no-comments-locked", "comments_locked", default=None)
@WORKSPACE
@JSON
def change(
    number: str,
    slug: str,
    as_json: bool,
    title: str | None,
    which: str | None,
    tags: str | None,
    **switches: bool | None,
) -> Answer:
    """Title, board, tags; pin, hide, close the comments."""
    access = workspace_access(slug)
    found = _idea(access, number)
    try:
        with transaction.atomic():
            if title is not None:
                curating.retitle(access, found, title)
            if which is not None:
                curating.move(access, found, _board(access, which))
            if tags is not None:
                curating.tag(access, found, tags.split(","))
            for what, on in switches.items():
                if on is not None:
                    curating.switch(access, found, what, on)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(_told(found), f"Changed idea {found.pk}.")


@idea.command("note")
@NUMBER
@click.argument("text")
@WORKSPACE
@JSON
def note(number: str, text: str, slug: str, as_json: bool) -> Answer:
    """Note something for the team alone."""
    access = workspace_access(slug)
    try:
        made = curating.note(access, _idea(access, number), text)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk}, "Noted, for the team alone.")


@idea.command("merge")
@NUMBER
@click.argument("into")
@WORKSPACE
@JSON
def merge(number: str, into: str, slug: str, as_json: bool) -> Answer:
    """Let an idea go on as part of another."""
    access = workspace_access(slug)
    one, other = _idea(access, number), _idea(access, into)
    try:
        curating.merge(access, one, other)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": one.pk, "merged_into": other.pk, "votes": other.votes_count}, f"It goes on as “{other}” now.")


@idea.command("unmerge")
@NUMBER
@WORKSPACE
@JSON
def unmerge(number: str, slug: str, as_json: bool) -> Answer:
    """Undo a merge."""
    access = workspace_access(slug)
    found = _idea(access, number)
    try:
        curating.unmerge(access, found)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(_told(found), "Undone.")


@idea.command("export")
@WORKSPACE
@JSON
def export(slug: str, as_json: bool) -> Answer:
    """All ideas as CSV, safe to open in a spreadsheet."""
    rows = list(idea_lines(workspace_access(slug)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(IDEA_COLUMNS)
    writer.writerows([harmless(c) if isinstance(c, str) else c for c in row] for row in rows)
    return Answer({"ideas": [dict(zip(IDEA_COLUMNS, r, strict=True)) for r in rows]}, out.getvalue().rstrip("\n"))


@click.group()
def queue() -> None:
    """What waits before the public sees it."""


@queue.command("list")
@click.option("--standing", type=click.Choice(["pending", "refused", "spam"]), default="pending")
@WORKSPACE
@JSON
def list_queue(standing: str, slug: str, as_json: bool) -> Answer:
    """Posts and comments, oldest first."""
    found = reads.queue(workspace_access(slug).workspace, standing)
    rows = [
        {"key": r.key, "by": r.by, "board": r.idea.board.slug, "title": r.idea.title, "text": r.text}
        for r in found.rows
    ]
    text = table(["key", "by", "board", "title", "text"], [(*list(r.values())[:4], r["text"][:80]) for r in rows])
    return Answer({"counts": found.counts, "waiting": rows}, text)


@queue.command("decide")
@click.argument("keys", nargs=-1, required=True)
@click.option("--as", "standing", type=click.Choice(Standing.values), required=True)
@click.option("--reason", default="")
@WORKSPACE
@JSON
def decide(keys: tuple[str, ...], standing: str, reason: str, slug: str, as_json: bool) -> Answer:
    """Publish or refuse: keys as `queue list` prints them, such as idea-7 comment-9."""
    access = workspace_access(slug)
    things: list[Idea | Comment] = []
    try:
        for key in keys:
            kind, _, number = key.partition("-")
            if kind not in ("idea", "comment"):
                raise Refused(f"{key!r} is no key. See: wellheard queue list")
            things.append(access.get(Comment, number, "idea") if kind == "comment" else access.get(Idea, number))
        changed = moderation.decide(access, things, Standing(standing), reason)
    except Http404 as e:
        raise Refused(str(e)) from None
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"changed": len(changed)}, f"{len(changed)} changed.")


COMMANDS = [board, idea, queue]
