from django.apps import AppConfig


class Understand(AppConfig):
    name = "wellheard.understand"
    label = "understand"
