"""`antipole account reset|list`."""

from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import run_command

application = typer.Typer(help="People who sign in to edit.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name that person signs in with.")]


@application.command()
def reset(directory: Directory, name: Name) -> None:
    """End a person's sessions and print a link with which they choose a new passphrase."""
    answer(run_command(directory, "account.reset", {"name": name})["url"])


@application.command("list")
def list_(directory: Directory) -> None:
    """Who signs in and what they may edit, one line each."""
    for line in run_command(directory, "account.list", {})["lines"]:
        answer(line)
