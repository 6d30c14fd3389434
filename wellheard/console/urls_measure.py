"""Viewers see, ask and subscribe; contributors make dashboards; editors change the team's, and have a bet measured again."""

from django.urls import path

from .views import ask, behind, boards, boards_change, earning, flags, measure

urlpatterns = [
    path("", measure.measure, name="measure"),
    path("bets/<int:number>", measure.outcome, name="outcome"),
    path("bets/<int:number>/people/<str:group>", measure.people, name="outcome_people"),
    path("bets/<int:number>/again", measure.again, name="measure_again"),
    path("bets/<int:number>/close", measure.close, name="close_bet"),
    path("learned", measure.learned, name="learned"),
    path("earning", earning.earning, name="earning"),
    path("earning/say", earning.say, name="say_earning"),
    path("ask", ask.ask, name="ask"),
    path("ask/<slug:kind>", ask.ask, name="ask_kind"),
    path("ask/<slug:kind>/behind", behind.behind, name="behind"),
    path("ask/<slug:kind>/behind/keep", behind.keep, name="keep_behind"),
    path("boards/", boards.boards, name="dashboards"),
    path("boards/all", boards.all_boards, name="all_dashboards"),
    path("boards/new", boards_change.new, name="new_dashboard"),
    path("boards/add", boards_change.add, name="add_tile"),
    path("boards/answer/<slug:kind>", boards.tile_answer, name="tile_answer"),
    path("boards/built-in/<slug:built>", boards.built_in, name="built_in"),
    path("boards/built-in/<slug:built>/copy", boards_change.copy_built_in, name="copy_built_in"),
    path("boards/built-in/<slug:built>/mail", boards_change.subscribe_built_in, name="subscribe_built_in"),
    path("boards/tiles/<int:number>", boards_change.edit_tile, name="edit_tile"),
    path("boards/tiles/<int:number>/move", boards_change.move_tile, name="move_tile"),
    path("boards/tiles/<int:number>/remove", boards_change.remove_tile, name="remove_tile"),
    path("boards/<int:number>", boards.board, name="dashboard"),
    path("boards/<int:number>/edit", boards_change.edit, name="edit_dashboard"),
    path("boards/<int:number>/arrange", boards_change.arrange, name="arrange_dashboard"),
    path("boards/<int:number>/copy", boards_change.copy, name="copy_dashboard"),
    path("boards/<int:number>/first", boards_change.open_first, name="open_first"),
    path("boards/<int:number>/mail", boards_change.subscribe, name="subscribe_dashboard"),
    path("boards/<int:number>/delete", boards_change.delete, name="delete_dashboard"),
    path("boards/<int:number>/restore", boards_change.restore, name="restore_dashboard"),
    path("flags/", flags.flags, name="flags"),
    path("flags/new", flags.new, name="new_flag"),
    path("flags/<int:number>", flags.flag, name="flag"),
    path("flags/<int:number>/edit", flags.edit, name="edit_flag"),
    path("flags/<int:number>/do", flags.do, name="do_flag"),
]
