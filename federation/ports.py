"""What this library asks of the application: a clock, what it remembers, and the instance's key."""

from datetime import datetime
from typing import Protocol

from federation.actors import RemoteActor
from federation.keys import SigningKey


class Clock(Protocol):
    def now(self) -> datetime:
        """The time now: aware, in UTC."""
        ...


class RememberedActors(Protocol):
    """Reads only: nothing about a sender is written before the transaction that takes its activity."""

    async def by_id(self, actor_id: str) -> RemoteActor | None: ...

    async def by_key_id(self, key_id: str) -> RemoteActor | None: ...

    async def knows_origin(self, origin: str) -> bool:
        """Whether any actor of this origin is remembered."""
        ...


class SigningKeys(Protocol):
    async def instance_key(self) -> SigningKey:
        """The key of the instance actor: it signs every GET of a remote document."""
        ...
