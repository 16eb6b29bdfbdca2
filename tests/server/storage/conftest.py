from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from server.storage.database import Database
from server.storage.postgres import PostgresDatabase, open_postgres
from server.storage.sqlite import SqliteDatabase, open_sqlite
from tests.postgres_server import PostgresServer
from tests.server.storage.words import CREATE


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A real one on disk, with the table of `words.py` in it."""
    opened = await open_sqlite(tmp_path / "antipole.sqlite3", create=True)
    assert isinstance(opened, SqliteDatabase)
    await opened.write(lambda tx: tx.run(CREATE))
    yield opened
    await opened.close()


@pytest.fixture
def address(postgres_server: PostgresServer) -> Iterator[str]:
    """Of a PostgreSQL database with our tables and that of `words.py`."""
    address = postgres_server.new_migrated()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(CREATE.sql.encode())
    yield address
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE words")
    postgres_server.give_back(address)


@pytest.fixture
async def postgres(address: str) -> AsyncIterator[PostgresDatabase]:
    opened = await open_postgres(address)
    assert isinstance(opened, PostgresDatabase)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest) -> Database:
    """A database of each engine by turns, with the table of `words.py` in it."""
    opened: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    return opened
