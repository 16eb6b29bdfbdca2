"""Every address that this instance gives to its actors and to what they say, made from the configured
origin alone.

An address from a request's Host header would let a stranger choose our ids (CVE-2026-48710).
"""

import secrets
import threading
from datetime import datetime

from federation.origins import same_origin
from server.clock import millis

_TIME_DIGITS = 12  # of 48 bits: enough until the year 10889


class Uris:
    """`origin` is "https://host[:port]" without a slash at its end; `handle_domain` stands behind the @ of a handle."""

    def __init__(self, origin: str, handle_domain: str = "") -> None:
        self.origin = origin
        self.handle_domain = handle_domain or origin.partition("://")[2]
        self.instance_actor = f"{origin}/actor"
        self.shared_inbox = f"{origin}/inbox"
        self._lock = threading.Lock()
        self._last = 0

    def actor(self, handle: str) -> str:
        return f"{self.origin}/actors/{handle}"

    def inbox(self, actor_id: str) -> str:
        return f"{actor_id}/inbox"

    def outbox(self, actor_id: str) -> str:
        return f"{actor_id}/outbox"

    def followers(self, actor_id: str) -> str:
        return f"{actor_id}/followers"

    def following(self, actor_id: str) -> str:
        return f"{actor_id}/following"

    def featured(self, actor_id: str) -> str:
        return f"{actor_id}/featured"

    def main_key(self, actor_id: str) -> str:
        return f"{actor_id}#main-key"

    def proof_key(self, actor_id: str) -> str:
        return f"{actor_id}#ed25519-key"

    def call(self, call_id: str) -> str:
        return f"{self.origin}/calls/{call_id}"

    def activity(self, activity_id: str) -> str:
        return f"{self.origin}/activities/{activity_id}"

    def profile_page(self, handle: str) -> str:
        return f"{self.origin}/@{handle}"

    def media(self, name: str) -> str:
        return f"{self.origin}/media/{name}"

    def is_ours(self, uri: str) -> bool:
        return same_origin(uri, self.origin)

    def new_activity_id(self, now: datetime) -> str:
        """An address that sorts after every earlier one and that nobody can guess.

        Deliveries about one object go in this order, and outboxes page by it, so a clock that is set back,
        or two activities within a millisecond, must not disturb it.
        """
        with self._lock:
            self._last = max(self._last + 1, millis(now))
            moment = self._last
        return self.activity(f"{moment:0{_TIME_DIGITS}x}{secrets.token_hex(8)}")

    def go_on_after(self, activity_id: str) -> None:
        """From now on every new one sorts after this one of ours: the clock may have been ahead before a restart."""
        moment = activity_id.rpartition("/")[2][:_TIME_DIGITS]
        with self._lock:
            self._last = max(self._last, int(moment, 16))


def random_id() -> str:
    """80 bits in lower-case hex: for addresses that must not tell how many there are."""
    return secrets.token_hex(10)
