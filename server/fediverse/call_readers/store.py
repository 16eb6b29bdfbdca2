"""Readers of calls in and out of storage: inboxes of servers, never of a person."""

from federation.origins import authority_of
from federation.registrable import registrable_domain
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

MOST_READERS = 2_000
MOST_OF_A_DOMAIN = 8


def remember(tx: Transaction, call_uri: str, inbox: str, origin: str, *, most: int = MOST_READERS) -> bool:
    """False when it was remembered before, when the call has enough of them, and when it is no call any more."""
    return tx.run(QUERIES.remember, call_uri=call_uri, inbox=inbox, origin=origin, most=most) > 0


def has_room(tx: Transaction, call_uri: str, inbox: str, origin: str) -> bool:
    """Whether there is something to remember: most signed GETs come from servers that read the call before.

    A domain with a wildcard has as many servers as it likes, and would else take the places of all others, and have us
    deliver to each of them.
    """
    held = inboxes_of(tx, call_uri)
    domain = registrable_domain(authority_of(origin))
    others = [1 for _, known in held if registrable_domain(authority_of(known)) == domain]
    return len(others) < MOST_OF_A_DOMAIN and all(known != inbox for known, _ in held)


def inboxes_of(tx: Transaction, call_uri: str) -> list[tuple[str, str]]:
    """Pairs (inbox, origin), as `outbox.publish` takes recipients."""
    return [(row["inbox"], row["origin"]) for row in tx.all(QUERIES.inboxes_of, call_uri=call_uri)]


def forget(tx: Transaction, call_uri: str) -> None:
    """After its Delete is on the way."""
    tx.run(QUERIES.forget, call_uri=call_uri)
