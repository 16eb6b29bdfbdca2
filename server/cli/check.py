"""`antipole check`."""

import typer

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import run_command


def check(directory: Directory) -> None:
    """Origin, clock, database, keys and WebFinger; exit status 2 when something is wrong."""
    result = run_command(directory, "check", {})
    # `server/__main__.py` looks before any verb runs.
    answer("ok: the federation package is Antipole's own")
    for line in result["lines"]:
        answer(line)
    if result["problems"]:
        raise typer.Exit(2)
