"""Themes are looked for again as voices come: what members settled never moves, and each change is told."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understand.test_group_by_meaning import SUBJECTS
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.understand import tasks
from wellheard.understand.continuing import compare
from wellheard.understand.models import Evidence, Refusal, Theme, ThemeVoice
from wellheard.understand.services import encoding, problems, themes


def say(access: Access, texts: list[str]) -> list[int]:
    return [
        Voice.objects.create(workspace=access.workspace, text=t, language="en", said_at=timezone.now()).pk
        for t in texts
    ]


@pytest.fixture
def said(access: Access) -> dict[str, list[int]]:
    return {subject: say(access, texts) for subject, texts in SUBJECTS.items()}


def theme_of(voices: list[int]) -> Theme:
    rows = Theme.objects.filter(level=1, state=Theme.State.SUGGESTED)
    return max(rows, key=lambda t: t.members.filter(voice__in=voices).count())


def test_a_theme_keeps_its_number_and_a_members_name(access: Access, said: dict[str, list[int]]) -> None:
    themes.find_themes(access)
    export = theme_of(said["export"])
    themes.rename_theme(access, export, "Broken exports")
    say(access, ["Excel shows my export with broken columns", "Exported columns are broken in Excel again"])
    themes.find_themes(access)
    again = theme_of(said["export"])
    assert (again.pk, again.name, again.named_by) == (export.pk, "Broken exports", "command line")
    assert again.size == 7


def test_a_new_voice_joins_the_theme_it_belongs_to_and_others_stay_open(
    access: Access, said: dict[str, list[int]]
) -> None:
    themes.find_themes(access)
    near, far = say(access, ["The Excel export has broken columns", "Do you sell coffee beans?"])
    tasks.encode_what_came_in()
    background.run_all()
    export = theme_of(said["export"])
    assert export.members.filter(voice=near).exists()
    assert export.size == export.members.count()
    assert not ThemeVoice.objects.filter(voice=far).exists()
    assert Entry.objects.filter(verb="themes.joined").count() == 1
    assert themes.join(access.workspace) == 0


def test_a_theme_whose_voices_are_gone_says_so(access: Access, as_owner: Client, said: dict[str, list[int]]) -> None:
    themes.find_themes(access)
    tablet = theme_of(said["tablet"])
    Voice.objects.filter(pk__in=said["tablet"][:4]).update(triage=Triage.ASIDE)
    themes.find_themes(access)
    tablet.refresh_from_db()
    assert tablet.state == Theme.State.GONE
    assert tablet.changed == "fell apart: too few of its voices still say the same."
    page = as_owner.get(f"/w/{access.workspace.slug}/understand/themes").content.decode()
    assert "What became of earlier themes" in page
    assert "fell apart" in page


def test_voices_left_out_while_confirming_stay_open_and_teach(access: Access, said: dict[str, list[int]]) -> None:
    themes.find_themes(access)
    export = theme_of(said["export"])
    members = list(export.members.order_by("rank").values_list("voice", flat=True))
    problem = problems.confirm_theme(access, export, "Exports open broken", without=members[-1:])
    assert set(Evidence.objects.filter(problem=problem).values_list("voice", flat=True)) == set(members[:-1])
    assert Refusal.objects.filter(problem=problem, voice=members[-1]).exists()
    export.refresh_from_db()
    assert (export.state, export.size) == (Theme.State.CONFIRMED, len(members) - 1)
    login = theme_of(said["login"])
    everybody = list(login.members.values_list("voice", flat=True))
    with pytest.raises(ValueError, match="Every voice is left out"):
        problems.confirm_theme(access, login, "x", without=everybody)


def test_what_is_placed_by_hand_leaves_the_suggestions(access: Access, said: dict[str, list[int]]) -> None:
    themes.find_themes(access)
    export = theme_of(said["export"])
    before = export.size
    problems.create_problem(access, "Something else", voices=said["export"][:1])
    export.refresh_from_db()
    assert export.size == before - 1 == export.members.count()


def test_it_is_looked_by_itself_when_enough_was_said(access: Access, said: dict[str, list[int]]) -> None:
    now = timezone.now()
    assert not themes.due(access.workspace, now)
    for _ in range(2):
        say(access, [t for texts in SUBJECTS.values() for t in texts])
    assert themes.due(access.workspace, now)
    tasks.look_when_it_is_time()
    background.run_all()
    assert Theme.objects.filter(level=1).exists()
    assert not themes.due(access.workspace, timezone.now())


def test_many_voices_are_grouped_in_the_background(
    access: Access, as_owner: Client, said: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellheard.console.views.themes.AT_ONCE", 3)
    address = f"/w/{access.workspace.slug}/understand/themes/look"
    assert "in the background" in as_owner.post(address, follow=True).content.decode()
    as_owner.post(address)
    background.run_all()
    assert Entry.objects.filter(verb="themes.found").count() == 1
    assert Theme.objects.filter(level=1).count() == 3


@pytest.mark.django_db
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_settled_voices_never_move_and_every_voice_stands_exactly_once(seed: int) -> None:
    """Confirm, dismiss, merge, unmerge, place, take off and look anew in any order."""
    from wellheard.people.access import by_command
    from wellheard.people.services.workspaces import create_workspace

    random = np.random.default_rng(seed)
    access = by_command(create_workspace(f"w{seed}-{random.integers(10**9)}", "W").workspace)
    encoding.choose(access, "words", uses_model=False)
    words = [w for texts in SUBJECTS.values() for t in texts for w in t.split()]
    everybody = say(
        access, [" ".join(random.choice(words, 5)) for _ in range(20)] + [t for s in SUBJECTS.values() for t in s]
    )
    for _ in range(8):
        held = Evidence.objects.filter(problem__workspace=access.workspace)
        settled = dict(held.values_list("voice", "problem"))
        do = random.integers(0, 6)
        open_themes = list(Theme.objects.filter(workspace=access.workspace, state=Theme.State.SUGGESTED, level=1))
        known = list(problems.Problem.objects.filter(workspace=access.workspace, merged_into=None))
        if do in (0, 1) or not (open_themes or known):
            themes.find_themes(access)
            assert dict(held.values_list("voice", "problem")) == settled
        elif do == 2 and open_themes:
            problems.confirm_theme(access, open_themes[random.integers(len(open_themes))], "A problem")
        elif do == 3 and open_themes:
            problems.dismiss_theme(access, open_themes[random.integers(len(open_themes))])
        elif do == 4 and len(known) > 1:
            problems.merge_problems(access, known[0], known[1])
            problems.undo_merge(access, known[0])
            assert dict(held.values_list("voice", "problem")) == settled
        elif do == 5 and settled:
            voice = Voice.objects.get(pk=next(iter(settled)))
            problems.remove_evidence(access, voice, problems.Problem.objects.get(pk=settled[voice.pk]))
        suggested = list(
            ThemeVoice.objects.filter(
                theme__workspace=access.workspace, theme__state=Theme.State.SUGGESTED, theme__level=1
            ).values_list("voice", flat=True)
        )
        evidence = list(held.values_list("voice", flat=True))
        assert len(suggested) == len(set(suggested))
        assert len(evidence) == len(set(evidence))
        assert not set(suggested) & set(evidence)
        assert set(suggested) | set(evidence) <= set(everybody)
        for theme in Theme.objects.filter(workspace=access.workspace, state=Theme.State.SUGGESTED):
            assert theme.size == theme.members.count() > 0


def sets(*members: str) -> list[frozenset[int]]:
    return [frozenset(map(ord, m)) for m in members]


def test_what_became_of_groups_is_told_apart() -> None:
    old = dict(enumerate(sets("abcdefgh", "ijkl", "mnop", "qrst")))
    new = sets("abcde", "fgh", "ijklmno", "uvwx")
    found = compare(old, new)
    assert found.goes_on == {0: 0, 2: 1}
    assert found.split_from == {1: 0}
    assert found.joined == {2: 2}
    assert found.gone == {3}


groups = st.lists(st.integers(0, 5), min_size=0, max_size=40)


@given(before=groups, after=groups)
def test_each_earlier_group_has_exactly_one_fate(before: list[int], after: list[int]) -> None:
    old = {k: frozenset(i for i, g in enumerate(before) if g == k) for k in set(before)}
    new = [frozenset(i for i, g in enumerate(after) if g == k) for k in sorted(set(after))]
    found = compare(old, new)
    went_on = set(found.goes_on.values())
    assert len(went_on) == len(found.goes_on)
    assert went_on | set(found.joined) | found.gone == set(old)
    assert len(went_on) + len(found.joined) + len(found.gone) == len(old)
    assert not set(found.goes_on) & set(found.split_from)
    assert compare(old, list(old.values())).goes_on == dict(enumerate(old))


def test_a_wide_theme_is_not_confirmed_as_one(access: Access, as_owner: Client) -> None:
    wide = Theme.objects.create(workspace=access.workspace, name="Notes and sync", level=2, size=1)
    (voice,) = say(access, ["Notes do not sync"])
    ThemeVoice.objects.create(theme=wide, voice_id=voice, rank=0)
    address = f"/w/{access.workspace.slug}/understand/themes/{wide.pk}"
    assert "each is confirmed for itself" not in as_owner.get(address).content.decode()
    assert "Is it one problem?" not in as_owner.get(address).content.decode()
    refused = as_owner.post(f"{address}/confirm", {"name": "All of it"})
    assert refused.status_code == 422
    assert "one by one" in refused.content.decode()
    assert not Evidence.objects.exists()


def test_a_slip_in_what_is_left_out_confirms_nothing(
    access: Access, as_owner: Client, said: dict[str, list[int]]
) -> None:
    themes.find_themes(access)
    export = theme_of(said["export"])
    address = f"/w/{access.workspace.slug}/understand/themes/{export.pk}/confirm"
    assert as_owner.post(address, {"name": "Exports", "without": "x"}).status_code == 422
    assert not Evidence.objects.exists()
