from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fediverse import Fediverse
from tests.server.hub.desk_world import Desk, desk_of
from tests.server.hub.small_hub import SmallHub, small_hub


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    async with small_hub(tmp_path) as hub:
        yield hub


@pytest.fixture
async def desk(fediverse: Fediverse) -> Desk:
    return await desk_of(fediverse)
