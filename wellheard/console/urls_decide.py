"""Viewers see; editors state bets, start work and decide."""

from django.urls import path

from .views import decide

urlpatterns = [
    path("", decide.decide, name="decide"),
    path("bets/new", decide.decide, name="new_bet"),
    path("bets/<int:number>", decide.bet, name="bet"),
]
