from django.apps import AppConfig


class Portal(AppConfig):
    name = "wellheard.portal"
    label = "portal"
