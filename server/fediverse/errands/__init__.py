"""What has to be fetched because of something a transaction saw: a listener never touches the network
itself.
"""

from server.fediverse.errands.store import (
    ErrandRow,
    add,
    bring_forward,
    fail,
    finish,
    lease,
    next_due,
    prune_failed,
    release_leases,
    retry,
    waiting,
)

__all__ = [
    "ErrandRow",
    "add",
    "bring_forward",
    "fail",
    "finish",
    "lease",
    "next_due",
    "prune_failed",
    "release_leases",
    "retry",
    "waiting",
]
