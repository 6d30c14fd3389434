"""The language audit: good sentences are left alone, bad ones are told; taken over, waived, live while writing."""

from __future__ import annotations

import itertools
import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard.__main__ import run
from wellheard.core.models import Entry
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet, start_bet
from wellheard.listen.models import Board
from wellheard.listen.services.boards import change_board
from wellheard.listen.services.look import change_look
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.tell.models import Release
from wellheard.tell.services.releases import draft_release, edit_release
from wellheard.understand.language import check, sentences
from wellheard.understand.models import Problem, Waiver
from wellheard.understand.queries.language import audit
from wellheard.understand.services import language as service
from wellheard.understand.services.problems import create_problem

GOOD = """The user interface is calmer now.
Enter your user name and password.
Our user research shows that people look for exports first.
The app remembers the user account you chose.
Customers asked for a yearly invoice.
Customer support answers within a day.
People can now drag rows with the keyboard.
You can renew your contract on the billing page.
We read every message and answer most within two days.
The export should have arrived by mail; if not, press Send again.
What users see first is the start page.
Each user has a colour.
Users and customers disagree about the price.
The train ticket price went up.
Buy concert tickets in the app.
Your resources are listed below: articles, videos, and guides.
This page loads resources from our server.
Seats cost 12 euros each.
You have five seats left in your plan.
Click Save to keep your changes.
If the date is empty, write it as 2026-03-31.
“You failed to renew my subscription”, wrote one customer.
The network has more bandwidth than before.
We learned a lot from your letters.
She said: "the users just leverage it".
Run `leverage --user` to start.
Daily active users rose by a tenth.
A solution of salt and water.
The river delta ecosystem recovered.
We did not fill the form for you.
You did not miss anything: nothing changed here.
A robust fix for slow lists.
See https://example.com/the-users/leverage for details.
Write to us at users@example.com.
Two people use each licence on average.
Sie können den Export jetzt jeden Montag bekommen.
Wir haben vergessen, die Rechnung zu schicken.
Vous pouvez trier les colonnes.
Nous avons oublié d'envoyer la facture.
Puede exportar la tabla a Excel.
Olvidamos enviar la factura.""".split("\n")

BAD = """Users can now download their invoice as a PDF.|role
The user is billed every month.|role
When a user renews, the price stays.|role
Customers can click the new button in the toolbar.|role
A customer who types quickly sees the list at once.|role
You failed to confirm your address.|blame
This was a user error.|blame
You should have read the manual.|blame
You forgot to enter a date.|blame
That is your own fault.|blame
Invalid input.|blame
As we already told you, exports take a night.|blame
You did not provide a phone number.|blame
Obviously, click the button again.|blame
The users complained about the colours.|cold
Our users are happy.|cold
We will close your ticket in two days.|cold
12 tickets complained about it.|cold
We need more engineering resources to work on exports.|cold
Many seats churned in March.|cold
End users will love this.|cold
We lost 1,200 users last month.|cold
Difficult customers get a call.|cold
Leverage the new dashboard.|jargon
We leveraged your feedback.|jargon
A best-in-class, seamless experience.|jargon
We will circle back going forward.|jargon
It moves the synergies between teams.|jargon
Utilize the search to find things.|jargon
Here are the key learnings.|jargon
We do not have the bandwidth to fix this.|jargon
Reach out to our team.|jargon
Sie haben versäumt, das Formular auszufüllen.|blame
Das war ein Bedienfehler.|blame
Sie hätten die Anleitung lesen müssen.|blame
Wir melden uns zeitnah und nutzen Synergien mit Ihnen.|jargon
Vous avez oublié de confirmer votre adresse.|blame
Vous auriez dû lire la notice.|blame
C'est une erreur de l'utilisateur.|blame
Nous allons solutionner cela pour vous avec les équipes.|jargon
Usted debería haber leído el manual.|blame
Es un error del usuario.|blame
Una solución proactiva para la empresa y para usted.|jargon""".split("\n")


@pytest.mark.parametrize("sentence", GOOD)
def test_what_is_said_well_is_left_alone(sentence: str) -> None:
    assert check(sentence) == []


@pytest.mark.parametrize("line", BAD)
def test_what_could_be_said_better_is_told(line: str) -> None:
    sentence, rule = line.split("|")
    found = check(sentence)
    assert rule in [f.rule for f in found]
    for f in found:
        assert sentence[f.start : f.end] == f.words
        assert f.why


