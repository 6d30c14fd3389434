"""Looking for themes: anew, without touching what members settled, and letting new voices join."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from .. import holding
from ..continuing import Continued, compare
from ..meaning.grouping import Group, group
from ..meaning.routing import Example, Router
from ..models import Meaning, Theme, ThemeVoice
from . import encoding

MOST = 200_000
# A new voice joins a theme by itself only where that is this likely to be right.
JOINS = 0.5
CENTRAL = 30
JOIN_AT_ONCE = 5000
KEPT_GONE = timedelta(days=30)


def open_voices(workspace: Workspace) -> QuerySet[Voice]:
    """What stands under no problem and was not set aside, the newest first."""
    held = Voice.objects.filter(workspace=workspace, evidence=None).exclude(triage=Triage.ASIDE)
    return held.order_by("-said_at", "-pk")


def looked_at(workspace: Workspace) -> datetime | None:
    """When themes were last looked for."""
    return Meaning.objects.filter(workspace=workspace).aggregate(at=Max("themes_at"))["at"]  # type: ignore[no-any-return]


def find_themes(access: Access, least: int = 4) -> list[Theme]:
    """Group the voices that are evidence of nothing yet, at two levels; returns the themes of level 1, largest first.

    A suggestion goes on in the new group that holds most of it and keeps its number; one that a member named keeps its
    name. What is confirmed or dismissed is never touched. Voices not encoded yet are encoded first.
    """
    access.need(Role.CONTRIBUTOR)
    workspace = access.workspace
    encoding.encode(workspace)
    began = timezone.now()
    rows = list(open_voices(workspace).values_list("pk", "text")[:MOST])
    ids, texts = [pk for pk, _ in rows], [text[: encoding.LONGEST] for _, text in rows]
    encoder = encoding.encoder_of(workspace)
    vectors = holding.vectors_of(workspace, ids, encoder) if encoder is not None and ids else None
    found = group(ids, texts, vectors, least)
    with journal.record(access.actor, "themes.found") as entry:
        now_open = set(open_voices(workspace).values_list("pk", flat=True))  # settled while this was worked out
        fine = _without(found.fine, now_open, least, _dismissed(workspace))
        wide = [_rewidened(g, fine, n) for n, g in enumerate(found.wide)]
        Theme.objects.filter(workspace=workspace, state=Theme.State.GONE, changed_at__lt=began - KEPT_GONE).delete()
        parents = _write(workspace, 2, [g for g in wide if g.members], began, [None] * len(wide))
        by_number = dict(zip([n for n, g in enumerate(wide) if g.members], parents, strict=True))
        above = [by_number.get(g.parent) if g.parent is not None else None for g in fine]
        made = _write(workspace, 1, fine, began, above)
        Meaning.objects.update_or_create(workspace=workspace, defaults={"themes_at": began})
        grouped = sum(t.size for t in made)
        entry.about(workspace, themes=len(made), grouped=grouped, ungrouped=len(now_open) - grouped)
    return made


def _dismissed(workspace: Workspace) -> list[frozenset[int]]:
    held = Theme.objects.filter(workspace=workspace, state=Theme.State.DISMISSED)
    return list(_members(held).values())


def _members(themes: QuerySet[Theme]) -> dict[int, frozenset[int]]:
    by_theme: dict[int, set[int]] = {pk: set() for pk in themes.values_list("pk", flat=True)}
    for theme, voice in ThemeVoice.objects.filter(theme__in=list(by_theme)).values_list("theme", "voice"):
        by_theme[theme].add(voice)
    return {pk: frozenset(members) for pk, members in by_theme.items()}


def _without(groups: Sequence[Group], open_: set[int], least: int, dismissed: list[frozenset[int]]) -> list[Group]:
    """Groups of voices that are still open, but not what was dismissed before."""
    kept = []
    for g in groups:
        members = [m for m in g.members if m in open_]
        same = any(len(old.intersection(members)) > 0.5 * len(members) for old in dismissed)
        if len(members) >= least and not same:
            kept.append(Group(g.name, g.terms, members, g.parent))
    return kept


def _rewidened(wide: Group, fine: Sequence[Group], number: int) -> Group:
    parts = [g for g in fine if g.parent == number]
    return Group(wide.name, wide.terms, [m for g in parts for m in g.members] if len(parts) > 1 else [])


def _write(
    workspace: Workspace, level: int, groups: Sequence[Group], now: datetime, parents: Sequence[Theme | None]
) -> list[Theme]:
    """Inside the service: the suggestions of one level become these groups; rows go on where groups do."""
    held = Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED, level=level)
    earlier = {t.pk: t for t in held}
    what = compare(_members(held), [frozenset(g.members) for g in groups])
    ThemeVoice.objects.filter(theme__in=list(earlier)).delete()
    made = []
    for position, g in enumerate(groups):
        key = what.goes_on.get(position)
        theme = earlier[key] if key is not None else Theme(workspace=workspace, level=level, found_at=now)
        if not theme.named_by and position not in what.same:
            theme.name = g.name
        theme.terms, theme.size, theme.parent = g.terms, len(g.members), parents[position] if level == 1 else None
        theme.save()
        made.append(theme)
    ThemeVoice.objects.bulk_create(
        [
            ThemeVoice(theme=t, voice_id=v, rank=n)
            for t, g in zip(made, groups, strict=True)
            for n, v in enumerate(g.members)
        ],
        batch_size=2000,
    )
    _tell(earlier, made, what, now)
    return made


def _tell(earlier: dict[int, Theme], made: list[Theme], what: Continued, now: datetime) -> None:
    """Say of each theme what became of it."""
    said: dict[int, str] = {}
    for position, key in what.split_from.items():
        said[made[position].pk] = f"was split off from “{earlier[key].name}”."
    for key, position in what.joined.items():
        said[key] = f"most of it went into “{made[position].name}”."
    for key in what.gone:
        said[key] = "fell apart: too few of its voices still say the same."
    for theme in [*made, *(earlier[k] for k in [*what.joined, *what.gone])]:
        words = said.get(theme.pk, "")
        if theme.pk in what.gone or theme.pk in what.joined:
            theme.state, theme.size, theme.parent = Theme.State.GONE, 0, None
        if words or theme.state == Theme.State.GONE:
            theme.changed, theme.changed_at = words[:300], now
            theme.save(update_fields=["changed", "changed_at", "state", "size", "parent"])


def join(workspace: Workspace) -> int:
    """Voices that came since themes were looked for join the one they clearly belong to; returns how many did.

    The others stay open until themes are looked for anew.
    """
    since = looked_at(workspace)
    themes = list(Theme.objects.filter(workspace=workspace, state=Theme.State.SUGGESTED, level=1))
    if since is None or not themes:
        return 0
    placed = ThemeVoice.objects.filter(theme__workspace=workspace).values("voice")
    new = open_voices(workspace).filter(heard_at__gte=since).exclude(pk__in=placed)
    rows = list(new.values_list("pk", "text")[:JOIN_AT_ONCE])
    if not rows:
        return 0
    encoder = encoding.encoder_of(workspace)
    central = ThemeVoice.objects.filter(theme__in=themes, rank__lt=CENTRAL).order_by("theme", "rank")
    examples = list(central.values_list("theme", "voice", "voice__text"))
    known = [Example(t, text[: encoding.LONGEST]) for t, _, text in examples]
    names = {t.pk: t.name for t in themes}
    texts = [text[: encoding.LONGEST] for _, text in rows]
    if encoder is None:
        router, asked = Router.fit(known, None, names), None
    else:
        vectors = holding.vectors_of(workspace, [v for _, v, _ in examples], encoder)
        router = Router.fit(known, vectors, names, encoder.encode(list(names.values())))
        asked = holding.vectors_of(workspace, [pk for pk, _ in rows], encoder)
    routes = router.route(texts, asked)
    joins = [(pk, r.label) for (pk, _), r in zip(rows, routes, strict=True) if r.label is not None and r.score >= JOINS]
    if not joins:
        return 0
    with journal.record(journal.system(workspace.pk), "themes.joined") as entry:
        still = set(open_voices(workspace).filter(pk__in=[pk for pk, _ in joins]).values_list("pk", flat=True))
        by_pk = {t.pk: t for t in themes}
        for voice, label in joins:
            theme = by_pk[label]
            if voice not in still:
                continue
            for at in [theme, theme.parent]:
                if at is not None:
                    ThemeVoice.objects.create(theme=at, voice_id=voice, rank=at.size)
                    at.size += 1
                    at.save(update_fields=["size"])
        entry.about(workspace, voices=len(still))
    return len(still)


def due(workspace: Workspace, now: datetime) -> bool:
    """Whether enough came in to look again: never yet and thirty voices, or a day passed and a tenth is new."""
    since = looked_at(workspace)
    there = open_voices(workspace).count()
    if since is None:
        return there >= 30
    new = open_voices(workspace).filter(heard_at__gte=since).count()
    return now - since >= timedelta(days=1) and new >= max(10, there // 10)


def rename_theme(access: Access, theme: Theme, name: str) -> None:
    """A member's name for a suggestion; looking anew keeps it as long as the theme lives."""
    access.need(Role.CONTRIBUTOR)
    wanted = clean.text(name, 140, "The name")
    if not wanted:
        raise ValueError("Write a name, as the people who say it would.")
    with journal.record(access.actor, "theme.renamed") as entry:
        entry.about(theme, before=theme.name, after=wanted)
        theme.name, theme.named_by = wanted, access.actor.name[:120]
        theme.save(update_fields=["name", "named_by"])
