"""`antipole call publish|edit|close|withdraw`."""

from typing import Annotated

import typer

from server.cli.output import answer
from server.cli.parameters import Directory, Handle, given
from server.cli.run import run_command

application = typer.Typer(help="Calls to action.", no_args_is_help=True)

Uri = Annotated[str, typer.Argument(metavar="URI", help="The call, as `publish` printed it.")]
Kind = Annotated[
    str | None, typer.Option(help="write, sign, translate, host, teach, attend, skill or spread.")
]
Size = Annotated[str | None, typer.Option(help="minutes, hour, day or ongoing.")]
Language = Annotated[
    str | None, typer.Option(help="The text's language (BCP 47); else the initiative's first.")
]
Themes = Annotated[list[str] | None, typer.Option(metavar="T", help="A theme of this call.")]
Start = Annotated[str | None, typer.Option(metavar="D", help="A date, or ISO 8601 with an offset.")]
Deadline = Annotated[str | None, typer.Option(metavar="D", help="A date, or ISO 8601 with an offset.")]
Place = Annotated[str | None, typer.Option(help='A place like "Leipzig, DE", or undisclosed.')]
Link = Annotated[str | None, typer.Option(metavar="URL", help="Where it is done.")]
Event = Annotated[
    bool | None,
    typer.Option("--event/--no-event", help="Offer it to calendars as well; needs a start with a time."),
]


@application.command()
def publish(
    directory: Directory,
    handle: Handle,
    title: Annotated[str, typer.Option(help="One line.")],
    text: Annotated[str, typer.Option(help="What to do and why, in Markdown.")],
    kind: Kind = None,
    size: Size = None,
    language: Language = None,
    theme: Themes = None,
    start: Start = None,
    deadline: Deadline = None,
    place: Place = None,
    link: Link = None,
    event: Event = None,
) -> None:
    """Publish a call; prints its URI."""
    facts = given(
        title=title,
        text=text,
        kind=kind,
        size=size,
        language=language,
        themes=theme,
        start=start,
        deadline=deadline,
        place=place,
        link=link,
        event=event,
    )
    answer(run_command(directory, "call.publish", {"handle": handle, **facts})["uri"])


@application.command()
def edit(
    directory: Directory,
    uri: Uri,
    title: Annotated[str | None, typer.Option(help="One line.")] = None,
    text: Annotated[str | None, typer.Option(help="What to do and why, in Markdown.")] = None,
    kind: Kind = None,
    size: Size = None,
    language: Language = None,
    theme: Themes = None,
    start: Start = None,
    deadline: Deadline = None,
    place: Place = None,
    link: Link = None,
    event: Event = None,
) -> None:
    """Change only what is given; an empty value takes it away."""
    facts = given(
        title=title,
        text=text,
        kind=kind,
        size=size,
        language=language,
        themes=theme,
        start=start,
        deadline=deadline,
        place=place,
        link=link,
        event=event,
    )
    run_command(directory, "call.edit", {"uri": uri, **facts})


@application.command()
def close(
    directory: Directory,
    uri: Uri,
    outcome: Annotated[str | None, typer.Option(help="One sentence: what came of it.")] = None,
) -> None:
    """Say "enough, thank you": the call stays readable."""
    run_command(directory, "call.close", given(uri=uri, outcome=outcome))


@application.command()
def withdraw(directory: Directory, uri: Uri) -> None:
    """Delete the call, here and where it went."""
    run_command(directory, "call.withdraw", {"uri": uri})
