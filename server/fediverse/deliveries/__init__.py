"""What we still owe, inbox by inbox, and which origins do not answer just now."""

from server.fediverse.deliveries.store import (
    Delivery,
    Outcome,
    Reach,
    ReadyOrigin,
    Standing,
    claim,
    heard_from,
    next_event,
    prune_ended,
    prune_stale_breakers,
    reach,
    ready_origins,
    record,
    release_leases,
    standings,
)

__all__ = [
    "Delivery",
    "Outcome",
    "Reach",
    "ReadyOrigin",
    "Standing",
    "claim",
    "heard_from",
    "next_event",
    "prune_ended",
    "prune_stale_breakers",
    "reach",
    "ready_origins",
    "record",
    "release_leases",
    "standings",
]
