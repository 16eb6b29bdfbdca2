"""Asking servers what they run, and drawing the one conclusion from it."""

from functools import partial
from typing import Final

from federation.errors import FederationError, TooBusy, Unreachable
from federation.nodeinfo import Software, fetch_software
from server.fediverse import errands
from server.fediverse.dialects import store
from server.fediverse.dialects.model import RELEARNED_AFTER, dialect_of
from server.fediverse.instance import Instance
from server.storage.database import Database, Transaction

LEARN: Final = "learn-dialect"
MOST_AT_ONCE: Final = 100


def ask(tx: Transaction, here: Instance, origin: str) -> None:
    """Leaves the errand, unless the server was asked within the last 30 days or is ourselves."""
    known = store.find(tx, origin)
    if origin == here.uris.origin or (
        known is not None and here.clock.now() - known.learned < RELEARNED_AFTER
    ):
        return
    errands.add(tx, LEARN, origin)


def ask_again(tx: Transaction, here: Instance) -> int:
    """Forgets servers without followers, and asks those anew that may have changed; answers how many things it did."""
    forgotten = store.forget_without_followers(tx)
    before = here.clock.now() - RELEARNED_AFTER
    origins = store.to_ask(tx, here.uris.origin, before, MOST_AT_ONCE)
    # One whose errand waits or failed for good is not begun anew: that would ask a dead server for ever.
    origins = [origin for origin in origins if errands.waiting(tx, LEARN, origin) is None]
    for origin in origins:
        errands.add(tx, LEARN, origin)
    return forgotten + len(origins)


async def learn(here: Instance, database: Database, origin: str) -> None:
    """The errand. A server that does not say is sent Notes; only one that does not answer is asked again by itself.

    Raises `Unreachable` and `TooBusy` where a later attempt may do better.
    """
    try:
        software = await fetch_software(here.client, origin)
    except FederationError as error:
        await database.write(partial(_silent, here, origin))
        if isinstance(error, TooBusy) or (isinstance(error, Unreachable) and error.retry):
            raise
        return
    await database.write(partial(_said, here, origin, software))


def _said(here: Instance, origin: str, software: Software, tx: Transaction) -> None:
    store.remember(tx, origin, dialect_of(software.name), software.name, here.clock.now())


def _silent(here: Instance, origin: str, tx: Transaction) -> None:
    store.remember_silence(tx, origin, here.clock.now())
