"""The writer and the readers, on a real file."""

import asyncio
import inspect
import sqlite3
import threading
from pathlib import Path

import aiosqlite
import pytest

from server.storage.database import StorageUnavailable
from server.storage.sqlite import BATCH, SqliteDatabase, _in_thread
from tests.server.storage.words import add, query, words

pytestmark = pytest.mark.anyio


def files_in(place: Path) -> list[Path]:
    return sorted(place.iterdir())


async def pragma(connection: aiosqlite.Connection, name: str) -> object:
    row = await _in_thread(connection, lambda raw: raw.execute(f"PRAGMA {name}").fetchone())
    return row[0] if row else None


async def test_aiosqlite_still_has_the_one_private_call_we_use(database: SqliteDatabase) -> None:
    """When this fails, a new aiosqlite may offer a public way: look at `_in_thread`."""
    assert inspect.iscoroutinefunction(aiosqlite.Connection._execute)
    assert [*inspect.signature(aiosqlite.Connection._execute).parameters] == ["self", "fn", "args", "kwargs"]
    there = await database.write(lambda tx: threading.get_ident())
    assert there != threading.get_ident()


async def test_what_is_acknowledged_survives_a_power_cut(database: SqliteDatabase) -> None:
    assert await pragma(database._writer, "synchronous") == 2
    assert await pragma(database._writer, "journal_mode") == "wal"


async def test_pragmas_of_every_connection(database: SqliteDatabase) -> None:
    for connection in (database._writer, *database._readers):
        assert await pragma(connection, "foreign_keys") == 1
        assert await pragma(connection, "busy_timeout") == 5000
        assert await pragma(connection, "temp_store") == 2
        assert await pragma(connection, "trusted_schema") == 0
    assert await pragma(database._writer, "secure_delete") == 1
    assert await pragma(database._writer, "auto_vacuum") == 2
    assert len(database._readers) >= 2


async def test_units_handed_in_together_share_a_commit(database: SqliteDatabase) -> None:
    commits: list[str] = []
    await _in_thread(database._writer, lambda raw: raw.set_trace_callback(commits.append))
    await asyncio.gather(*(database.write(add(f"{number:03}")) for number in range(2 * BATCH)))
    assert commits.count("COMMIT") == 2
    assert commits.count("BEGIN IMMEDIATE") == 2
    assert commits.count("SAVEPOINT unit") == 2 * BATCH
    assert len(await database.read(words)) == 2 * BATCH


async def test_whoever_gave_up_before_its_turn_changes_nothing(database: SqliteDatabase) -> None:
    waiting = asyncio.create_task(database.write(add("given up")))
    await asyncio.sleep(0)
    waiting.cancel()
    await database.write(add("wanted"))
    assert await database.read(words) == ["wanted"]


async def test_closing_finishes_what_was_handed_in(database: SqliteDatabase, tmp_path: Path) -> None:
    handed_in = [asyncio.create_task(database.write(add(f"{number}"))) for number in range(100)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*handed_in) == [1] * 100
    for late in (database.write(add("late")), database.read(words)):
        with pytest.raises(StorageUnavailable, match="stopping"):
            await late
    await database.close()
    assert [path.name for path in files_in(tmp_path)] == ["antipole.sqlite3"]


async def test_erased_words_leave_the_disk(database: SqliteDatabase, tmp_path: Path) -> None:
    """SAFETY 1.4: neither freed pages nor the write-ahead log keep what was deleted."""
    sentinel = "a sentence somebody took back"
    await database.write(add(sentinel * 500))
    assert any(sentinel.encode() in path.read_bytes() for path in files_in(tmp_path))
    await database.write(lambda tx: tx.run(query("DELETE FROM words")))
    await database.tidy()
    assert not any(sentinel.encode() in path.read_bytes() for path in files_in(tmp_path))


async def test_a_copy_is_whole_and_made_while_others_write(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.write(add("before"))
    copying = asyncio.create_task(database.copy_to(tmp_path / "copy"))
    await asyncio.gather(*(database.write(add(f"{number:03}")) for number in range(100)))
    await copying
    copy = sqlite3.connect(tmp_path / "copy")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert ("before",) in copy.execute("SELECT word FROM words").fetchall()
    copy.close()


async def test_a_copy_never_overwrites(database: SqliteDatabase, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("a file of somebody's")
    with pytest.raises(StorageUnavailable):
        await database.copy_to(target)
    assert target.read_text() == "a file of somebody's"


async def test_files_belong_to_their_owner_alone(database: SqliteDatabase, tmp_path: Path) -> None:
    await database.write(add("secret"))
    assert {path.stat().st_mode & 0o777 for path in files_in(tmp_path)} == {0o600}
    assert len(files_in(tmp_path)) == 3
