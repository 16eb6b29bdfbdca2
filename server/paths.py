"""Where an instance keeps its files, and where the program keeps its own."""

from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class InstancePaths:
    """The files of one instance's directory."""

    directory: Path

    @property
    def settings(self) -> Path:
        return self.directory / "antipole.toml"

    @property
    def database(self) -> Path:
        return self.directory / "antipole.sqlite3"

    @property
    def lock(self) -> Path:
        """Held by whoever has the database open for writing (`server/control/lock.py`)."""
        return self.directory / "lock"

    @property
    def socket(self) -> Path:
        """How the command line talks to a running server."""
        return self.directory / "control.sock"

    @property
    def importing(self) -> Path:
        """Which file an unfinished import takes in."""
        return self.directory / "importing"

    @property
    def media(self) -> Path:
        """Re-encoded pictures under random names."""
        return self.directory / "media"


def templates_dir() -> Path:
    """A wheel carries the templates inside the package, a checkout beside it (`pyproject.toml`)."""
    inside = _PACKAGE / "templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"


def static_dir() -> Path:
    return _PACKAGE / "static"


def locale_dir() -> Path:
    return _PACKAGE / "locale"
