"""Every address of the product, top to bottom.

Open to anybody: sign-in, the portal, a person's own page (its address is the secret), one-click unsubscribe,
health. Members only: everything under /w/. Tokens only: /api/. Event intake (/v1/) never reaches Django.
"""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("wellheard.portal.urls")),
    path("", include("wellheard.api.urls")),
    path("", include("wellheard.console.urls")),
]
