from django.apps import AppConfig


class Decide(AppConfig):
    name = "wellheard.decide"
    label = "decide"

    def ready(self) -> None:
        from . import speaking  # noqa: F401 - its texts, for the language audit