@pytest.mark.parametrize(
    ("said", "better"),
    [
        ("The user is billed every month.", "The customer is billed every month."),
        ("Users can now download their invoice.", "Customers can now download their invoice."),
        ("Customers can click the new button.", "People who use it can click the new button."),
        ("We leveraged your feedback.", "We used your feedback."),
        ("Leveraging it helps.", "Using it helps."),
        ("We will close your ticket.", "We will close your message."),
        ("We lost 1,200 users.", "We lost 1,200 people."),
        ("The users like it.", "People like it."),
        ("It was a user error.", "It was a confusing step."),
    ],
)
def test_the_suggestion_reads_well_in_its_place(said: str, better: str) -> None:
    assert check(said)[0].fixed(said) == better


def test_others_words_and_code_are_not_ours_to_change() -> None:
    assert check("> You failed to save my work") == []
    assert check("He wrote “you failed to answer” and {{ users }} `leverage`") == []
    assert [f.words for f in check("He wrote “you failed” and we leverage it")] == ["leverage"]


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_findings_lie_in_it_apart(text: str) -> None:
    found = check(text)
    assert all(text[f.start : f.end] == f.words and f.at <= f.start < f.end <= f.until for f in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= a < b <= len(text) for a, b in sentences(text))


@pytest.fixture
def texts(access: Access) -> Release:
    """One bad text in each place."""
    problem = create_problem(access, "The users lose their exports", "You failed to see it.")
    change_look(access, welcome_title="Leverage your voice", welcome="Tell us.")
    change_board(access, Board.objects.get(workspace=access.workspace), description="For our users.")
    create_bet(
        access, [problem], Terms("Fix it", "Exported", Decimal(20), Decimal(10), hypothesis="The users want it.")
    )
    return draft_release(access, "Exports stream", "Users get an invoice.\n\nAll else is calm.", [], date(2026, 1, 5))


def test_each_text_of_the_team_is_read_wherever_it_stands(access: Access, texts: Release) -> None:
    found = audit(access.workspace)
    assert {f.place.key.split(":")[0] for f in found.open} == {"problem", "look", "board", "bet", "release"}
    assert {f.heading for f in found.open} >= {"The portal", "Problems", "Bets", "Releases and their mails"}
    assert found.waived == []
    assert [f.finding.rule for f in audit(access.workspace, "role").open] == ["role"]


def test_taking_over_writes_the_text_once_with_one_entry(access: Access, texts: Release) -> None:
    for f in list(audit(access.workspace).open):
        before = Entry.objects.count()
        service.accept(access, f.place.key, f.finding.start, f.finding.words, f.finding.instead or "better words")
        assert Entry.objects.count() == before + 1
    assert audit(access.workspace).open == []
    texts.refresh_from_db()
    assert texts.body == "Customers get an invoice.\n\nAll else is calm."
    assert Problem.objects.get().name == "People lose their exports"
    assert Bet.objects.get().hypothesis == "People want it."


def test_what_was_changed_meanwhile_or_said_already_is_refused(access: Access, texts: Release) -> None:
    f = next(f for f in audit(access.workspace).open if f.place.key.startswith("release"))
    edit_release(access, texts, texts.title, "All new.")
    for key in (f.place.key, "release:999999:body", "nonsense"):
        with pytest.raises(service.Gone):
            service.accept(access, key, f.finding.start, f.finding.words)
    bet = Bet.objects.get()
    start_bet(access, bet)
    f = next(f for f in audit(access.workspace).open if f.place.key.startswith("bet"))
    with pytest.raises(ValueError, match="stands as it is"):
        service.accept(access, f.place.key, f.finding.start, f.finding.words)


def test_a_waiver_needs_a_reason_and_holds_until_the_sentence_changes(access: Access, texts: Release) -> None:
    f = next(f for f in audit(access.workspace).open if f.place.key.startswith("release"))
    where = (f.place.key, f.finding.start, f.finding.words)
    with pytest.raises(ValueError, match="Say why"):
        service.waive(access, *where, " ")
    service.waive(access, *where, "They say so themselves")
    service.waive(access, *where, "They say so themselves, twice")
    assert [w.finding.words for w in audit(access.workspace).waived] == ["Users"]
    edit_release(access, texts, texts.title, "Something before.\n\nUsers get an invoice.")
    assert len(audit(access.workspace).waived) == 1
    edit_release(access, texts, texts.title, "Users get a new invoice.")
    assert audit(access.workspace).waived == []
    assert any(f.place.key.startswith("release") for f in audit(access.workspace).open)


