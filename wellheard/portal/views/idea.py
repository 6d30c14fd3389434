"""One idea: read it, follow it, talk about it."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.listen.counting import beneath
from wellheard.listen.models import Board, Comment, Idea
from wellheard.listen.queries import boards as rights
from wellheard.listen.queries import ideas as reads
from wellheard.listen.queries.boards import Guest
from wellheard.listen.services import comments, ideas
from wellheard.people.models import Role
from wellheard.people.services import visitors

from .. import doors
from .board import ask_to_confirm, ask_to_sign_in, too_often


def _idea(who: Guest, number: int) -> Idea:
    found = reads.public_idea(who, number)
    if found is None:
        raise Http404("There is no such idea.")
    return found


@require_safe
@doors.portal
def idea(request: HttpRequest, who: Guest, number: int) -> HttpResponse:
    found = _idea(who, number)
    if found.merged_into_id is not None:
        return redirect("idea", who.workspace.slug, ideas.standing_for(found).pk, permanent=False)
    return draw(request, who, found)


def draw(request: HttpRequest, who: Guest, found: Idea, status: int = 200, **words: object) -> HttpResponse:
    merged = beneath(found.pk)
    reply = request.GET.get("reply", "")
    words = {"replying": reply if reply.isdecimal() and len(reply) < 19 else "", **words}
    held = who.person
    return doors.shown(
        request, who, "portal/idea.html", status, idea=found, board=found.board,
        body=found.body, by=doors.first_name(found.voice.author),
        stand=reads.stand(found, held), reachable=who.verified, votes=reads.shown_votes(found, found.board),
        waiting=held is not None and visitors.CLAIMED in held.traits,
        thread=[_shown(row, who) for row in reads.comments(found, who, merged)], changes=reads.changes(found),
        tags=list(found.tags.order_by("name").values_list("name", flat=True)),
        merged=Idea.objects.filter(pk__in=merged, hidden=False, standing="public").order_by("-votes_count")[:20],
        barred=rights.may_write(found.board, who), tab="ideas", indexable=found.board.sight == Board.Sight.OPEN,
        **words,
    )  # fmt: skip


def _shown(row: reads.CommentRow, who: Guest) -> dict[str, object]:
    """What a template draws of a comment: never an address, and the buttons only for whoever may press them."""
    c = row.comment
    return {
        "comment": c, "by": c.team_name or doors.first_name(c.author), "team": bool(c.team_name), "waiting": row.waiting,
        "changeable": comments.may_change(c, who.person, who.team),
        "removable": who.team is not None and who.team.may(Role.EDITOR) and c.deleted_at is None,
        "replies": [_shown(r, who) for r in row.replies],
    }  # fmt: skip


@require_POST
@doors.portal
def follow(request: HttpRequest, who: Guest, number: int) -> HttpResponse:
    """Follow or stop following; an address given here is asked to confirm."""
    found = _idea(who, number)
    where = redirect("idea", who.workspace.slug, number)
    on = not request.POST.get("stop")
    email = doors.given(request, "email") if on else ""
    if not on and who.person is None:
        return where
    if on and rights.may_write(found.board, who) == "sign_in":
        return ask_to_sign_in(request, who, reverse("idea", args=[who.workspace.slug, number]))
    try:
        with transaction.atomic():
            person = doors.writer(request, who)
            token = visitors.claim(person, "", email) if email else None
            ideas.follow(found, person, on)
    except doors.TooOften:
        return too_often(request, who)
    except ValueError as e:
        messages.error(request, _(str(e)))
        return where
    if token:
        ask_to_confirm(request, who, email, token)
    elif not on:
        messages.success(request, _("You no longer follow this."))
    elif person.email:
        messages.success(request, _("You follow this. We write to you when something comes of it."))
    else:
        messages.success(request, _("You follow this. Leave an e-mail address if we may write to you."))
    return doors.remember(where, who.workspace, person)


@require_POST
@doors.portal
def comment(request: HttpRequest, who: Guest, number: int) -> HttpResponse:
    """Comment, or reply: members of the team write as the team."""
    found = _idea(who, number)
    where = reverse("idea", args=[who.workspace.slug, ideas.standing_for(found).pk])
    if why := rights.may_write(found.board, who):
        if why == "sign_in":
            return ask_to_sign_in(request, who, where)
        messages.info(request, _("This board is closed. What was said stays to be read."))
        return redirect(where)
    wanted = request.POST.get("parent", "")
    parent = None
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
        parent = Comment.objects.filter(workspace=who.workspace, pk=int(wanted)).select_related("parent").first()
    text, person = request.POST.get("text", ""), None
    team = who.team if who.team is not None and who.team.may_contribute else None
    try:
        with transaction.atomic():
            if team is None:
                person = doors.writer(request, who)
                name = doors.given(request, "name")
                if name and not person.name:
                    visitors.claim(person, name, "")
            made = comments.comment(found, text, person=person, team=team, parent=parent)
    except doors.TooOften:
        return too_often(request, who)
    except ValueError as e:
        return draw(request, who, ideas.standing_for(found), 422, error=_(str(e)), written=text[:6000], replying=wanted)
    if made.standing == "public":
        messages.success(request, _("Your comment is there."))
    else:
        messages.success(request, _("Thank you. The team looks at your comment first; then everybody sees it."))
    reply = redirect(f"{where}#comment-{made.pk}")
    return doors.remember(reply, who.workspace, person) if person else reply


def _comment(who: Guest, number: int) -> Comment:
    found = Comment.objects.filter(workspace=who.workspace, pk=number).select_related("idea__board").first()
    may = found is not None and comments.may_change(found, who.person, who.team)
    if found is None or not (may or (who.team is not None and who.team.may_edit)):
        raise Http404("There is no such comment, or it cannot be changed any more.")
    _idea(who, found.idea_id)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def edit_comment(request: HttpRequest, who: Guest, number: int) -> HttpResponse:
    found = _comment(who, number)
    where = f"{reverse('idea', args=[who.workspace.slug, ideas.standing_for(found.idea).pk])}#comment-{found.pk}"
    own = comments.may_change(found, who.person, who.team)
    text, error = request.POST.get("text", found.text), ""
    if request.method == "POST":
        team = who.team if found.member_id is not None or not own else None
        try:
            if request.POST.get("delete"):
                comments.delete(found, person=None if team else who.person, team=team)
                messages.success(request, _("The comment is deleted."))
            else:
                comments.edit(found, text, person=None if team else who.person, team=team)
                messages.success(request, _("Your comment is changed."))
            return redirect(where)
        except ValueError as e:
            error = _(str(e))
    return doors.shown(
        request, who, "portal/edit_comment.html", 422 if error else 200, comment=found, text=text, error=error,
        own=own, where=where, tab="ideas",
    )  # fmt: skip
