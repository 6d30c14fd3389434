from django.urls import path

from .views import portal_boards, portal_ideas, portal_queue

urlpatterns = [
    path("", portal_ideas.ideas, name="team_ideas"),
    path("ideas/<int:number>", portal_ideas.one, name="team_idea"),
    path("ideas/<int:number>/votes", portal_ideas.votes, name="team_votes"),
    path("ideas/<int:number>/votes.csv", portal_ideas.votes_csv, name="votes_csv"),
    path("ideas/<int:number>/answer", portal_ideas.answer, name="team_answer"),
    path("ideas/<int:number>/change", portal_ideas.change, name="change_idea"),
    path("ideas/<int:number>/switch", portal_ideas.switch, name="switch_idea"),
    path("ideas/<int:number>/note", portal_ideas.note, name="note_idea"),
    path("ideas/<int:number>/vote-for", portal_ideas.vote_for, name="vote_for"),
    path("ideas/<int:number>/discount", portal_ideas.discount, name="discount_votes"),
    path("ideas/<int:number>/merge", portal_ideas.merge, name="merge_idea"),
    path("ideas/<int:number>/unmerge", portal_ideas.unmerge, name="unmerge_idea"),
    path("ideas.csv", portal_ideas.ideas_csv, name="ideas_csv"),
    path("comments.csv", portal_ideas.comments_csv, name="comments_csv"),
    path("queue", portal_queue.queue, name="queue"),
    path("queue/decide", portal_queue.decide, name="decide_queue"),
    path("boards", portal_boards.boards, name="boards"),
    path("boards/new", portal_boards.new, name="new_board"),
    path("boards/<int:number>", portal_boards.edit, name="edit_board"),
    path("look", portal_boards.look, name="portal_look"),
]
