"""One instance with both roles for all tests here, in a process of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.doors.stranger import Stranger
from tests.peers.instance import Instance


class Served(Instance):
    """An instance whose tables and log may be looked at, and that has one initiative of its own."""

    @property
    def inbox(self) -> str:
        return f"{self.origin}/inbox"

    @property
    def hub(self) -> str:
        return f"{self.origin}/actors/hub"

    def memory(self) -> int:
        """Bytes that the server's process holds in memory now."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def rows(self) -> dict[str, int]:
        """How many rows each table has, read beside the running server."""
        address = f"file:{self.directory}/antipole.sqlite3?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for (name,) in tables
            }


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Ends with a look into its log: whatever strangers sent, nothing of it is worth a line there."""
    with Served(tmp_path_factory.mktemp("doors") / "served", 21, "initiative,hub", "Served") as instance:
        instance.command("initiative", "add", "garden", name="Garden")
        yield instance
    log = instance.log.read_text()
    assert "Traceback" not in log
    assert "mistake" not in log
    assert " 127.0.0." not in log.replace(instance.origin, "").replace("inside 127.0.0.0/8", "")


@pytest.fixture(scope="session")
def stranger() -> Iterator[Stranger]:
    with Stranger(22) as server:
        yield server


@pytest.fixture(scope="session")
def acquaintance() -> Iterator[Stranger]:
    """Another stranger's server, on another address."""
    with Stranger(23) as server:
        yield server
