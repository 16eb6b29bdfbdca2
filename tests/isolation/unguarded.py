"""`python -m tests.isolation.unguarded GUARD[,GUARD...] serve DIR`: a server without these guards.

A figure that such a server reaches as well proves nothing.
"""

import sys
import time
import zlib
from collections.abc import Callable, Mapping

from starlette.requests import Request

from federation import client, strangers
from federation.connections import Answer
from federation.errors import FederationError
from server.__main__ import main
from server.cli import serving
from server.cli.bounded_http import Limits
from server.endpoints import bodies, inbox
from server.fediverse.deliveries import Delivery, Outcome
from server.fediverse.stats.store import add_to_counter
from server.services import Services
from server.workers import attempts, lines

ENDLESS = 10**12
REFUSING_SECONDS = 0.01


def unlimited_fetches() -> None:
    """Every key of a stranger is fetched, as many at once as there are requests."""
    strangers.FOR_FIRST = strangers.Allowance(ENDLESS, ENDLESS, ENDLESS)
    strangers.FOR_AGAIN = strangers.FOR_FIRST
    strangers.OPEN_PER_DOMAIN = ENDLESS
    strangers.MAX_WAITING_PER_DOMAIN = ENDLESS


def costly_refusals() -> None:
    """A refusal holds the loop for ten milliseconds, and is counted in the database."""
    take = inbox._take

    async def counting(request: Request, body: bytes, services: Services) -> None:
        try:
            await take(request, body, services)
        except FederationError:
            time.sleep(REFUSING_SECONDS)  # noqa: ASYNC251 - that is what is wrong with it
            await services.database.write(lambda tx: add_to_counter(tx, "refused", 1))
            raise

    inbox._take = counting


def endless_bodies() -> None:
    """Whatever is sent is kept, up to its end."""
    setattr(bodies, "MAX_INBOX_BYTES", ENDLESS)  # noqa: B010 - a constant that is not for others
    allowed = bodies.InFlight.__init__

    def unbounded(self: bodies.InFlight, **_: int) -> None:
        allowed(self, held_bytes=ENDLESS)

    bodies.InFlight.__init__ = unbounded  # type: ignore[method-assign] # that is what takes the guard away


def decoding_client() -> None:
    """What comes compressed is opened, as most HTTP clients do unasked."""

    async def read(answer: Answer, max_bytes: int) -> bytes:
        return zlib.decompress(await answer.body(), 31)

    client._read = read


def equal_places() -> None:
    """Whoever is ill holds as many places as there are, for as long as it likes."""
    lines.PER_ORIGIN = lines.SICK_AT_ONCE = ENDLESS
    lines.SLOW = float(ENDLESS)
    setattr(lines.Line, "poor", False)  # noqa: B010 - that is what takes the guard away


def deliveries_in_the_loop() -> None:
    """Each delivery holds the loop for ten milliseconds."""
    attempt = attempts.Attempts.attempt

    async def holding(self: attempts.Attempts, delivery: Delivery) -> Outcome:
        time.sleep(REFUSING_SECONDS)  # noqa: ASYNC251 - that is what is wrong with it
        return await attempt(self, delivery)

    attempts.Attempts.attempt = holding  # type: ignore[method-assign] # that is what takes the guard away


def patient_door() -> None:
    """Nobody's head or body has to come to an end."""
    setattr(serving, "Limits", lambda: Limits(head=3600, last_bytes=3600))  # noqa: B010 - not for others
    bodies.BODY_SECONDS = 3600


GUARDS: Mapping[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        unlimited_fetches,
        costly_refusals,
        endless_bodies,
        decoding_client,
        equal_places,
        deliveries_in_the_loop,
        patient_door,
    )
}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        GUARDS[name]()
    sys.exit(main(sys.argv[2:]))
