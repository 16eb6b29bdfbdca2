"""`ANTIPOLE_TEST_TWICE=1`: every unit of work is run, undone, and run again, as PostgreSQL does where two met.

Whatever a unit changes outside its transaction is then changed twice, and the test that minds fails.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from server.storage import units
from server.storage.database import Transaction


@contextlib.contextmanager
def every_unit() -> Iterator[None]:
    once = units._run_unit

    def twice(connection: sqlite3.Connection, work: Callable[[Transaction], Any]) -> units.Outcome[Any]:
        connection.execute("SAVEPOINT rehearsal")
        # What it raises it raises again.
        with contextlib.suppress(Exception):
            work(units.SqliteTransaction(connection))
        connection.execute("ROLLBACK TO rehearsal")
        connection.execute("RELEASE rehearsal")
        return once(connection, work)

    units._run_unit = twice
    try:
        yield
    finally:
        units._run_unit = once
