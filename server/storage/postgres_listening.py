"""One connection that only listens: what other processes commit wakes who waits here, and counts as changed here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from server.storage.changes import Changes
from server.storage.postgres_units import CHANNEL
from server.storage.waiters import Waiters

HEARTBEAT = 20.0
"""Seconds of silence after which the connection is tried: one that is cut without a word would be deaf for ever."""

_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)

Async = psycopg.AsyncConnection[dict[str, Any]]

logger = logging.getLogger(__name__)


class Listening:
    def __init__(
        self, connect: Callable[[], Awaitable[Async]], sender: str, changes: Changes, waiters: Waiters
    ) -> None:
        self._connect = connect
        self._sender = sender
        self._changes = changes
        self._waiters = waiters
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listens from now on. Raises `psycopg.Error` when it cannot."""
        connection = await self._begin()
        self._task = asyncio.create_task(self._keep_on(connection), name="database listener")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _begin(self) -> Async:
        connection = await self._connect()
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            await connection.close()
            raise
        # What was said before this moment was not heard.
        self._changes.deaf = False
        self._changes.add_all()
        self._waiters.wake_all()
        return connection

    async def _keep_on(self, connection: Async) -> None:
        while True:
            try:
                await self._listen(connection)
            except (psycopg.Error, OSError):
                self._changes.deaf = True
                logger.warning("the connection that hears of others' commits broke")
            finally:
                await connection.close()
            connection = await self._begin_again()

    async def _begin_again(self) -> Async:
        tries = 0
        while True:
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            try:
                return await self._begin()
            except (psycopg.Error, OSError):
                tries += 1

    async def _listen(self, connection: Async) -> None:
        while True:
            async for notification in connection.notifies(timeout=HEARTBEAT):
                self._heard(notification.payload)
            await connection.execute("SELECT 1")

    def _heard(self, payload: str) -> None:
        sender, *said = payload.split("|")
        if sender == self._sender:
            # Counted before the commit was answered.
            return
        if len(said) == 2:
            wakes, tables = said
            self._changes.add(tables.split())
            self._waiters.wake(wakes.split())
        else:
            self._changes.add_all()
            self._waiters.wake_all()
