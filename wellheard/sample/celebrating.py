"""What the sample's team celebrates: milestones that were made some weeks ago, so that some of what was reached is fresh."""

from __future__ import annotations

from datetime import timedelta

from wellheard.measure.celebrating import services
from wellheard.measure.celebrating.services import Plan
from wellheard.measure.celebrating.words import FIRST
from wellheard.measure.models import Milestone
from wellheard.people.access import Access
from wellheard.people.queries.money import today
from wellheard.store import Store

PLANS = (
    ("They use what they asked for", "asked", "people", "", 1),
    ("A store looked at a hundred reports", "times", "accounts", "Report Opened", 100),
    ("Began to pay", "paid", "accounts", "", 1),
)
AGO = timedelta(days=40)


def celebrate(access: Access, store: Store) -> None:
    for name, kind, of, event, times in PLANS:
        subject, words = FIRST[kind]
        made = services.make(access, Plan(name, kind, of, event, times, subject, words))
        Milestone.objects.filter(pk=made.pk).update(since=today(access.workspace) - AGO)
        made.refresh_from_db()
        services.look(made, store)
