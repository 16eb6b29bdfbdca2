"""Adding to the log inside the transaction of the act itself, erasing details, examining the chain."""

import logging
import secrets
from datetime import datetime

from server.clock import millis
from server.hub.decisions import store
from server.hub.decisions.model import KEPT, REFUSED_KEPT, Decision, Link, commitment_of, hash_of, problems_of
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)


def record(tx: Transaction, decision: Decision, now: datetime) -> None:
    """One entry for one act: either both are there or neither is."""
    number, previous = store.head(tx)
    number += 1
    salt = secrets.token_hex(16)
    commitment = commitment_of(salt, decision)
    link = Link(
        number=number,
        at=now,
        act=decision.act,
        commitment=commitment,
        previous=previous,
        hash=hash_of(number, millis(now), decision.act, commitment, previous),
    )
    store.add(tx, link, salt, decision)


def erase_actor(tx: Transaction, actor_id: str) -> None:
    """An account that was deleted. The chain stays whole: it holds a hash of salted words, and the salt goes too."""
    store.erase_actor(tx, actor_id)


def problems(tx: Transaction) -> list[str]:
    """What is wrong with the chain, a sentence each."""
    return problems_of(store.chain(tx), store.head(tx))


async def erase_old(services: Services) -> int:
    """Chore: what is written in the log has its time too."""
    now = services.here.clock.now()
    return await services.database.write(
        lambda tx: store.erase_old(tx, refused_before=now - REFUSED_KEPT, before=now - KEPT)
    )


async def check(services: Services) -> list[str]:
    """For `antipole check`."""
    found, (number, newest) = await services.database.read(lambda tx: (problems(tx), store.head(tx)))
    if found:
        return [f"problem: the log of decisions was tampered with: {problem}" for problem in found]
    return [f"ok: the log of decisions holds {number} entries; the newest is {newest[:16]}"]


def look_at_start(tx: Transaction, services: Services) -> None:
    """Runs at each start: a log that was edited is said at once (TRU-08), and the hub goes on."""
    for problem in problems(tx):
        log.error("the log of decisions was tampered with: %s", problem)
