from django.apps import AppConfig


class Measure(AppConfig):
    name = "wellheard.measure"
    label = "measure"

    def ready(self) -> None:
        from . import tasks  # noqa: F401 - its clock job
