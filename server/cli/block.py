"""`antipole block add|remove|list`."""

from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory, given
from server.cli.run import run_command

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
