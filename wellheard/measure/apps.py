from django.apps import AppConfig


class Measure(AppConfig):
    name = "wellheard.measure"
    label = "measure"
