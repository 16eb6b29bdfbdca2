import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import traces

if TYPE_CHECKING:
    from tests.fediverse import Fediverse
    from tests.postgres_server import PostgresServer


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def no_trace_of_people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ends the session with a look at all that its servers wrote: databases, logs, media; see `tests/traces.py`.

    Being the first fixture of the session it is the last to end, when all servers have stopped.
    """
    listener = traces.TraceListener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    kept = [*listener.heard, *traces.scan(tmp_path_factory.getbasetemp())]
    if kept:
        pytest.fail("What people left behind unknowingly was kept:\n" + "\n".join(kept), pytrace=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_engines") and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ["sqlite", "postgres"])


@pytest.fixture
def engine() -> str:
    """What keeps the rows of a test's instances; both by turns where the test is marked `both_engines`."""
    from tests.postgres_server import default_engine

    return default_engine()


@pytest.fixture(scope="session", autouse=True)
def units_run_twice() -> Iterator[None]:
    """Where `ANTIPOLE_TEST_TWICE` asks for it; see `tests/twice.py`."""
    if not os.environ.get("ANTIPOLE_TEST_TWICE"):
        yield
        return
    from tests.twice import every_unit

    with every_unit():
        yield


@pytest.fixture
async def fediverse(tmp_path: Path, engine: str) -> "AsyncIterator[Fediverse]":
    """A small fediverse in one process; see `tests/fediverse.py`."""
    # Here and not above: the tests of the protocol library run without the application.
    from tests.fediverse import Fediverse

    async with Fediverse(tmp_path, engine=engine) as small:
        yield small


@pytest.fixture(scope="session")
def postgres_server() -> "PostgresServer":
    """A PostgreSQL of the tests' own; see `tests/postgres_server.py`."""
    from tests.postgres_server import shared

    return shared()
