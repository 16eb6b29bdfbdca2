"""Which activities were taken in already. Nothing in here says by whom they were."""

from server.fediverse.received.store import (
    first_time,
    prune_received,
    remember_deletion,
    was_deleted,
)

__all__ = ["first_time", "prune_received", "remember_deletion", "was_deleted"]
