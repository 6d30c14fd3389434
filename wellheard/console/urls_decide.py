"""Viewers see; editors state bets, start work and decide."""

from django.urls import path

from .views import board, costs, decide, decisions, empathy, scores, trackers
from .views import board, costs, decide, decisions, empathy, scores, stakeholders

urlpatterns = [
    path("", decide.decide, name="decide"),
    path("bets/new", decide.new_bet, name="new_bet"),
    path("bets/<int:number>", decide.bet, name="bet"),
    path("bets/<int:number>/people", decide.people, name="bet_people"),
    path("bets/<int:number>/accounts", decide.accounts, name="bet_accounts"),
    path("bets/<int:number>/revise", decide.revise, name="revise_bet"),
    path("bets/<int:number>/start", decide.start, name="start_bet"),
    path("bets/<int:number>/move", board.move, name="move_bet"),
    path("bets/<int:number>/drop", decide.drop, name="drop_bet"),
    path("bets/<int:number>/decide", decide.log_decision, name="decide_bet"),
    path("bets/<int:number>/file", board.file_bet, name="file_bet"),
    path("bets/<int:number>/public", board.show_bet, name="show_bet"),
    path("bets/<int:number>/costs", costs.costs, name="costs"),
    path("bets/<int:number>/worth", costs.set_worth, name="set_worth"),
    path("costs/<int:number>", costs.edit_cost, name="edit_cost"),
    path("costs/<int:number>/drop", costs.drop_cost, name="drop_cost"),
    path("bets/<int:number>/issues", trackers.make_issue, name="make_issue"),
    path("issues/<int:number>", trackers.change_issue, name="change_issue"),
    path("scores", scores.scores, name="scores"),
    path("scores/method", scores.set_scheme, name="set_scheme"),
    path("bets/<int:number>/inputs", scores.bet_inputs, name="bet_inputs"),
    path("decisions/", decisions.index, name="decisions"),
    path("decisions/new", decisions.new, name="new_decision"),
    path("decisions/<int:number>", decisions.one, name="decision"),
    path("decisions/<int:number>/add", decisions.add, name="add_to_decision"),
    path("decisions/<int:number>/hurt", empathy.whom, name="whom_it_hurts"),
    path("decisions/<int:number>/acknowledge", empathy.acknowledge, name="acknowledge_decision"),
    path("decisions/<int:number>/remind", empathy.remind, name="remind_owners"),
    path("decisions/<int:number>/prepare", empathy.prepare, name="prepare_decision"),
    path("follow-ups/", empathy.all_follow_ups, name="follow_ups"),
    path("follow-ups/<int:number>/close", empathy.close, name="close_follow_up"),
    path("stakeholders/", stakeholders.index, name="stakeholders"),
    path("stakeholders/new", stakeholders.new, name="new_stakeholder"),
    path("stakeholders/bring", stakeholders.bring, name="bring_stakeholders"),
    path("stakeholders/<int:number>", stakeholders.one, name="stakeholder"),
    path("stakeholders/<int:number>/touch", stakeholders.touch, name="touch_stakeholder"),
    path("stakeholders/<int:number>/change", stakeholders.change, name="change_stakeholder"),
    path("decisions/<int:number>/change", decisions.change, name="change_decision"),
]
