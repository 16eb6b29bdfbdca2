"""Actors we have to do with that say they have moved, as far as the new address confirms it.

Only the push form is taken (PROTOCOL 9.1): the old account says so itself, and the new one names the old one.
"""

from server.fediverse.moves.actions import COOL_DOWN, confirmed, record, said_target
from server.fediverse.moves.store import forget_old

__all__ = ["COOL_DOWN", "confirmed", "forget_old", "record", "said_target"]
