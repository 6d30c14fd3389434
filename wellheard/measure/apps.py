from django.apps import AppConfig


class Measure(AppConfig):
    name = "wellheard.measure"
    label = "measure"

    def ready(self) -> None:
        from . import (
            patterns,  # noqa: F401 - a segment that a problem is tied to is in use
            segments,  # noqa: F401 - what was done, as conditions
            tasks,  # noqa: F401 - its clock job
        )
        from .flags import doors, uses  # noqa: F401 - flags are asked for there; segments they ask for are in use
