from django.apps import AppConfig


class People(AppConfig):
    name = "wellheard.people"
    label = "people"
