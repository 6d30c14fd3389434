"""Viewers see; editors make, change and delete segments, merge and take apart."""

from django.urls import path

from .views import celebrate, checkins, edit_people, erase, health, merges, money, people, roles, segments, silent

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
    path("merges", merges.merges, name="merges"),
    path("merges/<int:number>/undo", merges.undo, name="undo_merge"),
    path("<int:number>/merge", merges.merge_person, name="merge_person"),
    path("accounts/<int:number>/merge", merges.merge_account, name="merge_account"),
    path("roles/<int:number>", roles.relation, name="relation"),
    path("check-ins", checkins.index, name="check_ins"),
    path("check-ins/new", checkins.new, name="new_check_in"),
    path("check-ins/<int:number>", checkins.one, name="check_in"),
    path("silent", silent.silent, name="silent"),
    path("silent/keep", silent.keep, name="keep_silent"),
    path("health", health.health, name="health"),
    path("traits", edit_people.traits, name="traits"),
    path("traits/<int:number>", edit_people.trait, name="trait"),
    path("<int:number>/edit", edit_people.person, name="edit_person"),
    path("accounts/<int:number>/edit", edit_people.account, name="edit_account"),
    path("<int:number>/join", roles.join_account, name="join_account"),
    path("accounts/<int:number>/join", roles.join_person, name="join_person"),
    path("<int:number>/erase", erase.erase, name="erase_person"),
    path("<int:number>", people.person, name="person"),
    path("accounts/<int:number>/wins", celebrate.wins, name="account_wins"),
    path("accounts/<int:number>", people.account, name="account"),
]
