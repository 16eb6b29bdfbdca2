"""What the house knows of storage: units of work, rows and wakes. No engine is named here."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from server.storage.changes import Changes
from server.storage.queries import Query

T = TypeVar("T")

Row = Mapping[str, Any]
"""One row; times are BIGINT milliseconds, lists TEXT with spaces between words, documents byte-exact TEXT."""


class StorageUnavailable(Exception):
    """Nothing of this unit of work happened (disk full, I/O error, locked, damaged); one plain sentence.

    Doors answer 503 with Retry-After: the sender comes again and nothing is lost.
    """


class Damaged(StorageUnavailable):
    """The database is missing, unreadable or written by a newer program: the server does not start on it."""


class Transaction(Protocol):
    """Handed to a unit of work. Values are bound by name (`:handle`)."""

    def one(self, query: Query, **values: Any) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, query: Query, **values: Any) -> list[Row]: ...

    def run(self, query: Query, **values: Any) -> int:
        """The number of rows changed."""
        ...

    def run_many(self, query: Query, rows: Iterable[Mapping[str, Any]]) -> int:
        """The same statement for each mapping of values; the number of rows changed in all."""
        ...

    def wake(self, name: str) -> None:
        """Once the commit is durable, wakes whoever waits on `name`."""
        ...


class Waiter(Protocol):
    async def wait(self, seconds: float) -> bool:
        """True as soon as a commit woke this name since the last call, False after so many seconds."""
        ...


class Database(Protocol):
    changes: Changes
    """Table by table, what was committed by whichever process; of another process a moment later."""

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs one synchronous unit of work and returns its result once the commit is durable.

        The unit runs in the writer's thread inside its own savepoint, several units to a commit. Whatever it
        raises rolls back this unit alone and is raised here; when the commit fails all units of it get
        `StorageUnavailable`. A unit must not wait for anything and must not keep the transaction, and it may be
        run again from its start where two of them met: what it changes outside is changed twice. The unit of a
        caller that is cancelled meanwhile may still be committed.
        """
        ...

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Runs a unit of work that only reads, in one snapshot, beside the writer."""
        ...

    def waiter(self, name: str) -> Waiter: ...

    def alone(self, name: str) -> AbstractAsyncContextManager[bool]:
        """While it lasts nobody else holds `name`, in whichever process; False when somebody does already."""
        ...

    async def copy_to(self, path: Path) -> None:
        """A consistent copy in a new file, made while others write. Raises `StorageUnavailable`."""
        ...

    async def problems(self) -> list[str]:
        """What the engine's own check of the whole file says; empty when all is well."""
        ...

    async def tidy(self) -> None:
        """Gives freed pages back and empties the write-ahead log, so that erased words leave the disk."""
        ...

    async def close(self) -> None:
        """Finishes what was handed in, then closes; later calls raise `StorageUnavailable`."""
        ...
