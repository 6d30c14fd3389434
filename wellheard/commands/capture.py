"""capture: note what somebody said."""

from __future__ import annotations

import click

from wellheard.listen.models import Channel, DealStage, Kind
from wellheard.listen.services import voices

from .answer import Answer, Refused, workspace_access


@click.command()
@click.argument("text")
@click.option("--who", default="", help="E-mail address, id or name of who said it.")
@click.option("--account", default="", help="The account they spoke for; else their only one.")
@click.option("--channel", type=click.Choice(Channel.values), default="other", show_default=True)
@click.option("--kind", type=click.Choice([k for k in Kind.values if k]), default=None)
@click.option("--deal", default="", metavar="AMOUNT", help="What hangs on it, such as 12000.")
@click.option("--currency", default="", help="Of the deal; the workspace's when not given.")
@click.option(
    "--stage", type=click.Choice([s for s in DealStage.values if s]), default=None, help="How the deal stands."
)
@click.option("--url", default="", help="Where it was said.")
@click.option("--workspace", "slug", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def capture(
    text: str, who: str, account: str, channel: str, kind: str | None, deal: str, currency: str, stage: str | None,
    url: str, slug: str, as_json: bool,
) -> Answer:  # fmt: skip
    """Note what somebody said, as their word."""
    try:
        made = voices.capture(
            workspace_access(slug), text, who=who, account=account, channel=channel, kind=kind or "", relayed=False,
            deal_amount=deal, deal_currency=currency, deal_stage=stage or "", url=url,
        )  # fmt: skip
    except ValueError as e:
        raise Refused(str(e)) from None
    by = str(made.author) if made.author else None
    return Answer({"id": made.pk, "author": by}, f"Noted, by {by or 'nobody known'} (voice {made.pk}).")


COMMANDS = [capture]
