"""Confirming problems, moving evidence, merging and taking a merge back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.models import Entry
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Evidence, Problem, Refusal, Theme, ThemeVoice


def _place(access: Access, problem: Problem, voices: Iterable[int], by: str) -> list[int]:
    """Inside a service: make voices evidence of a problem; returns those that were not yet."""
    wanted = list(Voice.objects.filter(workspace=access.workspace, pk__in=list(voices)).values_list("pk", flat=True))
    held = set(Evidence.objects.filter(problem=problem, voice__in=wanted).values_list("voice", flat=True))
    fresh = [v for v in wanted if v not in held]
    Evidence.objects.bulk_create([Evidence(problem=problem, voice_id=v, placed_by=by) for v in fresh])
    Voice.objects.filter(pk__in=fresh, triage=Triage.NEW).update(triage=Triage.KEPT)
    _settle(access, fresh)
    return fresh


def _settle(access: Access, voices: Sequence[int]) -> None:
    """What is settled leaves the suggestions, at both levels; one that nobody is left in is no suggestion any more."""
    rows = ThemeVoice.objects.filter(theme__workspace=access.workspace, theme__state=Theme.State.SUGGESTED)
    touched = list(rows.filter(voice__in=voices).values_list("theme", flat=True).distinct())
    if not touched:
        return
    rows.filter(voice__in=voices).delete()
    left = dict(rows.filter(theme__in=touched).values_list("theme").annotate(n=Count("pk")))
    for theme in Theme.objects.filter(pk__in=touched):
        theme.size = left.get(theme.pk, 0)
        if not theme.size:
            theme.state, theme.changed, theme.changed_at = Theme.State.GONE, "", timezone.now()
        theme.save(update_fields=["size", "state", "changed", "changed_at"])


def _name(value: str) -> str:
    name = clean.text(value, 140, "The name")
    if not name:
        raise ValueError("Name the problem in a few words, as the people who have it would.")
    return name


def create_problem(access: Access, name: str, summary: str = "", voices: Sequence[int] = ()) -> Problem:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "problem.created") as entry:
        problem = Problem.objects.create(
            workspace=access.workspace, name=_name(name), summary=clean.text(summary, 2000, "The summary")
        )
        placed = _place(access, problem, voices, access.actor.name)
        entry.about(problem, name=problem.name, voices=placed)
    return problem


def rename_problem(access: Access, problem: Problem, name: str, summary: str) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "problem.renamed") as entry:
        entry.about(problem, before=problem.name, after=_name(name))
        problem.name, problem.summary = _name(name), clean.text(summary, 2000, "The summary")
        problem.save(update_fields=["name", "summary"])


def confirm_theme(
    access: Access,
    theme: Theme,
    name: str,
    summary: str = "",
    into: Problem | None = None,
    without: Collection[int] = (),
) -> Problem:
    """A suggested theme becomes a problem, or joins one; its voices become evidence, but those `without`, of which
    the member says that they speak of something else."""
    access.need(Role.EDITOR)
    if theme.state != Theme.State.SUGGESTED:
        raise ValueError("This theme is already settled.")
    if theme.level != 1:
        raise ValueError("A wide theme holds several things. Confirm the themes in it one by one.")
    with journal.record(access.actor, "theme.confirmed") as entry:
        problem = into or Problem.objects.create(
            workspace=access.workspace, name=_name(name), summary=clean.text(summary, 2000, "The summary")
        )
        members = list(theme.members.values_list("voice", flat=True))
        left = [v for v in members if v in set(without)]
        if len(left) == len(members):
            raise ValueError("Every voice is left out, so nothing would stand behind the problem.")
        Theme.objects.filter(pk=theme.pk).update(state=Theme.State.CONFIRMED, problem=problem)
        placed = _place(access, problem, [v for v in members if v not in set(left)], "")
        Refusal.objects.bulk_create(
            [Refusal(problem=problem, voice_id=v, by=access.actor.name) for v in left], ignore_conflicts=True
        )
        theme.members.filter(voice__in=left).delete()
        Theme.objects.filter(pk=theme.pk).update(size=len(members) - len(left))
        entry.about(problem, theme=theme.pk, name=problem.name, voices=placed, left_out=left, made=into is None)
    return problem


def dismiss_theme(access: Access, theme: Theme) -> None:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "theme.dismissed") as entry:
        Theme.objects.filter(pk=theme.pk, state=Theme.State.SUGGESTED).update(state=Theme.State.DISMISSED)
        entry.about(theme, name=theme.name)


def add_evidence(access: Access, problem: Problem, voices: Sequence[Voice], instead_of: Problem | None = None) -> int:
    """Voices that speak of this problem too; returns how many were not evidence yet. `instead_of` is the problem that
    was suggested for them and refused by this."""
    access.need(Role.CONTRIBUTOR)
    if problem.merged_into_id:
        raise ValueError("This problem was merged into another; add the voice there.")
    with journal.record(access.actor, "evidence.added") as entry:
        placed = _place(access, problem, [v.pk for v in voices], access.actor.name)
        Refusal.objects.filter(problem=problem, voice__in=placed).delete()
        if not placed:
            entry.nothing_changed()
            return 0
        if instead_of is not None and instead_of.pk != problem.pk:
            for voice in voices:
                _refused(access, voice, instead_of)
        entry.about(problem, voices=placed)
    return len(placed)


def move_voice(access: Access, voice: Voice, origin: Problem, target: Problem) -> None:
    """The voice speaks of another problem than thought."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "evidence.moved") as entry:
        if not Evidence.objects.filter(problem=origin, voice=voice).delete()[0]:
            raise ValueError("This voice is not evidence of that problem.")
        _place(access, target, [voice.pk], access.actor.name)
        Refusal.objects.filter(problem=target, voice=voice).delete()
        _refused(access, voice, origin)
        entry.about(target, voice=voice.pk, origin=origin.pk)


