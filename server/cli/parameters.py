"""What several verbs take, and how words of the command line become arguments of a command."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from server.cli.run import CommandLineError

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The instance's directory.")]
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The initiative's handle, without @ and host.")]

LARGEST_ICON = 8 * 1024 * 1024


def given(**values: Any) -> dict[str, Any]:
    """Only what was given: an absent option changes nothing, an empty one ("") empties."""
    return {name: _emptied(value) for name, value in values.items() if value is not None and value != []}


def _emptied(value: Any) -> Any:
    return [] if value == [""] else value


def links_of(texts: Sequence[str] | None) -> list[Any] | None:
    """`Name=https://...` -> [name, address]; a single empty text stays, for `given` to empty the list."""
    if not texts or list(texts) == [""]:
        return list(texts or ()) or None
    pairs = []
    for text in texts:
        name, equals, url = text.partition("=")
        if not equals or not name.strip() or not url.strip():
            raise CommandLineError(
                f'--link {text!r} will not do: write it like "Website=https://our.example".'
            )
        pairs.append([name.strip(), url.strip()])
    return pairs


def icon_of(file: str | None) -> str | None:
    """The picture's bytes in base64."""
    if not file:
        return file
    try:
        with open(file, "rb") as picture:
            content = picture.read(LARGEST_ICON + 1)
    except OSError as error:
        raise CommandLineError(f"--icon {file} cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST_ICON:
        raise CommandLineError(f"--icon {file} is larger than 8 MiB: make it smaller.")
    return base64.b64encode(content).decode()
