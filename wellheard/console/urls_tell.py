"""Viewers see; contributors note that they told somebody; editors write and publish releases."""

from django.urls import path

from .views import celebrate, debt, digest, staged, tell, tell_decided, tell_silent, updates

urlpatterns = [
    path("celebrate", celebrate.celebrate, name="celebrate"),
    path("celebrate/settle", celebrate.settle, name="settle_celebrations"),
    path("celebrate/new", celebrate.new, name="new_milestone"),
    path("celebrate/<int:number>", celebrate.edit, name="edit_milestone"),
    path("digest", digest.digest, name="digest"),
    path("digest/mail", digest.subscribe, name="subscribe_digest"),
    path("", tell.tell, name="tell"),
    path("releases/new", tell.new_release, name="new_release"),
    path("releases/<int:number>", tell.release, name="release"),
    path("releases/<int:number>/edit", tell.edit_release, name="edit_release"),
    path("releases/<int:number>/publish", tell.publish, name="publish_release"),
    path("releases/<int:number>/silent", tell_silent.silent, name="release_silent"),
    path("bets/<int:number>/half", staged.staged, name="staged"),
    path("half/<int:number>/people", staged.staged_people, name="staged_people"),
    path("half/people/<int:number>/leave-out", staged.leave_out, name="leave_out_of_draw"),
    path("decisions/<int:number>", tell_decided.decided, name="decided"),
    path("updates", updates.updates, name="updates"),
    path("updates/<int:number>/send", updates.send, name="send_update"),
    path("debt", debt.debt, name="debt"),
    path("debt/answer", debt.answer, name="answer_debt"),
    path("debt/targets", debt.targets, name="debt_targets"),
    path("notices", tell.notices, name="notices"),
    path("notices/<int:number>/again", tell.send_again, name="send_again"),
    path("notices/<int:number>/told", tell.told, name="mark_told"),
]
