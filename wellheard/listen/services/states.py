"""What an import may still become."""

from ..models import Import

OPEN = (Import.State.DRAFT, Import.State.CHECKING, Import.State.CHECKED)
MOVING = (Import.State.CHECKING, Import.State.WAITING, Import.State.RUNNING, Import.State.UNDOING)
OVER = (Import.State.DONE, Import.State.FAILED, Import.State.STOPPED, Import.State.UNDOING, Import.State.UNDONE)
