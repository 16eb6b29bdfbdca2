"""What PostgreSQL's own hard times become: one plain sentence, and work that goes on afterwards."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from server.storage.database import Damaged, StorageUnavailable, Transaction
from server.storage.postgres import PostgresDatabase, open_postgres
from server.storage.postgres_errors import storage_failure
from tests.postgres_server import PostgresServer, running
from tests.server.storage.test_postgres import SECRET, refused
from tests.server.storage.words import add, query, words

pytestmark = pytest.mark.anyio


class Failure(psycopg.OperationalError):
    """As the server says it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: with {SECRET}")
        self.sqlstate = code


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("53100", "disk of the database server is full"),
        ("53300", "no connection left"),
        ("25006", "takes no changes"),
        ("42501", "may not be written by this user"),
        ("57P01", "starting or stopping"),
        ("08006", "does not answer"),
        ("57014", "took too long"),
        ("58030", "disk of the database server fails"),
    ],
)
async def test_what_the_machine_does_is_told_in_a_sentence(
    postgres: PostgresDatabase, code: str, sentence: str
) -> None:
    def fails(tx: Transaction) -> None:
        add("half")(tx)
        raise Failure(code)

    with pytest.raises(StorageUnavailable, match=sentence) as refusal:
        await postgres.write(fails)
    assert SECRET not in str(refusal.value)
    assert await postgres.read(words) == []


def test_a_damaged_page_is_damage_and_a_mistake_of_ours_is_not() -> None:
    assert isinstance(storage_failure(Failure("XX001")), Damaged)
    assert storage_failure(psycopg.errors.UniqueViolation()) is None
    assert storage_failure(psycopg.errors.UndefinedTable()) is None
    assert storage_failure(ValueError()) is None


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    with running() as server:
        yield server


async def test_a_server_that_stops_and_starts_again(own_server: PostgresServer) -> None:
    database = await open_postgres(own_server.new_migrated())
    assert isinstance(database, PostgresDatabase)
    await database.write(lambda tx: tx.run(query("CREATE TABLE words (word TEXT NOT NULL)")))
    await database.write(add("kept"))
    own_server.stop()
    for act in (database.write(add("lost")), database.read(words)):
        with pytest.raises(StorageUnavailable, match="does not answer"):
            await act
    with pytest.raises(StorageUnavailable, match="does not answer"):
        async with database.alone("chores"):
            pass
    for _ in range(500):
        if database.changes.deaf:
            break
        await asyncio.sleep(0.01)
    assert database.changes.since(database.changes.number, ["accounts"])
    waiter = database.waiter("deliveries")
    own_server.start()
    assert await database.write(add("later")) == 1
    assert await database.read(words) == ["kept", "later"]
    assert await waiter.wait(10)
    await database.close()


async def test_too_many_connections_are_said_to_be_too_many(own_server: PostgresServer) -> None:
    own_server.run("CREATE USER clerk CONNECTION LIMIT 1")
    address = own_server.address("postgres").replace("postgres@", "clerk@")
    with psycopg.connect(address):
        assert "no connection left" in await refused(address)


async def test_a_server_that_takes_no_changes_still_answers(own_server: PostgresServer) -> None:
    database = await open_postgres(own_server.new_migrated())
    own_server.run("ALTER SYSTEM SET default_transaction_read_only = on")
    own_server.run("SELECT pg_reload_conf()")
    own_server.stop()
    own_server.start()
    insert = query("INSERT INTO own_secrets (name, secret) VALUES ('a', 'b')")
    with pytest.raises(StorageUnavailable, match="takes no changes"):
        await database.write(lambda tx: tx.run(insert))
    assert await database.read(lambda tx: tx.all(query("SELECT name FROM own_secrets"))) == []
    await database.close()
