"""A person's own page, their mail choices, and one-click unsubscribe. Looking never changes anything."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard.listen.models import Voice
from wellheard.listen.queries.boards import Guest
from wellheard.listen.queries.ideas import own_public
from wellheard.people.models import Member, Person
from wellheard.people.queries import known_as
from wellheard.people.services import visitors
from wellheard.tell import budget
from wellheard.tell.models import Notice, Purpose
from wellheard.tell.queries.news import told
from wellheard.tell.services import addresses, letters, notices, replies

from .. import doors


def _person(key: str) -> Person:
    found = Person.objects.select_related("workspace").filter(page_key=key).first()
    found = found or known_as.person_by_secret("page", key)
    if found is None:
        raise Http404("This page does not exist.")
    return found


@never_cache
@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """What they said, what came of it, what they voted for. The address is the secret; no page links to it."""
    person = _person(key)
    with doors.speaking(request, person.workspace):
        reply = doors.shown(
            request, Guest(person.workspace, doors.visitor(request, person.workspace)), "portal/me.html", person=person,
            first_name=doors.first_name(person), told=told(person),
            voices=Voice.objects.filter(author=person).prefetch_related("replies").order_by("-said_at")[:100],
            letters=person.letters.order_by("-at", "-pk")[:50],
            votes=own_public(person, person.workspace)[:100],
            kinds=_kinds(person),
        )  # fmt: skip
    # Nothing of this address leaves for other sites. Not "no-referrer": browsers would then send "Origin: null"
    # with the page's own forms, which the check against forged requests must refuse.
    reply["Referrer-Policy"] = "same-origin"
    reply["X-Robots-Tag"] = "noindex"
    return reply


@require_POST
def seen(request: HttpRequest, key: str) -> HttpResponse:
    """A browser really drew the page, so what it tells has reached them."""
    person = _person(key)
    if not Member.objects.filter(workspace=person.workspace, user=request.user.pk).exists():
        replies.seen(person)
        letters.seen(person)
        notices.reached(person)  # a colleague who looks at the page is not the person
    return HttpResponse(status=204)


@require_POST
def mail(request: HttpRequest, key: str) -> HttpResponse:
    person = _person(key)
    want = request.POST.get("want")
    if want == "yes":
        for purpose in Purpose.values:
            addresses.opt_in(person, purpose)
        messages.success(request, _("We will write to you when something you asked for changes."))
    elif want == "these":
        for purpose in Purpose.values:
            if purpose in request.POST.getlist("kind"):
                addresses.opt_in(person, purpose)
            else:
                addresses.opt_out(person, "my page", purpose)
        messages.success(request, _("Saved. You will get the mail you chose and no other."))
    else:
        addresses.opt_out_of_all(person, "my page")
        messages.success(request, _("You will get no more mail. Answers still stand on this page."))
    return redirect("my_page", key)


def _kinds(person: Person) -> list[tuple[str, str, bool]]:
    """Each kind of mail: its name for the form, what it is called, and whether they want it."""
    out = set(person.opt_outs.values_list("purpose", flat=True))
    return [(p.value, _what(p), p.value not in out) for p in Purpose]


def _what(purpose: str) -> str:
    names = {
        Purpose.ANSWERS.value: _("When something you asked for changes"), Purpose.NEWS.value: _("News"),
        Purpose.SURVEYS.value: _("Surveys"), Purpose.INVITATIONS.value: _("Invitations to talk with us"),
    }  # fmt: skip
    return names[purpose]


def _whose(key: str) -> tuple[Person, str]:
    """Whose mail an address to unsubscribe stood in, and of which kind that mail was."""
    if found := budget.unsubscriber(key):
        return found
    notice = Notice.objects.select_related("person__workspace").filter(key=key).first()
    person = notice.person if notice is not None else known_as.person_by_secret("mail", key)
    if person is None:
        raise Http404("This link does not belong to any mail of ours.")
    return person, Purpose.ANSWERS


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, key: str) -> HttpResponse:
    """RFC 8058: the mail program posts here; a person who opens it gets a button. A GET changes nothing."""
    person, purpose = _whose(key)
    done = False
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        how = "one click" if one_click else "mail link"
        if request.POST.get("all") and not one_click:
            addresses.opt_out_of_all(person, how)
        else:
            addresses.opt_out(person, how, purpose)
        if one_click:
            return HttpResponse("Unsubscribed.", content_type="text/plain")
        done = True
    with doors.speaking(request, person.workspace):
        return doors.shown(request, Guest(person.workspace), "portal/unsubscribe.html", done=done, what=_what(purpose))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@doors.portal
def confirm(request: HttpRequest, who: Guest, token: str) -> HttpResponse:
    """The address on an idea is confirmed by a button, for mail scanners open links too."""
    known = visitors.claimed(token)
    valid = known is not None and known.workspace_id == who.workspace.pk
    if request.method != "POST":
        address = known.traits[visitors.CLAIMED] if known is not None and valid else ""
        status = 200 if valid else 410
        return doors.shown(request, who, "portal/confirm.html", status, valid=valid, address=address)
    person = visitors.confirm(token) if valid else None
    if person is None:
        return doors.shown(request, who, "portal/confirm.html", 410, valid=False)
    messages.success(request, _("Your address is confirmed. You will hear what becomes of your idea."))
    return doors.remember(redirect("my_page", person.page_key), who.workspace, person)
