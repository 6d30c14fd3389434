from django.apps import AppConfig


class Tell(AppConfig):
    name = "wellheard.tell"
    label = "tell"

    def ready(self) -> None:
        from . import tasks  # noqa: F401 - subscribes to the journal and the clock
