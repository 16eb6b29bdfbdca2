"""`antipole hub apply|leave|memberships|applications|admit|refuse|remove`.

Each returns once the wish is durable; workers do the rest.
"""

from typing import Annotated

import typer

from server.cli.output import answer, tell
from server.cli.parameters import Directory, Handle, given
from server.cli.run import run_command

application = typer.Typer(help="Getting onto a hub, and running one.", no_args_is_help=True)

Hub = Annotated[str, typer.Argument(metavar="HUB", help="@handle@host, or a URL.")]
Target = Annotated[str, typer.Argument(metavar="INITIATIVE", help="@handle@host, or the actor's id.")]
Reason = Annotated[str | None, typer.Option(help="One sentence for the initiative.")]


@application.command()
def apply(directory: Directory, handle: Handle, hub: Hub) -> None:
    """Ask a hub to list an initiative of this instance."""
    run_command(directory, "hub.apply", {"handle": handle, "hub": hub})
    tell(f"Noted; the server asks the hub. What becomes of it: antipole hub memberships {directory}")


@application.command()
def leave(directory: Directory, handle: Handle, hub: Hub) -> None:
    """Take an application or a listing back, by the name it was asked for under."""
    run_command(directory, "hub.leave", {"handle": handle, "hub": hub})


@application.command()
def memberships(directory: Directory) -> None:
    """What became of the applications of this instance's initiatives, one line each."""
    for line in run_command(directory, "hub.memberships", {})["lines"]:
        answer(line)


@application.command()
def applications(directory: Directory) -> None:
    """Who waits to be listed, one line each."""
    for line in run_command(directory, "hub.applications", {})["lines"]:
        answer(line)


@application.command()
def admit(directory: Directory, target: Target, reason: Reason = None) -> None:
    """List an initiative."""
    run_command(directory, "hub.admit", given(target=target, reason=reason))


@application.command()
def refuse(directory: Directory, target: Target, reason: Reason = None) -> None:
    """Say no to an application."""
    run_command(directory, "hub.refuse", given(target=target, reason=reason))


@application.command()
def remove(directory: Directory, target: Target, reason: Reason = None) -> None:
    """Take a listed initiative and its calls off the hub."""
    run_command(directory, "hub.remove", given(target=target, reason=reason))
