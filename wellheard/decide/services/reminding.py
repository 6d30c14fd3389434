"""The reminder that a bet's verdict is due: one journal entry, with the rule by which it would be undone."""

from __future__ import annotations

from datetime import date

from wellheard.core import journal

from ..models import Bet


def remind(bet: Bet, due: date) -> bool:
    """Write the reminder unless it stands already; safe with several workers. Says whether it was written."""
    written = False
    with journal.record(journal.system(bet.workspace_id), "bet.verdict_due") as entry:
        held = Bet.objects.select_for_update().get(pk=bet.pk)
        entry.about(held, due=due.isoformat(), undo_rule=held.undo_rule)
        if held.reminded_for == due or held.state != Bet.State.SHIPPED:
            entry.nothing_changed()
        else:
            held.reminded_for = due
            held.save(update_fields=["reminded_for"])
            written = True
    return written
