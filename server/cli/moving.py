"""`antipole export` and `antipole import`: an instance moves between SQLite and PostgreSQL, or to another machine."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from server.cli.output import answer, tell
from server.cli.parameters import Directory
from server.cli.run import CommandLineError, run_command
from server.control.exporting import room_of
from server.control.importing import import_instance
from server.control.progress import read_progress

LOOK_EVERY = 0.2


def export(
    directory: Directory,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Write all of the instance into one file that either kind of database can take in. It holds the keys."""
    target = file.absolute()
    with _bar("Exporting") as bar, ThreadPoolExecutor(1) as beside:
        # The server may be the one that writes: how far it is stands beside the file.
        doing = beside.submit(run_command, directory, "export", {"file": str(target)})
        while not wait_for([doing], LOOK_EVERY).done:
            if (seen := read_progress(room_of(target))) is not None:
                bar.stands(*seen)
        result = doing.result()
        bar.stands(result["rows"], result["rows"])
    if not target.exists():
        raise CommandLineError(
            f"The server wrote {target} where only the server can see it: choose a file in its own directory, "
            f"like {directory.absolute() / 'antipole.export'}."
        )
    answer(str(target))


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `antipole export` wrote.")],
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to keep it: absent or empty.")],
    database: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="An empty PostgreSQL database, like postgresql://user@host/name; else SQLite.",
        ),
    ] = "",
) -> None:
    """Make an instance from an exported file. Interrupted, it goes on when the same command is given again."""
    if not file.is_file():
        raise CommandLineError(f"{file} is not there: give the file that `antipole export` wrote.")
    place = directory.absolute()
    with _bar("Importing") as bar:
        made = asyncio.run(import_instance(file, place, database, bar))
    tell(
        f"Made {directory} for {made.origin}. Only one server may speak for it: end the old one for good, "
        f"then start this one with: antipole serve {directory}"
    )


class _Lines:
    """For who does not look at a terminal: a line for each tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._done = 0
        self._total = 0
        self._told = -1

    def begin(self, total: int) -> None:
        self._total = total
        self._show()

    def add(self, number: int) -> None:
        self._done += number
        self._show()

    def stands(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._show()

    def _show(self) -> None:
        tenth = 10 * self._done // self._total if self._total else 10
        if tenth > self._told:
            self._told = tenth
            tell(f"{self._what}: {self._done} of {self._total}")


@contextmanager
def _bar(what: str) -> Iterator[Any]:
    if not sys.stderr.isatty():
        yield _Lines(what)
        return
    # Only who looks at a terminal waits for this import.
    from server.cli.bar import shown_bar

    with shown_bar(what) as bar:
        yield bar
