"""What senders nobody has verified may cost us."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from federation.actors import RemoteActor
from federation.errors import Forbidden, TooBusy, Unreachable
from federation.strangers import Strangers
from tests.federation.small_world import NOW, Peer

pytestmark = pytest.mark.anyio

ALICE = Peer("alice").read()
MINUTE = timedelta(minutes=1)


class Fetches:
    """Counts, and gives what it is told to give."""

    def __init__(self, outcome: RemoteActor | Exception = ALICE) -> None:
        self.outcome = outcome
        self.count = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> RemoteActor:
        self.count += 1
        await self.go.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def key(number: int, host: str = "peer.example") -> str:
    return f"https://{host}/keys/{number}"


async def test_a_key_is_fetched_once_in_five_minutes() -> None:
    strangers, fetches = Strangers(), Fetches()
    for minutes in (0, 1, 4.9):
        assert await strangers.fetch(key(1), NOW + minutes * MINUTE, fetches) == ALICE
    assert fetches.count == 1
    await strangers.fetch(key(1), NOW + 5 * MINUTE, fetches)
    assert fetches.count == 2


async def test_a_burst_shares_one_fetch_and_one_that_hangs_up_does_not_end_it() -> None:
    strangers, fetches = Strangers(), Fetches()
    fetches.go.clear()
    waiting = [asyncio.create_task(strangers.fetch(key(1), NOW, fetches)) for _ in range(10)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    fetches.go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [ALICE] * 9
    assert fetches.count == 1


async def test_a_refusal_is_remembered_for_five_minutes_and_an_outage_for_seconds() -> None:
    strangers = Strangers()
    refused, outage = Fetches(Forbidden("key-not-listed")), Fetches(Unreachable("no-answer"))
    for _ in range(3):
        with pytest.raises(Forbidden, match="key-not-listed"):
            await strangers.fetch(key(1), NOW, refused)
        with pytest.raises(Unreachable, match="no-answer") as caught:
            await strangers.fetch(key(2), NOW, outage)
        assert caught.value.retry
    assert (refused.count, outage.count) == (1, 1)
    for fetches, number in ((refused, 1), (outage, 2)):
        with pytest.raises((Forbidden, Unreachable)):
            await strangers.fetch(key(number), NOW + MINUTE, fetches)
    assert (refused.count, outage.count) == (1, 2)


async def test_eight_at_once_and_no_ninth() -> None:
    strangers, fetches = Strangers(), Fetches()
    fetches.go.clear()
    hosts = [f"host-{number}.example" for number in range(8)]
    waiting = [asyncio.create_task(strangers.fetch(key(1, host), NOW, fetches)) for host in hosts]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy) as caught:
        await strangers.fetch(key(1, "ninth.example"), NOW, fetches)
    assert caught.value.retry_after > 0
    fetches.go.set()
    await asyncio.gather(*waiting)
    await strangers.fetch(key(1, "ninth.example"), NOW, fetches)


async def test_thirty_a_minute_for_one_origin_and_others_do_not_suffer() -> None:
    strangers, fetches = Strangers(), Fetches(Forbidden("key-not-listed"))
    for number in range(30):
        with pytest.raises(Forbidden):
            await strangers.fetch(key(number), NOW, fetches)
    for number in range(30, 100):
        with pytest.raises(TooBusy) as caught:
            await strangers.fetch(key(number), NOW + timedelta(seconds=20), fetches)
        assert caught.value.retry_after == 40
    assert fetches.count == 30
    await strangers.fetch(key(1, "other.example"), NOW, Fetches())
    await strangers.fetch(key(101), NOW + MINUTE, Fetches())


async def test_counts_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED", 1)
    strangers, fetches = Strangers(), Fetches()
    for number in range(30):
        await strangers.fetch(key(number), NOW, fetches)
    await strangers.fetch(key(1, "other.example"), NOW, fetches)
    await strangers.fetch(key(31), NOW, fetches)
    assert fetches.count == 32


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED", 10)
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED_BYTES", 3 * len(ALICE.document))
    strangers = Strangers()
    fetchers: list[Callable[[], Awaitable[RemoteActor]]] = [Fetches() for _ in range(50)]
    for number, fetches in enumerate(fetchers):
        await strangers.fetch(key(number, f"host-{number}.example"), NOW, fetches)
    again = Fetches()
    for number in range(50):
        await strangers.fetch(key(number, f"host-{number}.example"), NOW, again)
    assert again.count == 50, "each had been forgotten again by the time it was asked for"
    latest = Fetches()
    for number in (47, 48, 49):
        await strangers.fetch(key(number, f"host-{number}.example"), NOW, latest)
    assert latest.count == 0