def test_T09_who_may_only_look_changes_nothing(access: Access, texts: Release, workspace: Workspace) -> None:
    f = next(f for f in audit(workspace).open if f.place.key.startswith("release"))
    where = (f.place.key, f.finding.start, f.finding.words)
    for role in (Role.VIEWER, Role.CONTRIBUTOR):
        weak = Access(workspace, access.actor, role)
        with pytest.raises(PermissionDenied):
            service.accept(weak, *where)
    with pytest.raises(PermissionDenied):
        service.waive(Access(workspace, access.actor, Role.VIEWER), *where, "x")


def test_the_page_shows_takes_over_and_waives(access: Access, texts: Release, as_owner: Client) -> None:
    page = as_owner.get("/w/acme/understand/language").content.decode()
    assert "<mark>Users</mark> get an invoice." in page
    assert 'name="instead" value="Customers"' in page
    f = next(f for f in audit(access.workspace).open if f.place.key.startswith("release"))
    form = {"place": f.place.key, "start": f.finding.start, "words": f.finding.words}
    told = as_owner.post(
        "/w/acme/understand/language/waive", {**form, "reason": "<b>ok</b>"}, follow=True
    ).content.decode()
    assert "It stays as it is" in told
    assert "&lt;b&gt;ok" in told
    number = Waiver.objects.get().pk
    as_owner.post(f"/w/acme/understand/language/waivers/{number}")
    assert not Waiver.objects.exists()
    told = as_owner.post(
        "/w/acme/understand/language/accept", {**form, "instead": "Customers"}, follow=True
    ).content.decode()
    assert "It reads now: Customers get an invoice." in told
    assert b"changed meanwhile" in as_owner.post("/w/acme/understand/language/accept", form, follow=True).content


def test_an_empty_workspace_says_what_will_be_here(as_viewer: Client) -> None:
    page = as_viewer.get("/w/acme/understand/language").content
    assert b"Nothing to say against it" in page or b"Nothing written yet" in page
    assert b"Leave it" not in page


def test_it_speaks_up_while_one_writes_and_only_then(access: Access, as_owner: Client) -> None:
    address, part = "/w/acme/understand/language/check", {"HX-Request": "true"}
    told = as_owner.post(
        address, {"title": "Fine", "body": "You failed to <b>save</b>."}, headers=part
    ).content.decode()
    assert "<mark>You failed to</mark>" in told
    assert "<html" not in told
    assert as_owner.post(address, {"body": "All is well."}, headers=part).content.strip() == b""
    whole = as_owner.post(address, {"try": "1", "text": "We leverage it."}).content.decode()
    assert "<mark>leverage</mark>" in whole
    assert "<html" in whole
    for path in ("tell/releases/new", "portal/look"):
        assert "language/check" in as_owner.get(f"/w/acme/{path}").content.decode(), path


def test_the_command_reads_a_file_and_lists(access: Access, texts: Release, tmp_path: Path) -> None:
    file = tmp_path / "news.md"
    file.write_text("You failed to renew.", "utf-8")
    code, out, _ = run(["language", "check", str(file), "--json"])
    assert code == 0
    assert json.loads(out)["findings"][0]["rule"] == "blame"
    file.write_bytes(b"\xff\xfe")
    assert run(["language", "check", str(file)])[0] == 1
    assert run(["language", "check", str(tmp_path / "none")])[0] == 1
    found = json.loads(run(["language", "list", "--workspace", "acme", "--json"])[1])
    assert found["texts"] > 3
    assert found["findings"]


@pytest.mark.parametrize("part", ["x", "aA1", "a-", "x.", "a@", "{{", "{%", "```", "`\n", '"', "“", "http://", "\n>"])
def test_a_long_odd_text_is_read_in_one_go(part: str) -> None:
    """Fifty thousand letters of one kind took seven seconds: each place was read to the end of the text."""
    began = time.process_time()
    check(part * (50_000 // len(part)))
    assert time.process_time() - began < 3
