"""Making an experiment, locking it at its start, stopping and concluding it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..flags import services as flags
from ..flags.queries import dealt
from ..models import Experiment, Flag
from .plan import Plan

State = Experiment.State
SHARES_DIFFER = 0.005


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
            _fits_its_flag(row)
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


def still_dealt(experiment: Experiment) -> str:
    """What the flag of a concluded experiment does, when it is ours and does not give everybody the chosen variant."""
    flag = Flag.objects.filter(workspace=experiment.workspace_id, key=experiment.flag, archived_at=None).first()
    if flag is None or experiment.state != State.CONCLUDED or flag.definition == _for_all(flag, experiment.chosen):
        return ""
    if flag.killed_at is not None:
        return "is switched off: everybody gets what it gives then"
    own = dealt(flag)
    return "deals " + ", ".join(f"{k} {v:g}" for k, v in own) + " still" if len(own) > 1 else "has other rules still"


def _for_all(flag: Flag, variant: str) -> dict[str, Any]:
    return {k: v for k, v in flag.definition.items() if k != "rules"} | {"otherwise": variant}


def give_to_all(access: Access, experiment: Experiment) -> Flag:
    """Let the flag of a concluded experiment give everybody what was chosen. Raises ValueError."""
    if experiment.state != State.CONCLUDED:
        raise ValueError("Conclude it first: then it says what everybody gets.")
    flag = Flag.objects.filter(workspace=access.workspace, key=experiment.flag, archived_at=None).first()
    if flag is None:
        raise ValueError(f"No flag here has the key “{experiment.flag}”. Turn it where it is.")
    return flags.change(access, flag, _for_all(flag, experiment.chosen), reason=f"concluded: {experiment}")


def _fits_its_flag(experiment: Experiment) -> None:
    """A flag of ours must deal what is planned: else nobody would come in, or the shares would never fit. Raises ValueError."""
    flag = Flag.objects.filter(workspace=experiment.workspace_id, key=experiment.flag, archived_at=None).first()
    if flag is None:
        return  # somebody else's, told to us by the events of its library
    own = dict(dealt(flag))
    known = [v["key"] for v in flag.definition["variants"]]
    planned = {v["key"]: v["share"] for v in experiment.variants}
    if missing := [k for k in planned if k not in known]:
        raise ValueError(f"The flag “{flag.key}” has no variant “{missing[0]}”; it has {', '.join(known)}.")
    if flag.unit != experiment.unit:
        raise ValueError(
            f"The flag “{flag.key}” deals {flag.get_unit_display()}, the plan each {experiment.unit}. Both must be the same."
        )
    if flag.killed_at is not None:
        raise ValueError(f"The flag “{flag.key}” is switched off: nobody would see a variant. Switch it on first.")
    if not any(not r.get("serve") or 0 < r.get("share", 100) < 100 for r in flag.definition.get("rules", ())):
        raise ValueError(
            f"The flag “{flag.key}” deals nothing by lot. Give it a rule that deals its variants, or a share."
        )
    shares = [own.get(k, 0.0) / sum(own.values()) - s / sum(planned.values()) for k, s in planned.items()]
    if len(flag.definition["rules"]) == 1 and (max(map(abs, shares)) > SHARES_DIFFER or set(own) - set(planned)):
        says = ", ".join(f"{k} {v:g}" for k, v in own.items())
        raise ValueError(
            f"The flag “{flag.key}” deals {says}. Plan the same shares: else the check of shares would stop the result."
        )


def _locked(experiment: Experiment) -> Experiment:
    return Experiment.objects.select_for_update().get(pk=experiment.pk)
