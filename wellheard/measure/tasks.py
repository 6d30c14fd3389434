"""Background work of measuring."""

from wellheard import store
from wellheard.core import clock

from .services import measure_due


@clock.every(hours=1)
def judge_due_bets() -> None:
    try:
        held = store.get()
        held.reader  # noqa: B018 - raises when this process only appends
    except store.StoreError:
        return
    measure_due(held)
