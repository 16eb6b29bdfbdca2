"""Followers and followings in and out of storage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.clock import millis
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

MOST_ENDED = 8
"""Follows from one of our actors to one target that are remembered."""

State = Literal["pending", "accepted", "rejected", "ended"]


@dataclass(frozen=True, slots=True)
class Following:
    """A Follow that one of our actors sent. `reason`: what the other side said when it refused."""

    follow_id: str
    local_actor: str
    target: str
    state: State
    reason: str

    @property
    def alive(self) -> bool:
        return self.state in ("pending", "accepted")


def insert_follower(tx: Transaction, local_actor: str, actor_id: str, follow_id: str) -> None:
    tx.run(QUERIES.insert_follower, local_actor=local_actor, actor_id=actor_id, follow_id=follow_id)


def find_follower(tx: Transaction, local_actor: str, actor_id: str) -> str | None:
    """The id of their Follow."""
    row = tx.one(QUERIES.find_follower, local_actor=local_actor, actor_id=actor_id)
    return None if row is None else str(row["follow_id"])


def is_follower(tx: Transaction, local_actor: str, actor_id: str) -> bool:
    return find_follower(tx, local_actor, actor_id) is not None


def followed_by(tx: Transaction, actor_id: str) -> dict[str, str]:
    """Which of our actors `actor_id` follows, each with the id of the Follow."""
    return {row["local_actor"]: row["follow_id"] for row in tx.all(QUERIES.followed_by, actor_id=actor_id)}


def delete_follower(tx: Transaction, local_actor: str, actor_id: str) -> bool:
    return tx.run(QUERIES.delete_follower, local_actor=local_actor, actor_id=actor_id) > 0


def count(tx: Transaction, local_actor: str) -> int:
    """The true number; what the public gets to see is the door's business."""
    row = tx.one(QUERIES.count_followers, local_actor=local_actor)
    return row["n"] if row else 0


def count_of_origin(tx: Transaction, local_actor: str, origin: str) -> int:
    row = tx.one(QUERIES.count_of_origin, local_actor=local_actor, origin=origin)
    return row["n"] if row else 0


def owed_to(tx: Transaction, origin: str, *, most: int) -> int:
    """How many deliveries wait for an origin; `most` is as far as it is counted."""
    row = tx.one(QUERIES.owed_to_origin, origin=origin, most=most)
    return row["n"] if row else 0


def end_following(tx: Transaction, local_actor: str, target: str, reason: str) -> bool:
    return tx.run(QUERIES.end_following, local_actor=local_actor, target=target, reason=reason) > 0


def drop_deliveries_to(tx: Transaction, local_actor: str, inbox: str, reason: str, now: datetime) -> int:
    return tx.run(
        QUERIES.drop_deliveries_to, local_actor=local_actor, inbox=inbox, reason=reason, now=millis(now)
    )


def of_origin(tx: Transaction, local_actor: str, origin: str, *, limit: int) -> list[str]:
    """Ids of the followers on one server."""
    rows = tx.all(QUERIES.followers_at, local_actor=local_actor, origin=origin, limit=limit)
    return [row["actor_id"] for row in rows]


def alive_towards(tx: Transaction, target: str) -> dict[str, State]:
    """Who of ours follows `target`: "accepted", or "pending" who has asked to."""
    return {row["local_actor"]: row["state"] for row in tx.all(QUERIES.alive_towards, target=target)}


def insert_following(tx: Transaction, follow_id: str, local_actor: str, target: str) -> None:
    tx.run(QUERIES.insert_following, follow_id=follow_id, local_actor=local_actor, target=target)
    tx.run(QUERIES.forget_ended, local_actor=local_actor, target=target, most=MOST_ENDED)


def following_by_id(tx: Transaction, follow_id: str) -> Following | None:
    return _following(tx.one(QUERIES.following_by_id, follow_id=follow_id))


def following_of(tx: Transaction, local_actor: str, target: str) -> Following | None:
    """The latest, in whatever state."""
    return _following(tx.one(QUERIES.following_of, local_actor=local_actor, target=target))


def ask_again(tx: Transaction, now: datetime, *, ended: datetime, since: datetime) -> int:
    """Sends once more what asked since `since`, was delivered or refused before `ended` and was not answered."""
    return tx.run(QUERIES.ask_again, now=millis(now), before=millis(ended), since=millis(since))


def set_state(tx: Transaction, follow_id: str, state: State, reason: str = "") -> None:
    tx.run(QUERIES.set_state, follow_id=follow_id, state=state, reason=reason)


def following_page(tx: Transaction, local_actor: str, *, after: str, limit: int) -> list[str]:
    """Ids of those it follows or has asked to follow, in order; `after` is the last id of the page before,
    or "".
    """
    rows = tx.all(QUERIES.following_page, local_actor=local_actor, after=after, limit=limit)
    return [row["target"] for row in rows]


def count_following(tx: Transaction, local_actor: str) -> int:
    row = tx.one(QUERIES.count_following, local_actor=local_actor)
    return row["n"] if row else 0


def _following(row: Row | None) -> Following | None:
    if row is None:
        return None
    return Following(row["follow_id"], row["local_actor"], row["target"], row["state"], row["reason"])
