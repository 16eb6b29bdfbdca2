"""R6: five hundred connections that send as slowly as they can are all ended, by the deadlines as they are, and nobody
waits for them.
"""

import asyncio
import time
from dataclasses import dataclass

from bench.line import percentile
from bench.load import Driven, connected
from tests.doors.answering import HOST
from tests.doors.conftest import Served
from tests.doors.test_slow_senders import KINDS
from tests.isolation.conftest import Start
from tests.isolation.flooding import run, slowness

SLOW = 500
PATIENT = 16
OPEN_SECONDS = 30.0
DRIP_SECONDS = 2.0
PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class Besieged:
    """How long each slow connection was open, those that still are left out; what others were answered meanwhile."""

    lived: list[float]
    others: Driven


def test_r6_five_hundred_slow_connections_end_and_nobody_waits(start: Start) -> None:
    """Beside it a server without deadlines, which ends none of them: the meter would see it."""
    guarded, patient = start(), start("patient_door")
    slow = slowness()

    async def both() -> tuple[Besieged, Besieged]:
        return await asyncio.gather(_besiege(guarded, SLOW), _besiege(patient, PATIENT))

    with_deadlines, without = run(both())
    slow = max(slow, slowness())
    assert len(with_deadlines.lived) == SLOW
    assert max(with_deadlines.lived) <= OPEN_SECONDS
    assert set(with_deadlines.others.statuses) == {200}
    assert percentile(with_deadlines.others.waits, 0.99) <= 0.100 * slow
    # What drips into the next request is no HTTP, and ends that connection there too.
    assert len(without.lived) < PATIENT / 2


async def _besiege(hub: Served, count: int) -> Besieged:
    """Each sends a beginning, and a byte every two seconds after that."""
    host, _, port = hub.authority.rpartition(":")
    beginnings = [start.replace(HOST.encode(), hub.authority.encode()) for start in KINDS.values()]
    lived: list[float] = []
    begun = time.monotonic()
    until = begun + OPEN_SECONDS

    async def drip(start: bytes) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        opened = time.monotonic()
        try:
            writer.write(start)
            while time.monotonic() < until + 1:
                try:
                    async with asyncio.timeout(DRIP_SECONDS):
                        if not await reader.read(65536):
                            break
                except TimeoutError:
                    writer.write(b"x")
            else:
                return
        except OSError:
            pass
        finally:
            writer.close()
        lived.append(time.monotonic() - opened)

    async with connected((host, int(port)), 4) as aside:
        dripping = asyncio.gather(*(drip(beginnings[one % len(beginnings)]) for one in range(count)))
        health = f"GET /health HTTP/1.1\r\nhost: {hub.authority}\r\n\r\n".encode()
        # All are open by then: what the load takes to open them is not theirs.
        await asyncio.sleep(2)
        asked = int((OPEN_SECONDS - 8) * PER_SECOND)
        others = await aside.drive([health] * asked, PER_SECOND)
        await dripping
    return Besieged(lived, others)
