from django.apps import AppConfig


class Charts(AppConfig):
    name = "wellheard.charts"
    label = "charts"
