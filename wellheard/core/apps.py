from django.apps import AppConfig


class Core(AppConfig):
    name = "wellheard.core"
    label = "core"
