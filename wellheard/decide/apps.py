from django.apps import AppConfig


class Decide(AppConfig):
    name = "wellheard.decide"
    label = "decide"

    def ready(self) -> None:
        from . import (
            guards,  # noqa: F401 - subscribes to the journal
            segments,  # noqa: F401 - says which segments stakeholders use
            speaking,  # noqa: F401 - its texts, for the language audit
            tasks,  # noqa: F401 - its clock jobs
        )
