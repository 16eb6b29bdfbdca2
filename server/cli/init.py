"""`antipole init`: an instance's directory, settings and empty database."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from server import settings
from server.cli.output import tell
from server.cli.run import CommandLineError
from server.paths import InstancePaths
from server.storage.opening import open_database


def init(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where to keep it: absent or empty.", show_default=False),
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="The public address, like https://hub.example. It never changes.")
    ] = None,
    roles: Annotated[str | None, typer.Option(help="initiative, hub, or initiative,hub.")] = None,
    name: Annotated[str, typer.Option(help="What the instance is called; else its host.")] = "",
    hub_handle: Annotated[str, typer.Option(help="The hub's handle.")] = "hub",
    secure_mode: Annotated[
        bool,
        typer.Option(
            "--secure-mode", help="Give documents only to servers that sign for them and are not blocked."
        ),
    ] = False,
    account_domain: Annotated[
        str,
        typer.Option(
            metavar="DOMAIN",
            help="What stands behind the @ of handles, like example.org, when that is not the host of the "
            "address. Its WebFinger must lead here. It never changes.",
        ),
    ] = "",
    allow_network: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Talk also to addresses in this network, by http and on any port."),
    ] = None,
    database: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="postgresql://user@host/name of an empty PostgreSQL database that is there already; else "
            "SQLite in DIR.",
        ),
    ] = "",
) -> None:
    """Make a new instance."""
    place = directory or Path(_asked("DIR", "Directory"))
    _require_free(place)
    made = settings.make(
        place,
        origin=origin or _asked("--origin", "Public address (https://...)"),
        roles=(roles or _asked("--roles", "Roles (initiative, hub, or initiative,hub)")).split(","),
        name=name,
        hub_handle=hub_handle,
        allowed_networks=allow_network or (),
        secure_mode=secure_mode,
        account_domain=account_domain,
        database=database,
    )
    _make(place, made)
    tell(f"Made {place} for {made.origin}. Start it with: antipole serve {place}")


def _asked(what: str, question: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandLineError(f"{what} is missing: `antipole init --help` shows what init needs.")
    return str(typer.prompt(question, err=True))


def _require_free(place: Path) -> None:
    if place.is_dir():
        if any(place.iterdir()):
            raise CommandLineError(f"{place} is not empty: choose a directory that is absent or empty.")
    elif place.exists():
        raise CommandLineError(f"{place} is a file: choose a directory that is absent or empty.")


def _make(place: Path, made: settings.Settings) -> None:
    paths = InstancePaths(place)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.chmod(0o700)
    try:
        asyncio.run(_make_database(made.database, paths.database))
        # Last: a directory without settings is no instance, whatever happened before.
        settings.write(place, made)
    except BaseException:
        for left in (*place.glob(f"{paths.database.name}*"), paths.settings):
            with contextlib.suppress(OSError):
                left.unlink()
        raise


async def _make_database(address: str, path: Path) -> None:
    try:
        database = await open_database(address, path, create=True)
    except FileExistsError as error:
        if not address:
            raise
        raise CommandLineError(str(error)) from error
    await database.close()
