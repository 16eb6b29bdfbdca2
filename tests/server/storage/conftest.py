from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.storage.sqlite import SqliteDatabase, open_sqlite
from tests.server.storage.words import CREATE


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A real one on disk, with the table of `words.py` in it."""
    opened = await open_sqlite(tmp_path / "antipole.sqlite3", create=True)
    assert isinstance(opened, SqliteDatabase)
    await opened.write(lambda tx: tx.run(CREATE))
    yield opened
    await opened.close()