def remove_evidence(access: Access, voice: Voice, problem: Problem) -> None:
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "evidence.removed") as entry:
        if not Evidence.objects.filter(problem=problem, voice=voice).delete()[0]:
            entry.nothing_changed()
            return
        _refused(access, voice, problem)
        entry.about(problem, voice=voice.pk)


def refuse(access: Access, voice: Voice, problem: Problem) -> None:
    """A suggestion was wrong: the voice does not speak of this problem, and no suggestion says so again."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "evidence.refused") as entry:
        if Evidence.objects.filter(problem=problem, voice=voice).exists():
            raise ValueError("This voice is evidence of that problem. Take it off instead.")
        if not _refused(access, voice, problem):
            entry.nothing_changed()
            return
        entry.about(problem, voice=voice.pk)


def _refused(access: Access, voice: Voice, problem: Problem) -> bool:
    """Taking a voice off teaches the suggestions as refusing one does."""
    return Refusal.objects.get_or_create(problem=problem, voice=voice, defaults={"by": access.actor.name})[1]


def merge_problems(access: Access, source: Problem, target: Problem) -> None:
    """`source` goes into `target`. The journal keeps which voices moved, so `undo_merge` can bring them back."""
    access.need(Role.EDITOR)
    if source.pk == target.pk:
        raise ValueError("A problem cannot be merged into itself.")
    if source.merged_into_id or target.merged_into_id:
        raise ValueError("One of the two is already merged into another problem.")
    with journal.record(access.actor, "problem.merged") as entry:
        moved = list(Evidence.objects.filter(problem=source).values_list("voice", flat=True))
        placed = _place(access, target, moved, access.actor.name)
        Problem.objects.filter(pk=source.pk).update(merged_into=target, closed_at=timezone.now())
        entry.about(source, into=target.pk, added=placed)
    source.merged_into = target


def undo_merge(access: Access, source: Problem) -> Problem:
    """Take a merge back: voices the merge brought into the target leave it again; the source stands as before."""
    access.need(Role.EDITOR)
    target = source.merged_into
    if target is None:
        raise ValueError("This problem is not merged.")
    with journal.record(access.actor, "problem.unmerged") as entry:
        merge = (
            Entry.objects.filter(
                workspace_id=access.workspace.pk, verb="problem.merged", thing="problem", thing_id=source.pk
            )
            .order_by("-pk")
            .first()
        )
        added = merge.data.get("added", []) if merge else []
        Evidence.objects.filter(problem=target, voice__in=added).delete()
        Problem.objects.filter(pk=source.pk).update(merged_into=None, closed_at=None)
        entry.about(source, out_of=target.pk, removed=added)
    source.merged_into = None
    return target
