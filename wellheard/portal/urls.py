"""What anybody may open. A person's own page and the unsubscribe page are open to who knows their address."""

from django.urls import path

from .views import board, idea, news, own, sign_in, site, widget

urlpatterns = [
    path("robots.txt", site.robots, name="robots"),
    path("p/<slug:slug>/", board.board, name="portal"),
    path("p/<slug:slug>/boards/<slug:board>/", board.board, name="board"),
    path("p/<slug:slug>/post", board.post, name="post_idea"),
    path("p/<slug:slug>/similar", board.similar, name="similar_ideas"),
    path("p/<slug:slug>/ideas/<int:number>", idea.idea, name="idea"),
    path("p/<slug:slug>/ideas/<int:number>/vote", board.vote, name="vote"),
    path("p/<slug:slug>/ideas/<int:number>/follow", idea.follow, name="follow"),
    path("p/<slug:slug>/ideas/<int:number>/comments", idea.comment, name="comment"),
    path("p/<slug:slug>/comments/<int:number>", idea.edit_comment, name="edit_comment"),
    path("p/<slug:slug>/roadmap", site.roadmap, name="roadmap"),
    path("p/<slug:slug>/changelog", news.changelog, name="changelog"),
    path("p/<slug:slug>/changelog.atom", news.feed, name="feed"),
    path("p/<slug:slug>/sign-in", sign_in.start, name="sign_in"),
    path("p/<slug:slug>/sign-in/code", sign_in.code, name="sign_in_code"),
    path("p/<slug:slug>/sign-in/link/<str:token>", sign_in.link, name="sign_in_link"),
    path("p/<slug:slug>/sign-in/account", sign_in.account, name="sign_in_account"),
    path("p/<slug:slug>/sign-in/account/back", sign_in.account_back, name="sign_in_account_back"),
    path("p/<slug:slug>/sign-out", sign_in.out, name="sign_out"),
    path("p/<slug:slug>/language", sign_in.language, name="language"),
    path("p/<slug:slug>/look.css", site.style, name="portal_style"),
    path("p/<slug:slug>/logo", site.logo, name="portal_logo"),
    path("p/<slug:slug>/sitemap.xml", site.sitemap, name="sitemap"),
    path("p/<slug:slug>/confirm/<str:token>", own.confirm, name="confirm_address"),
    path("widget.js", widget.script, name="widget_script"),
    path("widget/<slug:slug>/hello", widget.hello, name="widget_hello"),
    path("widget/<slug:slug>/say", widget.say, name="widget_say"),
    path("widget/<slug:slug>/inbox", widget.inbox, name="widget_inbox"),
    path("me/<str:key>", own.page, name="my_page"),
    path("me/<str:key>/seen", own.seen, name="my_page_seen"),
    path("me/<str:key>/mail", own.mail, name="my_page_mail"),
    path("u/<str:key>", own.unsubscribe, name="unsubscribe"),
]
