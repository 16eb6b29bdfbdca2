"""`antipole initiative add|edit|remove|list`."""

from typing import Annotated, Any

import typer

from server.cli.output import answer
from server.cli.parameters import Directory, Handle, given, icon_of, links_of
from server.cli.run import run_command

application = typer.Typer(help="Initiatives that live on this instance.", no_args_is_help=True)

Summary = Annotated[str | None, typer.Option(help="What it does, in Markdown.")]
Languages = Annotated[list[str] | None, typer.Option(metavar="L", help="A language it speaks (BCP 47).")]
Place = Annotated[str | None, typer.Option(help='A place like "Leipzig, DE", or undisclosed.')]
Themes = Annotated[list[str] | None, typer.Option(metavar="T", help="A theme it works on.")]
Links = Annotated[list[str] | None, typer.Option(metavar="NAME=URL", help="A link for its profile.")]
Icon = Annotated[str | None, typer.Option(metavar="FILE", help="A picture; its metadata is dropped.")]
IconAlt = Annotated[str | None, typer.Option(help="What the picture shows, for those who cannot see it.")]


@application.command()
def add(
    directory: Directory,
    handle: Handle,
    name: Annotated[str, typer.Option(help="Its name.")],
    summary: Summary = None,
    language: Languages = None,
    place: Place = None,
    theme: Themes = None,
    link: Links = None,
    icon: Icon = None,
    icon_alt: IconAlt = None,
) -> None:
    """Add an initiative; prints its handle and its actor's id."""
    profile = _profile(name, summary, language, place, theme, link, icon, icon_alt)
    result = run_command(directory, "initiative.add", {"handle": handle, **profile})
    answer(f"{result['handle']} {result['uri']}")


@application.command()
def edit(
    directory: Directory,
    handle: Handle,
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    summary: Summary = None,
    language: Languages = None,
    place: Place = None,
    theme: Themes = None,
    link: Links = None,
    icon: Icon = None,
    icon_alt: IconAlt = None,
) -> None:
    """Change only what is given; an empty value takes it away."""
    profile = _profile(name, summary, language, place, theme, link, icon, icon_alt)
    run_command(directory, "initiative.edit", {"handle": handle, **profile})


@application.command()
def remove(directory: Directory, handle: Handle) -> None:
    """Delete the initiative, here and at its followers. Its handle is never given again."""
    run_command(directory, "initiative.remove", {"handle": handle})


def _profile(
    name: str | None,
    summary: str | None,
    language: list[str] | None,
    place: str | None,
    theme: list[str] | None,
    link: list[str] | None,
    icon: str | None,
    icon_alt: str | None,
) -> dict[str, Any]:
    return given(
        name=name,
        summary=summary,
        languages=language,
        place=place,
        themes=theme,
        links=links_of(link),
        icon=icon_of(icon),
        icon_alt=icon_alt,
    )


@application.command("list")
def listed(directory: Directory) -> None:
    """The initiatives of this instance, one line each."""
    for line in run_command(directory, "initiative.list", {})["lines"]:
        answer(line)
