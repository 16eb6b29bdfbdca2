"""Which engine keeps an instance's rows: SQLite in its directory, or PostgreSQL at an address."""

from importlib.util import find_spec
from pathlib import Path

from server.storage.database import Database, StorageUnavailable
from server.storage.sqlite import open_sqlite


async def open_database(address: str, path: Path, *, create: bool = False) -> Database:
    """`address` is "" for the file at `path`, else `postgresql://...`.

    Raises `Damaged` and `StorageUnavailable`, and with `create` FileExistsError where there is one already.
    """
    if address:
        # An extra: who keeps SQLite needs no driver of PostgreSQL.
        if find_spec("psycopg") is None:
            raise StorageUnavailable("PostgreSQL needs its driver: install antipole[postgres].")
        from server.storage.postgres import open_postgres

        return await open_postgres(address, create=create)
    return await open_sqlite(path, create=create)
