"""Full disks and damaged files (SAFETY INT-04, INT-06)."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.storage import sqlite
from server.storage.database import Damaged, StorageUnavailable, Transaction
from server.storage.sqlite import SqliteDatabase, _in_thread, open_sqlite
from tests.server.storage.words import CREATE, add, query, words

pytestmark = pytest.mark.anyio

A_LOT = "x" * 200_000


async def limit_pages(database: SqliteDatabase, pages: int) -> None:
    await _in_thread(database._writer, lambda raw: raw.execute(f"PRAGMA max_page_count = {pages}"))


async def test_int_04_when_space_ends_in_a_unit_the_whole_batch_fails_and_later_units_succeed(
    database: SqliteDatabase,
) -> None:
    await database.write(add("kept"))
    await limit_pages(database, 1)
    outcomes = await asyncio.gather(
        database.write(add("small")), database.write(add(A_LOT)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable, StorageUnavailable]
    assert "full: free some space" in str(outcomes[0])
    assert await database.read(words) == ["kept"]
    await limit_pages(database, 1_000_000)
    assert await database.write(add("later")) == 1
    assert await database.read(words) == ["kept", "later"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Two megabytes of memory as a disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can fill a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_int_04_a_full_disk_refuses_writes_serves_reads_and_recovers_without_restart(
    small_disk: Path,
) -> None:
    database = await open_sqlite(small_disk / "antipole.sqlite3", create=True)
    await database.write(lambda tx: tx.run(CREATE))
    await database.write(add("kept"))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    waiter = database.waiter("deliveries")

    def wakes(tx: Transaction) -> int:
        tx.wake("deliveries")
        return add("woken")(tx)

    outcomes = await asyncio.gather(
        database.write(wakes),
        *(database.write(add(f"{number}")) for number in range(20)),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert not await waiter.wait(0.01)
    assert await database.read(words) == ["kept"]
    ballast.unlink()
    assert await database.write(add("later")) == 1
    assert await database.read(words) == ["kept", "later"]
    await database.close()


async def made(path: Path) -> Path:
    database = await open_sqlite(path, create=True)
    await database.write(lambda tx: tx.run(CREATE))
    await database.write(lambda tx: tx.run_many(query("INSERT INTO words VALUES (:word)"), some_words()))
    await database.close()
    return path


def some_words() -> list[dict[str, str]]:
    return [{"word": f"{number:08} {'x' * 200}"} for number in range(2000)]


async def test_int_06_flipped_bytes_are_noticed_at_start(tmp_path: Path) -> None:
    path = await made(tmp_path / "antipole.sqlite3")
    content = bytearray(path.read_bytes())
    # A leaf of the table: its header's cell count.
    content[-4096 * 20 : -4096 * 20 + 100] = bytes(
        byte ^ 0xFF for byte in content[-4096 * 20 : -4096 * 20 + 100]
    )
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"antipole\.sqlite3: The database is damaged: .* restore a backup"):
        await open_sqlite(path)
    assert path.read_bytes() == bytes(content)


def damage_a_leaf(path: Path) -> None:
    """The header of one of the table's pages."""
    content = bytearray(path.read_bytes())
    content[-4096 * 20 : -4096 * 20 + 100] = os.urandom(100)
    path.write_bytes(content)


async def test_int_06_a_large_file_is_checked_while_it_is_served_and_nothing_more_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """R10: the start does not wait for gibibytes to be read."""
    monkeypatch.setattr(sqlite, "CHECKED_AT_START", 0)
    path = await made(tmp_path / "antipole.sqlite3")
    damage_a_leaf(path)
    database = await open_sqlite(path)
    assert isinstance(database, SqliteDatabase)
    assert database._checking is not None
    await asyncio.wait_for(database._checking, 10)
    with pytest.raises(Damaged, match="restore a backup"):
        await database.write(add("lost with the file"))
    assert await database.read(lambda tx: tx.one(query("SELECT 1 AS n"))) == {"n": 1}
    await database.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_large_sound_file_is_served_and_may_be_closed_in_the_middle_of_its_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKED_AT_START", 0)
    path = await made(tmp_path / "antipole.sqlite3")
    for pause in (0, 0.2):
        database = await open_sqlite(path)
        await asyncio.sleep(pause)
        await database.write(add(f"kept {pause}"))
        await database.close()
    reopened = await open_sqlite(path)
    assert len(await reopened.read(words)) == 2002
    await reopened.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 5000, b"not a database, but long enough" * 200],
)
async def test_int_06_a_file_that_is_no_database_of_ours_is_refused_and_never_started_empty(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "antipole.sqlite3"
    path.write_bytes(content)
    with pytest.raises(Damaged, match="restore a backup"):
        await open_sqlite(path)
    assert path.read_bytes() == content


async def test_int_06_a_missing_database_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "antipole.sqlite3"
    with pytest.raises(Damaged, match="missing: restore a backup"):
        await open_sqlite(path)
    assert not path.exists()


async def test_int_06_half_a_write_ahead_log_opens_with_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "antipole.sqlite3"
    database = await open_sqlite(path, create=True)
    await database.write(lambda tx: tx.run(CREATE))
    await database.tidy()
    for number in range(5):
        await database.write(add(str(number)))
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / path.name).write_bytes(path.read_bytes())
    log = path.with_name(f"{path.name}-wal").read_bytes()
    (torn / f"{path.name}-wal").write_bytes(log[: len(log) - 100])
    await database.close()

    reopened = await open_sqlite(torn / path.name)
    assert await reopened.read(words) == ["0", "1", "2", "3"]
    await reopened.close()


async def test_making_a_database_refuses_an_existing_one(tmp_path: Path) -> None:
    path = await made(tmp_path / "antipole.sqlite3")
    with pytest.raises(FileExistsError):
        await open_sqlite(path, create=True)


async def test_a_sound_database_has_no_problems(database: SqliteDatabase) -> None:
    assert await database.problems() == []
