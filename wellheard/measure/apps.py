from django.apps import AppConfig


class Measure(AppConfig):
    name = "wellheard.measure"
    label = "measure"

    def ready(self) -> None:
        from . import (
            segments,  # noqa: F401 - what was done, as conditions
            tasks,  # noqa: F401 - its clock job
        )
