"""Words that the portal says but that are written elsewhere, named here so that the catalogues hold them."""

from django.utils.translation import gettext_noop as _

STATUSES = [_("Open"), _("Under consideration"), _("Planned"), _("In work"), _("Shipped"), _("Not planned")]
REFUSALS = [
    _("Say in a few words what you would like or what goes wrong."),
    _("Write your comment first."),
    _("Write your comment first, or delete it."),
    _("The team has closed the comments on this idea."),
    _("The comment you reply to is not there any more."),
    _("This board is archived; nothing new is written there."),
    _("A comment can be changed for an hour, by who wrote it."),
    _("Write your e-mail address."),
    _("Somebody used this address just now. Try again."),
]
