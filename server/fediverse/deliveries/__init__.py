"""What we still owe, inbox by inbox, and which origins do not answer just now."""

from server.fediverse.deliveries.store import (
    Delivery,
    Outcome,
    ReadyOrigin,
    claim,
    heard_from,
    next_event,
    prune_ended,
    prune_stale_breakers,
    ready_origins,
    record,
    release_leases,
)

__all__ = [
    "Delivery",
    "Outcome",
    "ReadyOrigin",
    "claim",
    "heard_from",
    "next_event",
    "prune_ended",
    "prune_stale_breakers",
    "ready_origins",
    "record",
    "release_leases",
]
