"""Every address of the product, top to bottom: the security policy.

Open to anybody: sign-in, one-time links (their secret is the right), health, the portal, a person's own page
(its address is the secret), unsubscribe, what Stripe, trackers and connected sources say (signed), ending a dashboard's mails. Tokens only: /api/. This machine's owner only: /-/command. Members
only, by role: everything under /w/. Event intake (/v1/) never reaches Django.
"""

from django.conf import settings
from django.urls import include, path

from wellheard.console.api import api
from wellheard.console.views import billing, boards, doors
from wellheard.decide import hooks as tracker_hooks
from wellheard.listen import hooks

# A mail provider's own doors exist only when a secret for them is set.
providers = [path("hooks/anymail/", include("anymail.urls"))] if settings.ANYMAIL["WEBHOOK_SECRET"] else []

urlpatterns = [
    *providers,
    path("-/health", doors.health, name="alive"),
    path("-/command", doors.command, name="command"),
    path("enter/<str:secret>", doors.enter, name="enter"),
    path("stop/<str:key>", boards.stop, name="stop_dashboard"),
    path("hooks/stripe/<str:key>", billing.hook, name="stripe_hook"),
    path("hooks/tracker/<str:public_id>", tracker_hooks.receive, name="tracker_hook"),
    path("hooks/<slug:source>/<str:public_id>", hooks.receive, name="hook"),
    path("accounts/", include("allauth.urls")),
    path("api/", api.urls),
    path("", include("wellheard.portal.urls")),
    path("", include("wellheard.console.urls")),
]
