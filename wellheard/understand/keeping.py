"""What somebody made of a voice stays when its import is taken back."""

from django.db.models import Q

from wellheard.listen.services.import_undo import keeps


@keeps
def evidence() -> Q:
    return Q(evidence__isnull=False)
