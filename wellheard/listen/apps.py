from django.apps import AppConfig


class Listen(AppConfig):
    name = "wellheard.listen"
    label = "listen"

    def ready(self) -> None:
        from wellheard.core import search

        from .models import Idea, Note, Talk, Voice

        search.register(Voice, "text")
        search.register(Idea, "title")
        search.register(Note, "text")
        search.register(Talk, "note")
        from . import (
            anymail,  # noqa: F401 - hears letters of mail providers
            segments,  # noqa: F401 - what was said, as conditions
            tasks,  # noqa: F401 - subscribes to the journal and the clock
        )
        from .services import (
            boards,  # noqa: F401 - a new workspace gets its first board
            ideas,  # noqa: F401 - counts votes again when two persons turn out to be one
        )
