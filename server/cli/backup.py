"""`antipole backup`."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import run_command


def backup(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A tar file that does not exist yet.")],
) -> None:
    """Write all of the instance into one file, also while it runs. The file holds the keys: encrypt it."""
    # The server may have another working directory.
    answer(run_command(directory, "backup", {"file": str(file.absolute())})["file"])
