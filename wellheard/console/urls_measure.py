"""Viewers see and ask; editors have a bet measured again."""

from django.urls import path

from .views import ask, measure

urlpatterns = [
    path("", measure.measure, name="measure"),
    path("bets/<int:number>", measure.outcome, name="outcome"),
    path("bets/<int:number>/people/<str:group>", measure.people, name="outcome_people"),
    path("bets/<int:number>/again", measure.again, name="measure_again"),
    path("ask", ask.ask, name="ask"),
    path("ask/<slug:kind>", ask.ask, name="ask_kind"),
    path("ask/<slug:kind>/behind", ask.behind, name="behind"),
]
