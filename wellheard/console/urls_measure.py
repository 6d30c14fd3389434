"""Viewers see and ask; editors have a bet measured again."""

from django.urls import path

from .views import measure

urlpatterns = [
    path("", measure.measure, name="measure"),
    path("bets/<int:number>", measure.outcome, name="outcome"),
    path("ask", measure.measure, name="ask"),
]
