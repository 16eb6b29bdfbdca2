"""Servers that fetched a call by a signed GET: its edits and its end are sent there too (PROTOCOL 5.4).

A server that knows a call only through a boost gets no Update from anybody, keeps the old text for ever, and yet takes
one that the author signed. A block takes its server's rows along (`moderation`).
"""

from server.fediverse.call_readers.store import forget, has_room, inboxes_of, remember

__all__ = ["forget", "has_room", "inboxes_of", "remember"]
