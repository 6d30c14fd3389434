"""A batch of rows of fields on its way to the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from wellheard.core import clean, rows
from wellheard.people import importing as people_rows
from wellheard.people import importing_money as money_rows
from wellheard.people import importing_stripe
from wellheard.people.importing import Fields, Result
from wellheard.people.models import Workspace

from .. import sources
from ..importing import Manner, voices
from ..models import Import
from .reading import Item, Manual

BATCH = 1000


def in_batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """BATCH items at a time; where the file breaks off, what came before it first and the break then."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= BATCH:
                yield batch
                batch = []
    except rows.Unreadable:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class Kept:
    """Where rows go and how: what they are, the name their ids are told apart by, the manner of their source."""

    what: str
    source: str
    manner: Manner


def handle(kept: Kept, workspace: Workspace, batch: list[tuple[rows.Row, Fields]]) -> Result:
    if kept.what == "voices":
        return voices(workspace, kept.source, batch, kept.manner)
    handler: people_rows.Handler = {
        "people": people_rows.people,
        "accounts": people_rows.accounts,
        "money": money_rows.money,
        "rates": money_rows.rates,
        "stripe": importing_stripe.exported,
    }[kept.what]
    return handler(workspace, batch)


def kept_of(what: str, source: str, manual: Manual, job: Import | None = None) -> Kept:
    lasting = sources.named(manual.format).lasting or manual.mended is not None
    return Kept(what, source, Manner(lasting, "publish" in manual.switches, job))


def rolled_back(kept: Kept, workspace: Workspace, batch: list[tuple[rows.Row, Fields]]) -> Result:
    with transaction.atomic():
        result = handle(kept, workspace, batch)
        transaction.set_rollback(True)
    return result


def source_named(name: str) -> str:
    return clean.text(name, 60, "The name of the source")
