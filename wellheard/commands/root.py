"""The tree of commands."""

from __future__ import annotations

import click

<<<<<<< HEAD
from . import asking, boards, importing, loop, money, running_commands, segments, workspaces
=======
from . import asking, boards, importing, loop, people, running_commands, segments, workspaces
>>>>>>> 4eaae7b (Merging on pages, over the API and on the command line, with likely doubles and a list to take apart from)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="wellheard")
@click.pass_context
def cli(context: click.Context) -> None:
    """Wellheard: of the people who asked, did what you shipped change what they do?"""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


<<<<<<< HEAD
for module in (running_commands, workspaces, importing, loop, asking, segments, boards, money):
=======
for module in (running_commands, workspaces, importing, loop, asking, segments, boards, people):
>>>>>>> 4eaae7b (Merging on pages, over the API and on the command line, with likely doubles and a list to take apart from)
    for command in module.COMMANDS:
        cli.add_command(command)
