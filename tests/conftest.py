from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fediverse import Fediverse


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def fediverse(tmp_path: Path) -> "AsyncIterator[Fediverse]":
    """A small fediverse in one process; see `tests/fediverse.py`."""
    # Here and not above: the tests of the protocol library run without the application.
    from tests.fediverse import Fediverse

    async with Fediverse(tmp_path) as small:
        yield small
