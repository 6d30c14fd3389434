from django.apps import AppConfig


class Understand(AppConfig):
    name = "wellheard.understand"
    label = "understand"

    def ready(self) -> None:
        from . import segments  # noqa: F401 - what was spoken of, as conditions
