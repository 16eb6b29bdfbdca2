"""Whom this instance refuses: single actors and whole origins."""

from server.fediverse.moderation.store import block, blocked, is_blocked, unblock

__all__ = ["block", "blocked", "is_blocked", "unblock"]
