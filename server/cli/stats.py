"""`antipole stats`."""

import json
from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import run_command


def stats(
    directory: Directory,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")] = False,
) -> None:
    """How much there is of everything."""
    counts = run_command(directory, "stats", {})
    if as_json:
        answer(json.dumps(counts))
        return
    for name, number in counts.items():
        answer(f"{number:>9}  {name.replace('_', ' ')}")
