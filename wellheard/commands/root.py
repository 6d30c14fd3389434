"""The tree of commands."""

from __future__ import annotations

import click

from . import (
    asking,
    boards,
    capture,
    celebrate,
    checkins,
    debt,
    deciding,
    decisions,
    digest,
    empathy,
    experiments,
    flags,
    importing,
    language,
    ledger,
    loop,
    mail,
    meaning,
    money,
    outcomes,
    people,
    portal,
    problems,
    running_commands,
    searching,
    segments,
    sorting,
    sources,
    staged,
    stakeholders,
    tell,
    watch,
    webhooks,
    workspaces,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="wellheard")
@click.pass_context
def cli(context: click.Context) -> None:
    """Wellheard: of the people who asked, did what you shipped change what they do?"""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for module in (
    asking,
    boards,
    capture,
    importing,
    language,
    ledger,
    loop,
    mail,
    meaning,
    money,
    people,
    portal,
    problems,
    running_commands,
    searching,
    segments,
    sorting,
    sources,
    outcomes,
    watch,
    staged,
    experiments,
    stakeholders,
    tell,
    debt,
    workspaces,
    checkins,
    deciding,
    webhooks,
    decisions,
    digest,
    empathy,
    celebrate,
    flags,
):
    for command in module.COMMANDS:
        cli.add_command(command)
