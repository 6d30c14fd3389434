from django.apps import AppConfig


class Console(AppConfig):
    name = "wellheard.console"
    label = "console"
