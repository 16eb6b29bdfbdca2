"""`antipole work`: deliveries, errands and chores in a process of their own, beside those that answer."""

from server import settings
from server.cli.parameters import Directory
from server.cli.run import CommandLineError
from server.cli.serve import quiet_logs
from server.paths import InstancePaths


def work(directory: Directory) -> None:
    """Send and fetch beside `serve --web`, on PostgreSQL, until Ctrl-C or SIGTERM. Any number, on any machine."""
    # The whole application: no other verb waits for this import.
    from server.cli.working import work_until_told

    if not settings.load(directory).is_shared:
        raise CommandLineError(
            f"{directory} keeps its data in SQLite, which one process has to itself: `antipole serve` does this "
            "work as well; more processes need PostgreSQL (docs/howto/grow.md)."
        )
    quiet_logs()
    work_until_told(InstancePaths(directory.absolute()))
