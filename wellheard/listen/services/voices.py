"""Noting and sorting what somebody said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.rows import Row
from wellheard.people.access import Access
from wellheard.people.importing import Result
from wellheard.people.models import Account, Person, Role
from wellheard.people.queries import known_as
from wellheard.people.queries.roles import present
from wellheard.people.services.persons import find_or_make_account, find_or_make_person

from ..importing import TEXT_LIMIT, Manner, Past, voices
from ..models import Channel, DealStage, Kind, Sentiment, Triage, Voice


def capture(
    access: Access,
    text: str,
    *,
    who: str | Person = "",
    account: str | Account = "",
    channel: str = Channel.OTHER,
    kind: str = "",
    sentiment: str = "",
    relayed: bool = True,
    said_at: datetime | None = None,
    deal_amount: str = "",
    deal_currency: str = "",
    deal_stage: str = "",
    url: str = "",
    source: str = "console",
    source_id: str | None = None,
) -> Voice:
    """Note what somebody said, on their behalf: the person is the author, the member only relays.

    `who` is a person, an e-mail address, an id, or a name; left empty the voice has no author. When `account` is empty and
    the person belongs to exactly one account, it is that one. `deal_amount` is what hangs on it, such as 12000 or
    "1,500.50", in `deal_currency` (left empty: the workspace's).
    """
    access.need(Role.CONTRIBUTOR)
    words = clean.text(text, TEXT_LIMIT, "The text")
    if not words:
        raise ValueError("Write what they said.")
    if channel not in Channel.values or kind not in Kind.values:
        raise ValueError(f"Unknown channel or kind. Channels: {', '.join(Channel.values)}.")
    if sentiment not in Sentiment.values:
        raise ValueError(f"{sentiment[:40]!r} is no sentiment. Use {', '.join(v for v in Sentiment.values if v)}.")
    deal = _deal(access, deal_amount, deal_currency, deal_stage)
    link = clean.text(url, 500, "The address")
    if link and not link.startswith(("https://", "http://")):
        raise ValueError("The address begins with https:// or http://.")
    moment = clean.moment(said_at.isoformat(), access.workspace.time_zone, "said_at") if said_at else timezone.now()
    with journal.record(access.actor, "voice.captured") as entry:
        person = who if isinstance(who, Person) else author(access, who)
        if isinstance(account, Account):
            company: Account | None = account
        else:
            company = find_or_make_account(access, external_id=None, name=account) if account.strip() else _only(person)
        then = Past(access.workspace, [company] if company else []).at(company, moment)
        voice = Voice.objects.create(
            workspace=access.workspace,
            text=words,
            kind=kind,
            sentiment=sentiment,
            channel=channel,
            author=person,
            account=company,
            relayed_by=access.actor.name if relayed else "",
            recorded_by=access.member,
            said_at=moment,
            account_state=then.state,
            account_cents=then.cents,
            url=link,
            deal_cents=deal.cents,
            deal_currency=deal.currency,
            deal_stage=deal.stage,
            source=source,
            source_id=source_id,
        )
        entry.about(voice)
    return voice


class Deal(NamedTuple):
    cents: int | None
    currency: str
    stage: str


def _deal(access: Access, amount: str, currency: str, stage: str) -> Deal:
    """What hangs on it: an amount and how it stands. A stage without an amount is fine, an amount is open unless said."""
    if stage not in DealStage.values:
        raise ValueError(f"{stage[:40]!r} is not a stage. Use {', '.join(v for v in DealStage.values if v)}.")
    if not str(amount or "").strip():
        return Deal(None, "", stage)
    cents = clean.cents(amount, "The deal")
    if cents < 0:
        raise ValueError("A deal is not less than nothing.")
    return Deal(cents, clean.currency(currency, access.workspace.currency), stage or DealStage.OPEN)


def attribute(access: Access, voice: Voice, who: str, account: str = "") -> Voice:
    """Say who said it, where that was not known or not proven. The account's state of that day is kept with it."""
    access.need(Role.CONTRIBUTOR)
    with journal.record(access.actor, "voice.attributed") as entry:
        person = author(access, who)
        if person is None:
            raise ValueError("Say who it was: an e-mail address, an id, or a name.")
        company = find_or_make_account(access, external_id=None, name=account) if account.strip() else _only(person)
        then = Past(access.workspace, [company] if company else []).at(company, voice.said_at)
        entry.about(voice, before=voice.author_id, after=person.pk)
        voice.author, voice.account = person, company
        voice.account_state, voice.account_cents = then.state, then.cents
        voice.traits = {k: v for k, v in voice.traits.items() if k not in ("claims_to_be", "claims_name", "sender")}
        voice.save(update_fields=["author", "account", "account_state", "account_cents", "traits"])
    return voice


def bring(access: Access, source: str, rows: Sequence[Mapping[str, Any]], follow: bool = False) -> Result:
    """Many voices of one source in one transaction; what is refused comes back with its place in the list (from 0)."""
    access.need(Role.EDITOR)
    named = clean.text(source, 60, "The name of the source")
    if not named or named in ("console", "portal", "widget"):
        raise ValueError("Name the source; console, portal and widget are ours.")
    with journal.record(access.actor, "voices.brought") as entry:
        batch = [
            (Row(n, dict(row)), {k: v for k, v in row.items() if v not in ("", None)}) for n, row in enumerate(rows)
        ]
        result = voices(access.workspace, named, batch, Manner(lasting=follow))
        if not (result.stored or result.changed):
            entry.nothing_changed()
        entry.about(access.workspace, source=named, stored=result.stored, changed=result.changed)
    return result


def author(access: Access, who: str) -> Person | None:
    """Inside a service: the person meant by an address, an id or a full name; made when nobody fits."""
    named = clean.text(who, 200, "The person")
    if not named:
        return None
    if "@" in named:
        return find_or_make_person(access, external_id=None, email=named)
    held = Person.objects.filter(workspace=access.workspace)
    found = held.filter(external_id=named).first() or known_as.person_by(access.workspace, "id", named)
    if found is None:
        same = list(held.filter(name__iexact=named)[:2])
        if len(same) > 1:
            raise ValueError(f"Several people are called {named}. Write their e-mail address instead.")
        found = same[0] if same else Person.objects.create(workspace=access.workspace, name=named)
    return found


def _only(person: Person | None) -> Account | None:
    if person is None:
        return None
    relations = list(present(person.relations.select_related("account"))[:2])
    return relations[0].account if len(relations) == 1 else None


def triage(access: Access, voices: Sequence[Voice], state: Triage) -> int:
    """Keep voices or set them aside; both can be undone by setting another state."""
    access.need(Role.CONTRIBUTOR)
    if not voices:
        return 0
    with journal.record(access.actor, "voices.triaged") as entry:
        changed = Voice.objects.filter(workspace=access.workspace, pk__in=[v.pk for v in voices]).update(triage=state)
        entry.about(voices[0], state=state, voices=[v.pk for v in voices])
    return changed


def sort(access: Access, voices: Sequence[Voice], kind: str | None = None, sentiment: str | None = None) -> int:
    """Say what voices are and how they feel; None leaves it, "" takes it back. Returns how many changed."""
    access.need(Role.CONTRIBUTOR)
    if kind is not None and kind not in Kind.values:
        raise ValueError(f"{kind[:40]!r} is no kind. Kinds: {', '.join(k for k in Kind.values if k)}.")
    if sentiment is not None and sentiment not in Sentiment.values:
        raise ValueError(f"{sentiment[:40]!r} is no sentiment. Use {', '.join(s for s in Sentiment.values if s)}.")
    said = {k: v for k, v in (("kind", kind), ("sentiment", sentiment)) if v is not None}
    if not said:
        raise ValueError("Say a kind, a sentiment, or both.")
    return resort(access, [(voice, said) for voice in voices])


def resort(access: Access, changes: Sequence[tuple[Voice, Mapping[str, str]]]) -> int:
    """Each voice gets the kind and sentiment named beside it (checked by the caller); one entry for all of them."""
    access.need(Role.CONTRIBUTOR)
    changed = [(v, dict(said)) for v, said in changes if any(getattr(v, k) != word for k, word in said.items())]
    if not changed:
        return 0
    with journal.record(access.actor, "voice.sorted" if len(changed) == 1 else "voices.sorted") as entry:
        before = [{"voice": v.pk, **{k: getattr(v, k) for k in said}} for v, said in changed]
        for voice, said in changed:
            for field, word in said.items():
                setattr(voice, field, word)
        Voice.objects.bulk_update([v for v, _ in changed], ["kind", "sentiment"], batch_size=500)
        after = [{"voice": v.pk, **said} for v, said in changed]
        entry.about(changed[0][0], before=before, after=after)
    return len(changed)
