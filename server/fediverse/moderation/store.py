"""Blocks in and out of storage, and what goes with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain, zip_longest

from federation.origins import authority_of
from server.clock import from_millis, millis
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.moderation.targets import is_server, servers_above, spellings
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

_SLOTS = tuple(f"t{number}" for number in range(20))

CHANGED = "blocks"
"""What wakes every process whose list in memory is now an old one."""


@dataclass(frozen=True, slots=True)
class Block:
    """`target` is an actor's id or a server; reason and name are for whoever keeps the list, and told to nobody."""

    target: str
    reason: str
    by: str
    since: datetime


def is_blocked(tx: Transaction, actor_id: str) -> bool:
    """By its id, or with its server or a domain above that. `actor_id` is a URL that was verified before."""
    return any_blocked(tx, {actor_id})


def any_blocked(tx: Transaction, actor_ids: Iterable[str]) -> bool:
    """Whether at least one of them is. Raises `Malformed` for what is no URL.

    Every question to the database costs as much as finding twenty names in the table.
    """
    actors = dict.fromkeys(actor_ids)
    servers = (_spelled_servers(authority) for authority in dict.fromkeys(map(authority_of, actors)))
    wanted = list(dict.fromkeys(chain(actors, *servers)))
    return any(
        _found(tx, wanted[start : start + len(_SLOTS)]) for start in range(0, len(wanted), len(_SLOTS))
    )


# A host can have a hundred labels, and then this is 40 KB: not many are kept.
@lru_cache(maxsize=128)
def _spelled_servers(authority: str) -> tuple[str, ...]:
    """Everything whose block would stop it, as it may stand in the table."""
    return tuple(spelling for server in servers_above(authority) for spelling in spellings(server))


def _found(tx: Transaction, targets: Sequence[str]) -> bool:
    # No target is empty.
    values = dict(zip_longest(_SLOTS, targets, fillvalue=""))
    return tx.one(QUERIES.find_block, **values) is not None


def block(tx: Transaction, target: str, now: datetime, *, reason: str = "", by: str = "") -> bool:
    """`target` as `target_of` gives it; what is here of it goes (`sweep`). False when it was blocked before."""
    added = block_all(tx, {target: reason}, now, by=by)
    return added > 0


def block_all(tx: Transaction, reasons: Mapping[str, str], now: datetime, *, by: str = "") -> int:
    """Blocks each target for its reason; those blocked before keep theirs. Answers how many are new."""
    added = tx.run_many(
        QUERIES.insert_block,
        [
            {"target": target, "now": millis(now), "reason": reason, "blocked_by": by}
            for target, reason in reasons.items()
        ],
    )
    tx.wake(CHANGED)
    sweep(tx, now, Blocklist(reasons))
    return added


def unblock(tx: Transaction, target: str) -> bool:
    older = spellings(target.partition("://")[2])[1] if is_server(target) else target
    tx.wake(CHANGED)
    return tx.run(QUERIES.delete_block, target=target, older=older) > 0


def sweep(tx: Transaction, now: datetime, blocklist: Blocklist | None = None) -> None:
    """Takes away what is here of those who are blocked: as followers, readers and authors of replies, and what waits
    to be sent to their servers. They are not told.

    `blocklist`: of these alone; else of all. At each start too: a restored backup may hold what came before a block.
    """
    if blocklist is None:
        blocklist = Blocklist(blocked(tx))
    if not blocklist:
        return
    for row in tx.all(QUERIES.origins_known):
        if blocklist.covers(row["origin"]):
            tx.run(QUERIES.drop_followers_at, origin=row["origin"])
            tx.run(QUERIES.drop_readers_at, origin=row["origin"])
            tx.run(QUERIES.drop_deliveries_to, origin=row["origin"], now=millis(now))
    tx.run_many(QUERIES.drop_follower, _rows(blocklist.actors))
    authors = [row["actor_id"] for row in tx.all(QUERIES.authors_of_replies)]
    tx.run_many(QUERIES.drop_replies_of, _rows(filter(blocklist.covers, authors)))


def _rows(actor_ids: Iterable[str]) -> list[dict[str, str]]:
    return [{"actor_id": actor_id} for actor_id in actor_ids]


def blocks(tx: Transaction) -> list[Block]:
    return [
        Block(row["target"], row["reason"], row["blocked_by"], from_millis(row["created_at"]))
        for row in tx.all(QUERIES.all_blocks)
    ]


def blocked(tx: Transaction) -> list[str]:
    """The targets alone."""
    return [row["target"] for row in tx.all(QUERIES.all_targets)]
