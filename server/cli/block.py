"""`antipole block add|remove|list|import|export`."""

import base64
from pathlib import Path
from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory, given
from server.cli.run import CommandLineError, run_command

_LARGEST_LIST = 8 * 1024 * 1024

application = typer.Typer(help="Whom this instance refuses.", no_args_is_help=True)

Target = Annotated[str, typer.Argument(metavar="TARGET", help="A host, an origin, or an actor's id.")]


Reason = Annotated[str | None, typer.Option(help="One sentence for whoever keeps the list.")]


@application.command()
def add(directory: Directory, target: Target, reason: Reason = None) -> None:
    """Refuse all that comes from there, and drop its followers without a word."""
    run_command(directory, "block.add", given(target=target, reason=reason))


@application.command()
def remove(directory: Directory, target: Target) -> None:
    """Listen again."""
    run_command(directory, "block.remove", {"target": target})


@application.command("list")
def list_(directory: Directory) -> None:
    """What is blocked, one line each."""
    for line in run_command(directory, "block.list", {})["lines"]:
        answer(line)


@application.command("import")
def import_(
    directory: Directory,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV as Mastodon exports it, or one host in each line.")
    ],
) -> None:
    """Block every server of a list. Rows that are only limited or noted there are skipped."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_LIST + 1)
    except OSError as error:
        raise CommandLineError(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > _LARGEST_LIST:
        raise CommandLineError(f"{file} is larger than 8 MiB: no list of blocks is.")
    result = run_command(directory, "block.import", {"list": base64.b64encode(content).decode()})
    answer(f"new {result['added']}")
    answer(f"known {result['known']}")


@application.command("export")
def export(
    directory: Directory,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also single accounts and your reasons: for yourself, not to pass on."),
    ] = False,
) -> None:
    """Write the blocked servers as the CSV that Mastodon and `block import` read."""
    answer(run_command(directory, "block.export", {"everything": everything})["list"].removesuffix("\n"))
