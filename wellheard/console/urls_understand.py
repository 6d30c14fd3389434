"""Viewers see; contributors place voices; editors confirm, merge and decide."""

from django.urls import path

from .views import behaviour, chain, disagree, language, signals, themes, understand
from .views import understand_problem as problem

urlpatterns = [
    path("", understand.understand, name="understand"),
    path("disagree", disagree.disagree, name="disagree"),
    path("signals", signals.signals, name="signals"),
    path("language", language.language, name="language_audit"),
    path("language/check", language.check_text, name="language_check"),
    path("language/accept", language.accept, name="language_accept"),
    path("language/waive", language.waive, name="language_waive"),
    path("language/waivers/<int:number>", language.unwaive, name="language_unwaive"),
    path("settled", understand.settled, name="settled_problems"),
    path("problems/new", understand.new_problem, name="new_problem"),
    path("problems/<int:number>", problem.problem, name="problem"),
    path("problems/<int:number>/evidence", problem.evidence, name="problem_evidence"),
    path("problems/<int:number>/people", problem.people, name="problem_people"),
    path("problems/<int:number>/accounts", problem.accounts, name="problem_accounts"),
    path("problems/<int:number>/behaviour", behaviour.behaviour, name="problem_behaviour"),
    path("patterns/<int:number>/people", behaviour.people, name="behaviour_people"),
    path("patterns/<int:number>/untie", behaviour.untie, name="untie_pattern"),
    path("problems/<int:number>/chain", chain.chain, name="problem_chain"),
    path("problems/<int:number>/near", problem.near, name="problem_near"),
    path("problems/<int:number>/add", problem.add, name="add_evidence"),
    path("problems/<int:number>/move", problem.move, name="move_evidence"),
    path("problems/<int:number>/edit", problem.edit, name="edit_problem"),
    path("problems/<int:number>/merge", problem.merge, name="merge_problem"),
    path("problems/<int:number>/unmerge", problem.unmerge, name="unmerge_problem"),
    path("problems/<int:number>/decide", problem.decide, name="decide_problem"),
    path("themes", themes.themes, name="themes"),
    path("themes/look", themes.look, name="find_themes"),
    path("themes/<int:number>", themes.theme, name="theme"),
    path("themes/<int:number>/confirm", themes.confirm, name="confirm_theme"),
    path("themes/<int:number>/rename", themes.rename, name="rename_theme"),
    path("themes/<int:number>/propose", themes.propose, name="propose_theme"),
    path("themes/<int:number>/dismiss", themes.dismiss, name="dismiss_theme"),
]
