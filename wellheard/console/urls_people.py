"""Viewers see; editors make, change and delete segments."""

from django.urls import path

from .views import money, people, segments

urlpatterns = [
    path("", people.people, name="people"),
    path("accounts", people.accounts, name="accounts"),
    path("money", money.overview, name="money"),
    path("money/behind", money.behind, name="money_behind"),
    path("money/keep", money.keep, name="keep_money"),
    path("segments", segments.index, name="segments"),
    path("segments/new", segments.new, name="new_segment"),
    path("segments/list", segments.new_list, name="new_segment_list"),
    path("segments/<int:number>", segments.one, name="segment"),
    path("segments/<int:number>/edit", segments.edit, name="edit_segment"),
    path("segments/<int:number>/freeze", segments.freeze, name="freeze_segment"),
    path("segments/<int:number>/delete", segments.delete, name="delete_segment"),
    path("<int:number>", people.person, name="person"),
    path("accounts/<int:number>", people.account, name="account"),
]
