from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Core(AppConfig):
    name = "wellheard.core"
    label = "core"

    def ready(self) -> None:
        from . import search

        post_migrate.connect(search.keep, dispatch_uid="indexes of words")
