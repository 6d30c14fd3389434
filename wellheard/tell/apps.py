from django.apps import AppConfig


class Tell(AppConfig):
    name = "wellheard.tell"
    label = "tell"

    def ready(self) -> None:
        from . import (
            audience,  # noqa: F401 - a segment that a release is for is in use
            feedback,  # noqa: F401 - hears what mail providers tell
            promising,  # noqa: F401 - what was told, among the promises given
            speaking,  # noqa: F401 - its texts, for the language audit
            tasks,  # noqa: F401 - subscribes to the journal and the clock
        )
