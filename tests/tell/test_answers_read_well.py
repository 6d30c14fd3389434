"""A member's answer is a letter in the person's language, as text and as HTML; a decision's words hold nothing unfilled."""

from __future__ import annotations

import pytest
from django.core import mail

from tests.conftest import Town
from wellheard.core import background
from wellheard.decide.models import Bet, Decision
from wellheard.decide.services import decide
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell import wording
from wellheard.tell.models import Notice, called
from wellheard.tell.services import answers, replies
from wellheard.understand.services.problems import create_problem


def test_an_answer_is_in_their_language_in_text_and_html(access: Access, town: Town) -> None:
    Person.objects.filter(pk=town.ann.pk).update(language="es")
    voice = capture(access, "Los botones son tan pequeños que siempre toco la tienda equivocada <b>", who=town.ann)
    replies.answer(access, voice, "Gracias <script>")
    background.run_all()
    [letter] = mail.outbox
    html = letter.alternatives[0][0]  # type: ignore[attr-defined]
    assert "No more mail" not in letter.body
    assert "Todo lo que nos ha dicho" in letter.body
    assert "Los botones" in html
    assert "<script>" not in html
    assert letter.extra_headers["Content-Language"] == "es"
    assert letter.subject == "Acme Reports: Los botones son tan pequeños que siempre toco la…"


def test_words_with_places_that_nobody_fills_are_refused(access: Access, town: Town) -> None:
    problem = create_problem(access, "Exports", voices=[capture(access, "Slow", who=town.ann).pk])
    made = decide(access, problem, "no", "Too few.")
    for words in ("Dear {name}, no.", "No {{7*7}}"):
        with pytest.raises(ValueError, match="Nothing is filled in"):
            answers.publish_decision(access, made, "They know.", words)
    assert Notice.objects.count() == 0
    made.refresh_from_db()
    assert made.state == Decision.State.PREPARED
    assert answers.publish_decision(access, made, "They know.", "Dear all, no.") == 1


@pytest.mark.parametrize(
    "body", ["{thing} {reason} {hello.__class__}", "{thing} {reason} {{7*7}}", "{thing} {reason} {"]
)
def test_a_text_with_other_braces_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"brace|not a place"):
        wording.check("{thing}", body)


def test_outside_a_bet_is_called_by_its_public_title(access: Access, town: Town) -> None:
    bet = Bet(name="Kill the fax", public_title="")
    assert called(Decision(bet=bet)) == "Kill the fax"
    bet.public_title = "Fax exports"
    assert called(Decision(bet=bet)) == "Fax exports"
