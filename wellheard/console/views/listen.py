"""The inbox and a voice's own page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wellheard.core import journal
from wellheard.listen.models import Channel, Idea, Kind, Sentiment, Triage, Voice
from wellheard.listen.queries.moderation import waiting_count
from wellheard.listen.queries.voices import Ask
from wellheard.listen.queries.voices import inbox as read_inbox
from wellheard.listen.services import voices
from wellheard.people.access import Access, enter
from wellheard.people.models import Role
from wellheard.understand.models import Problem
from wellheard.understand.queries import routes
from wellheard.understand.queries import similar as alike
from wellheard.understand.queries import suggestions as suggested
from wellheard.understand.services import problems
from wellheard.understand.services.suggestions import accept

from ..frame import page

# With the keys that say so in the inbox.
KINDS = [(k.value, k.label, k.value[0]) for k in Kind if k.value]
FEELINGS = [(s.value, s.label, key) for s, key in zip([s for s in Sentiment if s.value], "-0+", strict=True)]


def _ask(request: HttpRequest) -> Ask:
    get = request.GET.get
    return Ask(
        triage=get("triage", Triage.NEW),
        q=get("q", "").strip()[:200],
        channel=get("channel", ""),
        kind=get("kind", ""),
        sentiment=get("sentiment", ""),
        lens=get("lens", ""),
        source=get("source", "")[:60].replace("\x00", ""),
        brought=get("import", ""),
    )


@login_required
@require_safe
def inbox(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    ask = _ask(request)
    found = read_inbox(access.workspace, ask, request.GET.get("after", ""))
    suggested.attach(found.voices)
    routed = routes.of_voices(access.workspace, found.voices) if ask.triage != Triage.ASIDE else {}
    return page(
        request, access, "console/listen/inbox.html", "listen", found=found, ask=ask, triage=Triage, channels=Channel.choices,
        rows=[(v, routed.get(v.pk)) for v in found.voices], problems=routes.targets(access.workspace),
        kinds=KINDS, feelings=FEELINGS, kept=suggested.kept(access.workspace, "kind"), portal_waiting=waiting_count(access.workspace), tabs=[(s.value, s.label, found.counts[s]) for s in Triage],
    )  # fmt: skip


@login_required
@require_POST
def triage(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep or set aside one voice or the ticked ones."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    chosen = [access.get(Voice, pk) for pk in request.POST.getlist("voice")[:500]]
    state = Triage(request.POST["state"]) if request.POST.get("state") in Triage.values else Triage.KEPT
    changed = voices.triage(access, chosen, state)
    if not chosen:
        messages.warning(request, "Tick at least one voice first.")
    elif len(chosen) > 1:
        messages.success(request, f"{changed} voices: {state.label.lower()}.")
    return redirect(_back(request, reverse("listen", args=[slug])))


def _back(request: HttpRequest, default: str) -> str:
    """Back to the list the press came from, on this site only."""
    from django.utils.http import url_has_allowed_host_and_scheme

    where = request.POST.get("next", "")
    here = where.startswith("/") and url_has_allowed_host_and_scheme(where, allowed_hosts=None)
    return where if here else default


@login_required
@require_safe
def voice(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    found = access.get(Voice, number, "author", "account", "recorded_by", "workspace")
    suggested.attach([found])
    placed = list(Problem.objects.filter(evidence__voice=found))
    idea = Idea.objects.filter(voice=found).first()
    return page(
        request, access, "console/listen/voice.html", "listen", voice=found, pictures=list(found.pictures.order_by("pk")),
        replies=list(found.replies.order_by("at", "pk")), placed=placed, kinds=KINDS, feelings=FEELINGS,
        suggestions=[(p, c) for p, c in routes.ranked(access.workspace, found, 6) if p not in placed and c >= 0.02][:4],
        near=alike.similar(access.workspace, found.text, 6, without=found.pk), idea=idea,
        problems=Problem.objects.filter(workspace=access.workspace, merged_into=None).order_by("name"),
        history=journal.history(access.workspace.pk, found), triage=Triage,
    )  # fmt: skip


@login_required
@require_POST
def say_who(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Who said it, where a letter only claims it or a colleague passed it on without a name."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Voice, number)
    try:
        voices.attribute(access, found, request.POST.get("who", ""), request.POST.get("account", ""))
        messages.success(request, f"It is {found.author}'s word now.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect("voice", slug, number)


@login_required
@require_POST
def place(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make a voice evidence of a problem, held or new, or take it off one."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Voice, number)
    try:
        if request.POST.get("remove"):
            problem = access.get(Problem, request.POST["remove"])
            problems.remove_evidence(access, found, problem)
            messages.success(request, f"No longer evidence of “{problem}”.")
        elif request.POST.get("refuse"):
            problem = access.get(Problem, request.POST["refuse"])
            problems.refuse(access, found, problem)
            messages.success(request, f"It does not speak of “{problem}”. Suggestions learn from that.")
        elif request.POST.get("problem"):
            problem = access.get(Problem, request.POST["problem"])
            suggested = request.POST.get("not", "")
            problems.add_evidence(access, problem, [found], access.get(Problem, suggested) if suggested else None)
            others = [
                p.name for p in Problem.objects.filter(evidence__voice=found, merged_into=None).exclude(pk=problem.pk)
            ]
            beside = f" It stands under “{'” and “'.join(others)}” as well." if others else ""
            messages.success(request, f"Now evidence of “{problem}”.{beside}")
        elif request.POST.get("name", "").strip():
            problem = problems.create_problem(access, request.POST["name"], "", [found.pk])
            messages.success(request, f"Confirmed the problem “{problem}”.")
        else:
            messages.warning(request, "Choose a problem, or name a new one.")
    except ValueError as e:
        messages.error(request, str(e))
    return redirect(_back(request, reverse("voice", args=[slug, number])))


@login_required
@require_POST
def sort(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Say what one voice is and how it feels, or that the suggestion is right."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    found = access.get(Voice, number)
    try:
        _sort(request, access, [found])
    except ValueError as e:
        messages.error(request, str(e))
    return redirect(_back(request, reverse("voice", args=[slug, number])))


@login_required
@require_POST
def sort_many(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for the ticked ones."""
    access = enter(request, slug, Role.CONTRIBUTOR)
    chosen = [access.get(Voice, pk) for pk in request.POST.getlist("voice")[:500]]
    if not chosen:
        messages.warning(request, "Tick at least one voice first.")
    else:
        try:
            changed = _sort(request, access, chosen)
            messages.success(request, f"{changed} of {len(chosen)} voices sorted." if changed else "Nothing to change.")
        except ValueError as e:
            messages.error(request, str(e))
    return redirect(_back(request, reverse("listen", args=[slug])))


def _sort(request: HttpRequest, access: Access, chosen: list[Voice]) -> int:
    """`accept` takes over what is suggested; else a kind, a sentiment or both; "none" takes them back, empty leaves them."""
    if request.POST.get("accept"):
        return accept(access, chosen)
    said = {f: request.POST.get(f) or None for f in ("kind", "sentiment")}
    return voices.sort(access, chosen, **{f: "" if v == "none" else v for f, v in said.items()})
