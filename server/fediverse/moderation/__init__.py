"""Whom this instance refuses: single actors, and servers with their subdomains."""

from server.fediverse.moderation.authors import carries_blocked, may_concern_blocked
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.moderation.changing import change_blocks, follow_blocks, read_blocks
from server.fediverse.moderation.store import (
    Block,
    block,
    block_all,
    blocked,
    blocks,
    is_blocked,
    sweep,
    unblock,
)
from server.fediverse.moderation.targets import is_server, target_of, why_not

__all__ = [
    "Block",
    "Blocklist",
    "block",
    "block_all",
    "blocked",
    "blocks",
    "carries_blocked",
    "change_blocks",
    "follow_blocks",
    "is_blocked",
    "is_server",
    "may_concern_blocked",
    "read_blocks",
    "sweep",
    "target_of",
    "unblock",
    "why_not",
]
