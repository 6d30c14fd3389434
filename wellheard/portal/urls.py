"""What anybody may open. A person's own page and the unsubscribe page are open to who knows their address."""

from django.urls import path

from .views import board, news, own

urlpatterns = [
    path("p/<slug:slug>/", board.board, name="portal"),
    path("p/<slug:slug>/post", board.post, name="post_idea"),
    path("p/<slug:slug>/ideas/<int:number>", board.idea, name="idea"),
    path("p/<slug:slug>/ideas/<int:number>/vote", board.vote, name="vote"),
    path("p/<slug:slug>/ideas/<int:number>/follow", board.follow, name="follow"),
    path("p/<slug:slug>/changelog", news.changelog, name="changelog"),
    path("p/<slug:slug>/changelog.atom", news.feed, name="feed"),
    path("p/<slug:slug>/confirm/<str:token>", own.confirm, name="confirm_address"),
    path("me/<str:key>", own.page, name="my_page"),
    path("me/<str:key>/seen", own.seen, name="my_page_seen"),
    path("me/<str:key>/mail", own.mail, name="my_page_mail"),
    path("u/<str:key>", own.unsubscribe, name="unsubscribe"),
]
