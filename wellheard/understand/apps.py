from django.apps import AppConfig


class Understand(AppConfig):
    name = "wellheard.understand"
    label = "understand"

    def ready(self) -> None:
        from wellheard.core import search

        from .models import Problem

        search.register(Problem, "name", "summary")
        from . import (
            keeping,  # noqa: F401 - evidence stays when an import is taken back
            segments,  # noqa: F401 - what was spoken of, as conditions
            sorting,  # noqa: F401 - suggests kind and sentiment in the background
            speaking,  # noqa: F401 - its texts, for the language audit
            tasks,  # noqa: F401 - its clock jobs
            watching,  # noqa: F401 - its clock job
        )
