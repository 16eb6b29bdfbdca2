"""R4: a flood of invalid signatures delays nobody, writes nothing, and makes us ask others little. A minute of it;
`ANTIPOLE_FLOOD_SECONDS=600` makes it the ten of a night.
"""

import asyncio
import json
import os
from collections import Counter
from dataclasses import dataclass

from bench.line import percentile
from bench.load import Driven, connected
from tests.doors.conftest import Served
from tests.doors.stranger import Account, Stranger
from tests.isolation.conftest import Start
from tests.isolation.flooding import Stored, Victims, forgery, raw, run, settled, slowness, stored

SECONDS = float(os.environ.get("ANTIPOLE_FLOOD_SECONDS", "60"))
SECONDS_ALONE = 3.0
"""Without valid ones beside it, which grow the database as they should."""

HOSTS = 500
CONNECTIONS = 200
BAD_PER_SECOND = 1_500
VALID_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Flooded:
    bad: Driven
    valid: Driven
    health: Driven
    asked: Counter[str]
    most_open: int
    before: Stored
    after: Stored


def test_r4_nobody_notices_a_minute_of_invalid_signatures(start: Start) -> None:
    """The wait of a request that does nothing tells how long the loop was held."""
    hub = start()
    slow = slowness()
    with Stranger(26) as server:
        flooded = run(_flood(hub, _known_to(hub, server), SECONDS))
    slow = max(slow, slowness())
    assert set(flooded.valid.statuses) == {202}, "not one valid refused"
    assert percentile(flooded.valid.waits, 0.5) <= 0.030 * slow
    assert percentile(flooded.valid.waits, 0.99) <= 0.250 * slow
    assert percentile(flooded.health.waits, 0.99) <= 0.100 * slow
    assert flooded.after == flooded.before
    assert _asked_little(flooded)
    # The meters see a flood: it was one, it made us ask, and it got no other answer.
    assert flooded.bad.rate > BAD_PER_SECOND / 3 / slow
    assert set(flooded.bad.statuses) <= {401, 429, 503}, flooded.bad.statuses
    assert flooded.bad.statuses[401] > len(flooded.bad.waits) / 4
    assert len(flooded.asked) > 20


def test_r4_a_server_without_guards_misses_each_of_these_figures(start: Start) -> None:
    hub = start("unlimited_fetches", "costly_refusals")
    slow = slowness()
    with Stranger(28) as server:
        flooded = run(_flood(hub, _known_to(hub, server), 3.0))
    slow = max(1.0, min(slow, slowness()))
    assert percentile(flooded.valid.waits, 0.5) > 0.030 * slow
    assert percentile(flooded.valid.waits, 0.99) > 0.250 * slow
    assert percentile(flooded.health.waits, 0.99) > 0.100 * slow
    assert flooded.after != flooded.before
    assert not _asked_little(flooded)


def _asked_little(flooded: Flooded) -> bool:
    return flooded.most_open <= 8 and max(flooded.asked.values()) <= 30


def _known_to(hub: Served, server: Stranger) -> Account:
    """Follows the hub, so the hub remembers the key."""
    account = server.account("honest")
    assert account.post(hub.inbox, account.activity("Follow", hub.hub)).status == 202
    return account


async def _flood(hub: Served, honest: Account, seconds: float) -> Flooded:
    """Half of the forgeries name invented keys on five hundred hosts, half the key of the honest sender. Each request
    has its moment, whatever became of the others.
    """
    host, _, port = hub.authority.rpartition(":")
    address = (host, int(port))
    valid = []
    for _ in range(int(seconds * VALID_PER_SECOND)):
        body = json.dumps(honest.activity("Like", hub.hub)).encode()
        valid.append(raw(hub, honest.signed(hub.inbox, body), body))
    health = f"GET /health HTTP/1.1\r\nhost: {hub.authority}\r\n\r\n".encode()
    async with (
        Victims(HOSTS) as victims,
        connected(address, CONNECTIONS) as flood,
        connected(address, 8) as honestly,
        connected(address, 4) as aside,
    ):
        invented = [f"http://{authority}/users/{{}}#main-key" for authority in victims.authorities]

        def forgeries(first: int, count: int) -> list[bytes]:
            return [
                forgery(
                    hub, honest.key_id if number % 2 else invented[number // 2 % HOSTS].format(number), number
                )
                for number in range(first, first + count)
            ]

        alone = forgeries(0, int(SECONDS_ALONE * BAD_PER_SECOND))
        together = forgeries(len(alone), int(seconds * BAD_PER_SECOND))
        before = await settled(hub)
        await flood.drive(alone, BAD_PER_SECOND, SECONDS_ALONE)
        after = stored(hub)
        bad, waited, told = await asyncio.gather(
            flood.drive(together, BAD_PER_SECOND, seconds),
            honestly.drive(valid, VALID_PER_SECOND),
            aside.drive([health] * len(valid), VALID_PER_SECOND),
        )
    return Flooded(bad, waited, told, victims.asked, victims.most_open, before, after)
