"""RES-17: thousands of ranges of one file cost no more than the file (CVE-2025-62727)."""

import random
import time

import pytest

from server.fediverse.pictures import Picture, save
from tests.fediverse import Fediverse
from tests.server.speaking import speaker

pytestmark = pytest.mark.anyio

PICTURE = random.Random(1).randbytes(300_000)
RANGES = {
    "all of it, again and again": ",".join(["0-"] * 5_000),
    "single bytes": ",".join(f"{number}-{number}" for number in range(0, 5_000, 2)),
    "single bytes far apart": ",".join(f"{number}-{number}" for number in range(0, 250_000, 100)),
    "overlapping": ",".join(f"{number}-{number + 9}" for number in range(2_500)),
    "from the end": ",".join(f"-{number}" for number in range(1, 5_000)),
    "beyond the end": "999999999-",
    "backwards": "9-1",
    "nonsense": "x-y,,-,--,0-0-0",
    "negative": "--1",
    "huge": f"0-{'9' * 4_000}",
    "one": "5-9",
}


@pytest.mark.parametrize("kind", RANGES)
@pytest.mark.parametrize("path", ["picture", "/static/js/map.js", "/health"])
async def test_res_17_many_ranges_cost_no_more_than_one_answer(
    fediverse: Fediverse, kind: str, path: str
) -> None:
    node, _ = await speaker(fediverse)
    if path == "picture":
        path = f"/media/{save(node.services.paths.media, Picture(PICTURE, 'image/png', 1, 1))}"
    whole = await node.get(path)
    assert whole.status_code == 200
    quickest = 1.0
    for _ in range(3):
        begun = time.thread_time()
        answer = await node.get(path, range=f"bytes={RANGES[kind]}")
        quickest = min(quickest, time.thread_time() - begun)
    assert quickest < 0.05
    assert answer.status_code in (200, 206, 400, 416)
    assert len(answer.content) <= 2 * len(whole.content) + 1_000
