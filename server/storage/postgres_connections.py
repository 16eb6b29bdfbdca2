"""How connections to PostgreSQL are made, and the fixed set of them that units of work take turns with."""

import queue
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from server.storage.database import StorageUnavailable
from server.storage.postgres_errors import is_stale
from server.storage.postgres_language import teach
from server.storage.postgres_units import Connection

T = TypeVar("T")

_MANNERS: dict[str, Any] = {
    "application_name": "antipole",
    "connect_timeout": 5,
    # A machine that vanished without a word is noticed within a minute.
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
    "client_encoding": "UTF8",
}
_EACH_SESSION = (
    # A unit waits for nothing; one that hangs must not hold the others.
    "SET lock_timeout = '10s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';"
    # Costs more than our statements do.
    " SET jit = off;"
    # Else a power cut takes what was acknowledged.
    " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)


def parameters(address: str) -> dict[str, Any]:
    """Raises `StorageUnavailable` where the address cannot be read; its words are never repeated."""
    try:
        given = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        raise StorageUnavailable(
            "The database's address cannot be read: write it like postgresql://user@host/name."
        ) from None
    return _MANNERS | given


def shown(given: dict[str, Any]) -> str:
    """Where the database is, without user and password."""
    host = given.get("host", "")
    # A directory of sockets is not said: libpq has one of its own to look in.
    return f"postgresql://{'' if host.startswith('/') else host}/{given.get('dbname', '')}"


def connect(given: dict[str, Any]) -> Connection:
    """Raises `psycopg.Error`."""
    connection = psycopg.connect(autocommit=True, row_factory=dict_row, **given)
    try:
        teach(connection)
        connection.execute(_EACH_SESSION)
    except BaseException:
        connection.close()
        raise
    return connection


async def connect_async(given: dict[str, Any]) -> psycopg.AsyncConnection[dict[str, Any]]:
    """Without a limit on waiting. Raises `psycopg.Error`."""
    return await psycopg.AsyncConnection.connect(autocommit=True, row_factory=dict_row, **given)


class Connections:
    """As many as there are threads, each made when it is needed first, and anew after it broke."""

    def __init__(self, given: dict[str, Any], number: int) -> None:
        self._given = given
        self._idle: queue.LifoQueue[Connection | None] = queue.LifoQueue()
        for _ in range(number):
            self._idle.put(None)

    def run(self, act: Callable[[Connection], T]) -> T:
        """For one thread at a time. Raises `psycopg.Error`, and what `act` raises.

        That a connection broke while nobody used it is found out by using it: then `act` is run again on a new one.
        """
        connection = self._idle.get()
        try:
            if connection is not None and not connection.closed:
                try:
                    return act(connection)
                except psycopg.Error as error:
                    if not is_stale(error):
                        raise
                    connection.close()
            connection = None
            connection = connect(self._given)
            return act(connection)
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """When no thread uses them any more."""
        while not self._idle.empty():
            connection = self._idle.get()
            if connection is not None:
                connection.close()
