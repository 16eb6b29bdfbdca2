from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.hub.small_hub import SmallHub, small_hub


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[SmallHub]:
    async with small_hub(tmp_path) as hub:
        yield hub
