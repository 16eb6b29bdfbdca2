"""`antipole setup-link`."""

from server.cli.output import answer
from server.cli.parameters import Directory
from server.cli.run import run_command


def setup_link(directory: Directory) -> None:
    """Print a link for the first account; it works once, for 30 minutes."""
    answer(run_command(directory, "setup-link", {})["url"])
