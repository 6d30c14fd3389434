from django.apps import AppConfig


class Decide(AppConfig):
    name = "wellheard.decide"
    label = "decide"
