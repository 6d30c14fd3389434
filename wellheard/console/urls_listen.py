from django.urls import path

from .views import capture, imports, listen, widget

urlpatterns = [
    path("", listen.inbox, name="listen"),
    path("capture", capture.capture, name="capture"),
    path("capture/who", capture.who, name="capture_who"),
    path("capture/alike", capture.alike, name="capture_alike"),
    path("relayed", capture.relayed, name="relayed"),
    path("triage", listen.triage, name="triage"),
    path("sort", listen.sort_many, name="sort_voices"),
    path("voices/<int:number>", listen.voice, name="voice"),
    path("voices/<int:number>/author", listen.say_who, name="say_who"),
    path("voices/<int:number>/place", listen.place, name="place_voice"),
    path("voices/<int:number>/answer", widget.answer, name="answer_voice"),
    path("pictures/<int:number>", widget.picture, name="voice_picture"),
    path("voices/<int:number>/sort", listen.sort, name="sort_voice"),
    path("imports", imports.imports, name="imports"),
    path("imports/<int:number>", imports.one, name="import"),
    path("imports/<int:number>/mapping", imports.mapping, name="import_mapping"),
    path("imports/<int:number>/do", imports.change, name="change_import"),
    path("imports/<int:number>/refused.csv", imports.refused, name="import_refused"),
]
