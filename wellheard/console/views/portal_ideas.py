"""The portal's ideas as the team sees them: all of them, each with its votes, notes, answer, and merging."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from wellheard.core import journal
from wellheard.core.rows import harmless
from wellheard.listen.models import Board, Comment, Idea, IdeaStatus, Note, Vote
from wellheard.listen.queries import moderation as reads
from wellheard.listen.queries.boards import board_rows
from wellheard.listen.queries.voters import voter_lenses
from wellheard.listen.services import curating, stuffing
from wellheard.listen.services import ideas as services
from wellheard.listen.services.voices import author
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.queries.similar import near_ideas

from ..asked import page_number
from ..frame import page


@login_required
@require_safe
def ideas(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    boards = board_rows(access.workspace)
    chosen = next((r.board for r in boards if r.board.slug == request.GET.get("board")), None)
    status = request.GET.get("status", "")
    ask = reads.TeamAsk(
        chosen, request.GET.get("q", "").strip()[:200], status if status in IdeaStatus.values else "",
        request.GET.get("state", ""),
    )  # fmt: skip
    number = max(1, page_number(request))
    rows, total = reads.team_ideas(access.workspace, ask, number)
    lenses = voter_lenses(access.workspace, rows)
    return page(
        request, access, "console/portal/ideas.html", "listen", rows=[(i, lenses[i.pk]) for i in rows], ask=ask, boards=boards, total=total,
        statuses=IdeaStatus.choices, waiting=reads.waiting_count(access.workspace),
        found={"number": number, "last": max(1, -(-total // reads.PAGE))},
        states=[("pending", "Waiting"), ("hidden", "Hidden"), ("merged", "Merged"), ("doubtful", "With doubtful votes"), ("refused", "Refused"), ("spam", "Spam"), ("all", "All")],
    )  # fmt: skip


@login_required
@require_safe
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Idea, number, "board", "voice__author", "voice__account", "merged_into")
    likely: list[Idea] = []
    if access.may_edit and found.merged_into is None:
        among = Idea.objects.filter(workspace=access.workspace, merged_into=None).exclude(pk=found.pk)
        likely = near_ideas(access.workspace, found.voice.text, among, 5, share=0.6)
    return page(
        request, access, "console/portal/idea.html", "listen", idea=found, votes=reads.vote_sum(found),
        notes=[(n, access.may_edit or (access.member is not None and n.member_id == access.member.pk)) for n in reads.notes(found)],
        doubtful=reads.votes(found, "doubtful", 8), merged=list(found.merged.order_by("-votes_count")), likely=likely,
        boards=Board.objects.filter(workspace=access.workspace, archived_at=None).order_by("position", "pk"),
        tags=", ".join(found.tags.order_by("name").values_list("name", flat=True)), statuses=IdeaStatus.choices,
        body=found.body, history=journal.history(access.workspace.pk, found, 30),
    )  # fmt: skip


@login_required
@require_safe
def votes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Idea, number, "board")
    only = request.GET.get("only", "")
    return page(
        request, access, "console/portal/votes.html", "listen", idea=found, votes=reads.vote_sum(found), only=only,
        rows=reads.votes(found, only), doubts=stuffing.DOUBTS.values(),
    )  # fmt: skip


def _to(slug: str, number: int) -> HttpResponse:
    return redirect("team_idea", slug, number)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The public status and answer."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    status = request.POST.get("status", "")
    try:
        if status not in IdeaStatus.values:
            raise ValueError("Choose a status.")
        services.answer(access, found, IdeaStatus(status), request.POST.get("answer", ""))
        messages.success(request, "The portal shows it now.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


@login_required
@require_POST
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Title, board and tags; all are checked before any is changed."""
    from django.db import transaction

    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    try:
        with transaction.atomic():
            if "title" in request.POST:
                curating.retitle(access, found, request.POST["title"])
            if request.POST.get("board"):
                curating.move(access, found, access.get(Board, request.POST["board"]))
            if "tags" in request.POST:
                curating.tag(access, found, request.POST["tags"].split(","))
        messages.success(request, "Changed.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


SAID = {
    "pinned": ("Pinned: it stands first on its board.", "No longer pinned."),
    "hidden": ("Hidden from the portal. Nothing of it is lost.", "Shown on the portal again."),
    "comments_locked": ("Comments are closed.", "Comments are open again."),
}


@login_required
@require_POST
def switch(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    what, on = request.POST.get("what", ""), request.POST.get("on") == "1"
    if what in SAID:
        curating.switch(access, found, what, on)
        messages.success(request, SAID[what][0 if on else 1])
    else:
        messages.error(request, "Choose what to change.")
    return _to(slug, number)


@login_required
@require_POST
def note(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    try:
        if request.POST.get("drop"):
            held = access.get(Note, request.POST["drop"], "idea")
            if held.idea_id == found.pk:
                curating.drop_note(access, held)
                messages.success(request, "The note is gone.")
        else:
            curating.note(access, found, request.POST.get("text", ""))
            messages.success(request, "Noted, for the team alone.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


@login_required
@require_POST
def vote_for(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A vote on behalf of somebody: an address, an id or a name."""
    from django.db import transaction

    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    try:
        with transaction.atomic():
            person = author(access, request.POST.get("who", ""))
            if person is None:
                raise ValueError("Write whose vote it is: an e-mail address, an id or a name.")
            added = services.vote(found, person, on_behalf=access)
        messages.success(request, f"{person} votes for it now." if added else f"{person} had voted for it already.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


@login_required
@require_POST
def discount(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Leave the ticked votes out of the counts, or all doubtful ones, or take them in again."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    on = request.POST.get("on") == "1"
    if request.POST.get("all"):
        chosen = list(Vote.objects.filter(idea=found).exclude(doubt=""))
    else:
        ticked = [int(v) for v in request.POST.getlist("vote")[:1000] if v.isascii() and v.isdecimal() and len(v) < 19]
        chosen = list(Vote.objects.filter(idea=found, pk__in=ticked))
    changed = stuffing.discount(access, found, chosen, on)
    if not chosen:
        messages.warning(request, "Tick at least one vote first.")
    else:
        word = "left out of" if on else "taken into"
        messages.success(request, f"{changed} vote{'' if changed == 1 else 's'} {word} the counts.")
    return redirect("team_votes", slug, number)


@login_required
@require_POST
def merge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Idea, number)
    try:
        wanted = request.POST.get("into", "").strip().rpartition("/")[2]  # a number, or an idea's address
        if not wanted:
            raise ValueError("Choose the idea that goes on, or paste its address.")
        into = access.get(Idea, wanted)
        curating.merge(access, found, into)
        messages.success(request, f"It goes on as “{into}” now. You can undo this below.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


@login_required
@require_POST
def unmerge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Idea, number)
    try:
        curating.unmerge(access, found)
        messages.success(request, "Undone. Each idea has its own votes and comments again.")
    except ValueError as e:
        messages.error(request, str(e))
    return _to(slug, number)


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(name: str, head: list[str], rows: Iterable[list[Any]]) -> StreamingHttpResponse:
    """A file for spreadsheets, row by row; no cell can be taken for a formula."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow(head)
        for row in rows:
            yield writer.writerow([harmless(c) if isinstance(c, str) else c for c in row])

    reply = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return reply


@login_required
@require_safe
def ideas_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    access = enter(request, slug)
    return _csv(f"{slug}-ideas", IDEA_COLUMNS, idea_lines(access))


IDEA_COLUMNS = ["id", "board", "title", "text", "status", "answer", "standing", "hidden", "merged_into", "votes", "verified_votes",
                "comments", "tags", "author", "posted_at"]  # fmt: skip


def idea_lines(access: Access) -> Iterator[list[Any]]:
    """Notes are no part of it: an export goes further than a console."""
    tags: dict[int, list[str]] = {}
    for pk, name in Idea.tags.through.objects.filter(idea__workspace=access.workspace).values_list("idea", "tag__name"):
        tags.setdefault(pk, []).append(name)
    rows = Idea.objects.filter(workspace=access.workspace).select_related("board", "voice__author").order_by("pk")
    for i in rows.iterator(chunk_size=1000):
        yield [i.pk, i.board.name, i.title, i.voice.text, i.status, i.answer, i.standing, int(i.hidden), i.merged_into_id or "",
               i.votes_count, i.verified_count, i.comments_count, ", ".join(tags.get(i.pk, [])),
               str(i.voice.author or ""), i.posted_at.isoformat()]  # fmt: skip


@login_required
@require_safe
def comments_csv(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    access = enter(request, slug)
    rows = Comment.objects.filter(workspace=access.workspace, deleted_at=None).select_related("author").order_by("pk")
    lines = (
        [
            c.pk,
            c.idea_id,
            c.parent_id or "",
            c.text,
            str(c.author or ""),
            c.team_name,
            c.standing,
            c.created_at.isoformat(),
        ]
        for c in rows.iterator(chunk_size=1000)
    )
    return _csv(f"{slug}-comments", ["id", "idea", "reply_to", "text", "author", "team", "standing", "at"], lines)


@login_required
@require_safe
def votes_csv(request: HttpRequest, slug: str, number: int) -> StreamingHttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Idea, number)
    rows = Vote.objects.filter(idea=found).select_related("person").order_by("pk")
    lines = (
        [str(v.person), v.person.email or "", v.at.isoformat(), int(v.person.email is not None), v.doubt, int(v.discounted),
         v.placed_by, v.came_from_id or ""]
        for v in rows.iterator(chunk_size=1000)
    )  # fmt: skip
    head = ["person", "email", "at", "verified", "doubt", "discounted", "placed_by", "came_from"]
    return _csv(f"{slug}-idea-{found.pk}-votes", head, lines)
