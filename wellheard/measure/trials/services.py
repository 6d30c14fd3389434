"""Making an experiment, locking it at its start, stopping and concluding it."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..models import Experiment
from .plan import Plan

State = Experiment.State


def make(access: Access, plan: Plan, bet: Bet | None = None) -> Experiment:
    """A draft; nothing is compared yet. Raises ValueError."""
    access.need(Role.EDITOR)
    held = plan.fields(access.workspace)
    if bet is not None and bet.workspace_id != access.workspace.pk:
        raise ValueError("The bet must be in this workspace.")
    with journal.record(access.actor, "experiment.made") as entry:
        made = Experiment.objects.create(workspace=access.workspace, bet=bet, made_by=access.actor.name, **held)
        entry.about(made, plan=held, bet=bet.pk if bet else None)
    return made


def revise(access: Access, experiment: Experiment, plan: Plan, bet: Bet | None = None) -> Experiment:
    """Only before the start: a plan must not be fitted to its result. Raises ValueError."""
    access.need(Role.EDITOR)
    held = plan.fields(access.workspace)
    if bet is not None and bet.workspace_id != access.workspace.pk:
        raise ValueError("The bet must be in this workspace.")
    with journal.record(access.actor, "experiment.revised") as entry:
        row = _locked(experiment)
        if row.locked:
            raise ValueError("It has started, so its plan stands. Stop it and plan another.")
        before = {k: getattr(row, k) for k in held}
        for field, value in held.items():
            setattr(row, field, value)
        row.bet, row.version = bet, row.version + 1
        row.save()
        entry.about(row, version=row.version, changed={k: [before[k], held[k]] for k in held if before[k] != held[k]})
    return row


def start(access: Access, experiment: Experiment) -> Experiment:
    """From now on who first sees a variant is in it, and the plan is locked. Raises ValueError."""
    access.need(Role.EDITOR)
    try:
        with journal.record(access.actor, "experiment.started") as entry:
            row = _locked(experiment)
            if row.locked:
                raise ValueError("It has started already.")
            with transaction.atomic():
                row.state, row.started_at = State.RUNNING, timezone.now()
                row.save(update_fields=["state", "started_at"])
            entry.about(row, version=row.version, flag=row.flag)
    except IntegrityError:
        raise ValueError(
            "Another experiment runs on this flag. Stop that one first: two cannot share who sees what."
        ) from None
    return row


def stop(access: Access, experiment: Experiment, why: str) -> Experiment:
    """Nobody new comes in. Those who are in are watched until their window is full. Raises ValueError."""
    access.need(Role.EDITOR)
    reason = clean.text(why, 2000, "The reason")
    if not reason:
        raise ValueError("Say why it is stopped.")
    with journal.record(access.actor, "experiment.stopped", reason) as entry:
        row = _locked(experiment)
        if row.state != State.RUNNING:
            raise ValueError("It is not running.")
        row.state, row.stopped_at, row.stopped_why = State.STOPPED, timezone.now(), reason
        row.save(update_fields=["state", "stopped_at", "stopped_why"])
        entry.about(row, flag=row.flag)
    return row


def conclude(access: Access, experiment: Experiment, chosen: str, learned: str) -> Experiment:
    """What was learned, and which variant everybody gets; the control is an answer too. Raises ValueError."""
    access.need(Role.EDITOR)
    words = clean.text(learned, 4000, "What was learned")
    if not words:
        raise ValueError("Write what was learned: it is what stays of an experiment, whichever way it went.")
    with journal.record(access.actor, "experiment.concluded") as entry:
        row = _locked(experiment)
        if row.state != State.STOPPED:
            raise ValueError(
                "Stop it first." if row.state == State.RUNNING else "Only an experiment that ran is concluded."
            )
        if chosen not in [v["key"] for v in row.variants]:
            raise ValueError(f"Choose one of its variants: {', '.join(v['key'] for v in row.variants)}.")
        row.state, row.chosen, row.learned = State.CONCLUDED, chosen, words
        row.save(update_fields=["state", "chosen", "learned"])
        entry.about(row, chosen=chosen)
    return row


def discard(access: Access, experiment: Experiment) -> None:
    """A draft only; what ran stays, also when it found nothing."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "experiment.discarded") as entry:
        row = _locked(experiment)
        if row.locked:
            raise ValueError("It has run, so it stays: results that nobody likes are results too.")
        entry.about(row, name=row.name)
        Experiment.objects.filter(pk=row.pk).delete()


def _locked(experiment: Experiment) -> Experiment:
    return Experiment.objects.select_for_update().get(pk=experiment.pk)
