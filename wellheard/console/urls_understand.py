"""Viewers see; contributors place voices; editors confirm, merge and decide."""

from django.urls import path

from .views import understand

urlpatterns = [
    path("", understand.understand, name="understand"),
    path("problems/<int:number>", understand.problem, name="problem"),
    path("problems/<int:number>/evidence", understand.problem, name="problem_evidence"),
    path("themes/<int:number>", understand.theme, name="theme"),
]
