"""Which servers are sent an Event and which a Note, of a call that is both: learned of NodeInfo and remembered."""

from server.fediverse.dialects.actions import LEARN, ask, ask_again, learn
from server.fediverse.dialects.model import Dialect, dialect_of
from server.fediverse.dialects.store import Known, find

__all__ = ["LEARN", "Dialect", "Known", "ask", "ask_again", "dialect_of", "find", "learn"]
