"""`antipole backup`."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import CommandLineError, run_command


def backup(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A tar file that does not exist yet.")],
) -> None:
    """Write all of the instance into one file, also while it runs. The file holds the keys: encrypt it."""
    # The server may have another working directory.
    written = Path(run_command(directory, "backup", {"file": str(file.absolute())})["file"])
    # Under a unit with PrivateTmp the server's /tmp is another one, and ends with the server.
    if not written.exists():
        raise CommandLineError(
            f"The server wrote {written} where only the server can see it: choose a file in its own directory, "
            f"like {directory.absolute() / 'backup.tar'}."
        )
    answer(str(written))
