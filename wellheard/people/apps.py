from django.apps import AppConfig


class People(AppConfig):
    name = "wellheard.people"
    label = "people"

    def ready(self) -> None:
        from .segments import own  # noqa: F401 - its kinds of conditions
        from .services import joins, mirror  # noqa: F401 - their clock jobs
