"""Viewers see; contributors note that they told somebody; editors write and publish releases."""

from django.urls import path

from .views import tell

urlpatterns = [
    path("", tell.tell, name="tell"),
    path("releases/new", tell.tell, name="new_release"),
    path("releases/<int:number>", tell.release, name="release"),
    path("notices", tell.tell, name="notices"),
]
