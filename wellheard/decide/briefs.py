"""Words to use about a no, written for each audience from what is known; members edit them.

Inside audiences get all of it; the words for an account or a person hold places that are filled for one of them:
{name}, {account}, {their words} and {what we offer}. A line whose place stays empty is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from .models import Audience, Decision, FollowUp
from .queries.hurt import AccountHurt, Hurt

LONGEST = 240
NO_WORDS = "[Write first what those who asked will read.]"
PLACES = ("name", "account", "their words", "what we offer")


def shortened(text: str) -> str:
    """A quote as it stands in a brief."""
    one = " ".join(text.split())
    return one if len(one) <= LONGEST else one[: LONGEST - 1].rstrip() + "…"


def written(decision: Decision, hurt: Hurt, audience: str, follow_ups: Sequence[FollowUp] = ()) -> str:
    """The template's words for one audience."""
    if audience in (Audience.ACCOUNT, Audience.PERSON):
        return _outside(decision, audience)
    parts = [
        _what(decision, hurt.workspace.time_zone), _accounts(hurt, audience), _voices(decision, audience), _say(decision),
        _promises(hurt), _offers(follow_ups),
    ]  # fmt: skip
    return "\n\n".join(p for p in parts if p)


def fill(words: str, **places: str) -> str:
    """The words for one account or person; keys are places with “_” for a blank."""
    values = {k.replace("_", " "): v for k, v in places.items()}
    lines = []
    for line in words.split("\n"):
        named = [p for p in PLACES if "{" + p + "}" in line]
        if named and not all(values.get(p) for p in named):
            continue
        for p in named:
            line = line.replace("{" + p + "}", values[p])
        lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def money(cents: int, currency: str) -> str:
    return f"{currency} {cents / 100:,.0f}"


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %B %Y}"


def _what(decision: Decision, zone: str) -> str:
    return (
        f"What was decided\n{decision.get_answer_display()} to “{decision.on}”, by {decision.decided_by} on {_day(decision.decided_at, zone)}."
        f"\n\nWhy\n{decision.reason}"
    )


def _accounts(hurt: Hurt, audience: str) -> str:
    cur = hurt.workspace.currency
    if audience == Audience.SUPPORT:
        one = hurt.people == 1
        return f"Who may write\n{hurt.people:,} {'person' if one else 'people'} asked for it, in {len(hurt.accounts):,} account{'' if len(hurt.accounts) == 1 else 's'}."
    rows = hurt.accounts
    if audience == Audience.SALES:
        rows = sorted(rows, key=lambda a: (-a.deal_cents, -a.cents))
    rows = [a for a in rows if a.cents or a.deal_cents][:6]
    lines = ["Whom it touches"]
    if hurt.deals:
        lines.append(f"Open deals of at least {money(hurt.deal_cents, cur)} hang on it.")
    lines.append(f"The accounts that asked pay {money(hurt.cents, cur)} a month.")
    return "\n".join([*lines, *(f"- {_account(a, cur)}" for a in rows)])


def _account(a: AccountHurt, cur: str) -> str:
    said = [money(a.cents, cur) + " a month" if a.cents else "pays nothing yet"]
    if a.deal_cents:
        said.append(f"open deal of {money(a.deal_cents, cur)}")
    if a.account.owner:
        said.append(f"looked after by {a.account.owner}")
    return f"{a.account}: {', '.join(said)}"


def _voices(decision: Decision, audience: str) -> str:
    """Their own words, without the names of people; support hears those who use it first, the others who pay."""
    first = "users" if audience == Audience.SUPPORT else "customers"
    held = sorted(decision.snapshot.get("quotes", []), key=lambda q: q["lens"] not in (first, "both"))[:3]
    if not held:
        return ""
    return "In their words\n" + "\n".join(
        f"“{shortened(q['text'])}”" + (f" ({q['account_name']})" if q["account_name"] else "") for q in held
    )


def _say(decision: Decision) -> str:
    said = decision.public_reason or NO_WORDS
    return (
        f"What to say\n{said}\n\nWhat not to say\nThat it may still come, or when: nobody decided that. Ask what would help them instead,"
        " and note what they say as a voice."
    )


def _promises(hurt: Hurt) -> str:
    if not hurt.promises:
        return ""
    rows = [f"- {p.kind}, {_day(p.at, hurt.workspace.time_zone)}: {shortened(p.words)}" for p in hurt.promises[:5]]
    more = f"\n- and {len(hurt.promises) - 5} more" if len(hurt.promises) > 5 else ""
    return "What we had told them\n" + "\n".join(rows) + more


def _offers(follow_ups: Sequence[FollowUp]) -> str:
    rows = [f"- {f.what} ({f.owner_name})" for f in follow_ups if f.state == FollowUp.State.OPEN]
    return "What else we do\n" + "\n".join(rows) if rows else ""


def _outside(decision: Decision, audience: str) -> str:
    said = decision.public_reason or NO_WORDS
    answer = {"no": "We have decided not to do this.", "not_now": "We will not do this now.", "yes": "We will do this."}
    if audience == Audience.PERSON:
        opening = "Hello {name},\n\nyou told us:\n“{their words}”"
    else:
        opening = "Hello {name},\n\nyou at {account} told us:\n“{their words}”"
    return (
        f"{opening}\n\nThank you for that. {answer[decision.answer]} {said}\n\nWhat we can do instead: {{what we offer}}\n\n"
        "If this makes something harder for you, please tell me what: I want to hear it, and it goes to those who decide."
    )
