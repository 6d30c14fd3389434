"""The team's pages. Each view fetches through people.access, so this list is the security policy of the console."""

from django.urls import include, path

from .views import pulse, search

urlpatterns = [
    path("", pulse.workspaces, name="workspaces"),
    path(
        "w/<slug:slug>/",
        include(
            [
                path("", pulse.pulse, name="pulse"),
                path("search", search.search, name="search"),
                path("people/", include("wellheard.console.urls_people")),
                path("listen/", include("wellheard.console.urls_listen")),
                path("portal/", include("wellheard.console.urls_portal")),
                path("understand/", include("wellheard.console.urls_understand")),
                path("decide/", include("wellheard.console.urls_decide")),
                path("tell/", include("wellheard.console.urls_tell")),
                path("measure/", include("wellheard.console.urls_measure")),
                path("settings/", include("wellheard.console.urls_settings")),
            ]
        ),
    ),
]
