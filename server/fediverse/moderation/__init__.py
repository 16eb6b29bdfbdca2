"""Whom this instance refuses: single actors and whole origins."""

from server.fediverse.moderation.store import Block, block, blocked, blocks, is_blocked, unblock
from server.fediverse.moderation.targets import is_origin, target_of, why_not

__all__ = [
    "Block",
    "block",
    "blocked",
    "blocks",
    "is_blocked",
    "is_origin",
    "target_of",
    "unblock",
    "why_not",
]
