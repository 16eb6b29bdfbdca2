"""Servers that have not answered for weeks: since when, and what is forgotten when a month has passed."""

from server.fediverse.silence.actions import FORGET_AFTER, TELL_AFTER, forget, look_around
from server.fediverse.silence.store import Silent, begin, end, is_online, may_wait, silent, somebody_at

__all__ = [
    "FORGET_AFTER",
    "TELL_AFTER",
    "Silent",
    "begin",
    "end",
    "forget",
    "is_online",
    "look_around",
    "may_wait",
    "silent",
    "somebody_at",
]
