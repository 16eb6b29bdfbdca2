"""R10: after a kill the first page within 3 s and the first delivery within 5 s, however much there is.

100 000 rows and 10 000 jobs; a million and 100 000 by `python -m tests.durability --nightly`.
"""

from pathlib import Path

import pytest

from tests.durability.figures import r10
from tests.durability.grown import Age

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_r10_a_killed_server_is_soon_back(tmp_path: Path, engine: str) -> None:
    assert r10(tmp_path, engine, Age(rows=100_000, jobs=10_000)) == []
