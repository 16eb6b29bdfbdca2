"""Which activities were taken in already. Nothing in here says by whom they were."""

from server.fediverse.received.store import (
    finished,
    first_time,
    prune_received,
    remember_deletion,
    was_deleted,
)

__all__ = ["finished", "first_time", "prune_received", "remember_deletion", "was_deleted"]
