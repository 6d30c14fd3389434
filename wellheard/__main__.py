"""`wellheard …`: sets Django up and hands over to the commands."""

import gc
import json
import os
import sys
from contextlib import suppress

import click


def run(argv: list[str]) -> tuple[int, str, str]:
    """Run one command line in this process → exit code, standard output, standard error."""
    from django.db import OperationalError

    from wellheard.commands.answer import Answer
    from wellheard.commands.root import cli

    try:
        with cli.make_context("wellheard", argv) as context:
            answer = cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code, "", ""
    except click.UsageError as wrong:
        help_line = f"{wrong.ctx.get_usage()}\n" if wrong.ctx else ""
        return 2, "", f"{help_line}{wrong.format_message()}\n"
    except click.ClickException as refused:
        return refused.exit_code, "", f"{refused.format_message()}\n"
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 1, "", "Stopped before it was done.\n"
    except OperationalError as failed:
        return (
            1,
            "",
            f"The database does not answer ({str(failed).strip()}). Try again; if it is new: wellheard migrate\n",
        )
    if isinstance(answer, Answer):
        return 0, answer.show("--json" in argv) + "\n", ""
    return 0, "", ""


def through_server(argv: list[str]) -> tuple[int, str, str]:
    """Let the running server that holds the data folder do it."""
    import httpx

    from wellheard.commands.running import server_file

    try:
        server = json.loads(server_file().read_text())
        reply = httpx.post(
            f"{server['url']}/-/command",
            json={"argv": argv, "cwd": os.getcwd()},
            headers={"Authorization": f"Bearer {server['secret']}"},
            timeout=None,  # noqa: S113 - an import may take hours
        )
        reply.raise_for_status()
        body = reply.json()
        return body["code"], body["out"], body["err"]
    except httpx.HTTPStatusError as failed:
        return 1, "", f"The running server could not do it ({failed.response.status_code}); its log says why.\n"
    except (OSError, ValueError, KeyError, httpx.HTTPError) as failed:
        return 1, "", f"Another process holds the data folder and does not answer ({failed}). Stop it or wait.\n"


def close_store() -> None:
    from wellheard import store

    with suppress(store.Closed):
        store.get().close()


def main() -> None:
    gc.disable()  # nothing that is loaded now becomes garbage, and looking for some took a quarter of the time
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellheard.settings")
    import django

    django.setup()
    from wellheard import store
    from wellheard.commands import root  # noqa: F401

    gc.freeze()
    gc.enable()
    argv = sys.argv[1:]
    try:
        code, out, err = run(argv)
    except store.HeldElsewhere:
        code, out, err = through_server(argv)
    finally:
        close_store()
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(code)


if __name__ == "__main__":
    main()
