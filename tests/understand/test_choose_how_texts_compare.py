"""An owner chooses how texts are compared; voices are encoded in the background, and anew when they are edited."""

from __future__ import annotations

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces
from wellheard.understand import tasks
from wellheard.understand.meaning import encoders
from wellheard.understand.models import Vector
from wellheard.understand.services import encoding

SAID = ["The export opens broken in Excel", "I cannot log in", "Please add a dark theme", "🙂"]


@pytest.fixture
def voices(access: Access) -> list[Voice]:
    return [
        Voice.objects.create(workspace=access.workspace, text=text, language="en", said_at=timezone.now())
        for text in SAID
    ]


def needs(which: str) -> encoders.Encoder:
    found = encoders.encoder(which)
    if found is None:
        pytest.fail(f"CI installs the models: {encoders.why_not(which)}")
    return found


def test_voices_are_encoded_in_the_background(access: Access, voices: list[Voice]) -> None:
    english = needs("english")
    tasks.encode_what_came_in()
    background.run_all()
    held = {v.voice_id: v for v in Vector.objects.all()}
    assert set(held) == {v.pk for v in voices}
    assert {v.model for v in held.values()} == {english.id}
    for voice in voices[:3]:
        row = np.frombuffer(bytes(held[voice.pk].data), dtype=np.float16).astype(np.float32)
        assert row.shape == (english.size,)
        assert row @ english.encode([voice.text])[0] > 0.999
    done = encoding.progress(access.workspace)
    assert (done.done, done.total, done.percent) == (4, 4, 100)
    tasks.encode_what_came_in()
    assert encoding.encode(access.workspace) == 0


def test_what_is_set_aside_is_not_encoded_until_it_comes_back(access: Access, voices: list[Voice]) -> None:
    needs("english")
    Voice.objects.filter(pk=voices[0].pk).update(triage=Triage.ASIDE)
    assert encoding.encode(access.workspace) == 3
    Voice.objects.filter(pk=voices[0].pk).update(triage=Triage.NEW)
    assert encoding.encode(access.workspace) == 1


def test_an_edited_voice_is_encoded_anew(access: Access, voices: list[Voice]) -> None:
    needs("english")
    encoding.encode(access.workspace)
    Voice.objects.filter(pk=voices[1].pk).update(text="The invoice is wrong", changed_at=timezone.now())
    Voice.objects.filter(pk=voices[2].pk).update(changed_at=timezone.now())  # touched, but it says the same
    assert encoding.edited(access.workspace) == 1
    assert encoding.encode(access.workspace) == 1
    assert Vector.objects.get(voice=voices[1]).digest == encoding.digest("The invoice is wrong")


def test_another_way_encodes_everything_anew_and_words_need_nothing(access: Access, voices: list[Voice]) -> None:
    english, many = needs("english"), needs("languages")
    encoding.encode(access.workspace)
    encoding.choose(access, "languages", uses_model=False)
    assert encoding.progress(access.workspace).done == 0
    assert encoding.encode(access.workspace) == 4
    assert set(Vector.objects.values_list("model", flat=True)) == {many.id}
    assert english.id != many.id
    encoding.choose(access, "words", uses_model=False)
    assert encoding.encode(access.workspace) == 0
    assert encoding.progress(access.workspace).model == ""


def test_voices_in_other_languages_choose_by_themselves(access: Access, voices: list[Voice]) -> None:
    needs("languages")
    assert encoding.chosen(access.workspace) == "english"
    for n in range(9):
        Voice.objects.create(
            workspace=access.workspace, text=f"Der Export ist kaputt {n}", language="de", said_at=timezone.now()
        )
    assert encoding.chosen(access.workspace) == "languages"


def test_the_end_of_the_process_waits_for_no_more_than_a_batch(
    access: Access, voices: list[Voice], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("english")
    monkeypatch.setattr(encoding, "BATCH", 2)
    background.stopping.set()
    try:
        with pytest.raises(background.Stopping):
            encoding.encode(access.workspace)
    finally:
        background.stopping.clear()
    assert encoding.encode(access.workspace, most=2) == 2
    assert encoding.progress(access.workspace).done == 2
    assert encoding.encode(access.workspace) == 2


def test_without_the_packages_the_page_says_so_and_words_go_on(
    access: Access, voices: list[Voice], as_owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = encoders.Missing("the package is not installed")
    monkeypatch.setattr(encoders, "_held", {"english": gone, "languages": gone})
    assert encoding.chosen(access.workspace) == "words"
    assert encoding.encode(access.workspace) == 0
    page = as_owner.get(f"/w/{access.workspace.slug}/settings/meaning").content.decode()
    assert "the package is not installed" in page
    assert "Words alone are compared" in page


def test_an_owner_chooses_on_the_page_and_it_stands_in_the_journal(access: Access, as_owner: Client) -> None:
    address = f"/w/{access.workspace.slug}/settings/meaning"
    assert as_owner.post(address, {"method": "words"}, follow=True).status_code == 200
    assert encoding.chosen(access.workspace) == "words"
    as_owner.post(address, {"method": "words"})
    assert Entry.objects.filter(verb="meaning.chosen").count() == 1
    refused = as_owner.post(address, {"method": "magic"})
    assert refused.status_code == 422
    assert "is not a way" in refused.content.decode()


def test_who_owns_nothing_looks_and_cannot_choose(access: Access, as_viewer: Client) -> None:
    address = f"/w/{access.workspace.slug}/settings/meaning"
    assert "Owners can change this" in as_viewer.get(address).content.decode()
    assert as_viewer.post(address, {"method": "words"}).status_code == 403


def test_the_bar_moves_by_itself_until_all_is_done(access: Access, voices: list[Voice], as_owner: Client) -> None:
    needs("english")
    address = f"/w/{access.workspace.slug}/settings/meaning/progress"
    assert "hx-get" in as_owner.get(address).content.decode()
    encoding.encode(access.workspace)
    done = as_owner.get(address).content.decode()
    assert "hx-get" not in done
    assert "All 4 voices are encoded" in done


def test_another_workspace_is_never_encoded_with_ours(access: Access, voices: list[Voice]) -> None:
    needs("english")
    other = workspaces.create_workspace("rival", "Rival").workspace
    theirs = Voice.objects.create(workspace=other, text="Their words", said_at=timezone.now())
    encoding.encode(access.workspace)
    assert not Vector.objects.filter(voice=theirs).exists()
    member = workspaces.add_member(access, "cora@acme.example", Role.CONTRIBUTOR)
    assert member.role == Role.CONTRIBUTOR
