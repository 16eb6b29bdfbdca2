"""Who may speak for what (FEP-fe34): each law is one named function, its comment names the attack it stops.

An origin is scheme, host and port. Mastodon compares hosts only; we compare the whole origin, because two
ports of one host can belong to two people.
"""

from dataclasses import dataclass
from functools import lru_cache

from federation.documents import JsonObject, id_of, many, type_of
from federation.errors import Forbidden, Malformed
from federation.urls import DEFAULT_PORTS, parse_url
from federation.vocabulary import ACTOR_TYPES


@dataclass(frozen=True, slots=True)
class Origin:
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host` or `host:port`; the default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@lru_cache(maxsize=1024)
def origin_of(url: str) -> Origin:
    """Raises `Malformed("bad-url")` when `url` is no strict http(s) URL."""
    parsed = parse_url(url)
    return Origin(parsed.scheme, parsed.host, parsed.port)


def authority_of(url: str) -> str:
    """`host[:port]` in lower case, the default port dropped. Raises `Malformed`."""
    return origin_of(url).authority


def same_origin(a: str, b: str) -> bool:
    """False also when one of them is no URL: what cannot be read has no origin in common with anything."""
    try:
        return origin_of(a) == origin_of(b)
    except Malformed:
        return False


def require_own_id(activity_id: str, actor_id: str) -> None:
    """An activity's id lives where its actor lives.

    Otherwise an actor of one host occupies ids of another, and the honest activity of that id is later
    dropped as seen.
    """
    if not same_origin(activity_id, actor_id):
        raise Forbidden("activity-elsewhere")


def require_actor_is_key_owner(actor_id: str, owner_id: str) -> None:
    """The key that signed belongs to the actor named in the activity, not to a neighbour on its host.

    Fedify CVE-2025-54888: an activity was dispatched before this was asked, so anybody could speak for
    everybody.
    """
    if actor_id != owner_id:
        raise Forbidden("signer-is-not-actor")


def require_key_is_at_home(key_id: str, owner_id: str) -> None:
    """A key lives where its owner lives: a document on an attacker's host may name any victim as owner."""
    if not same_origin(key_id, owner_id):
        raise Forbidden("key-elsewhere")


def require_own_object(object_id: str, actor_id: str) -> None:
    """Create, Update, Delete and Undo reach only into the actor's own origin (CVE-2024-23832).

    Two actors of one origin are told apart by whoever remembers the object's owner: the application.
    """
    if not same_origin(object_id, actor_id):
        raise Forbidden("object-elsewhere")


def require_embedded_object_belongs(document: JsonObject, actor_id: str) -> None:
    """An embedded object is believed only when its id and its owner are the actor's (FEP-fe34, R1, R2, R10).

    Stops a Create by Mallory of a Note "by Alice", and an array of owners in which one reader takes the first
    and another the last.
    """
    _require_embedded_id(document, actor_id)
    if type_of(document) in ACTOR_TYPES:
        # An actor belongs to itself, whatever it says of its makers: IDC-03, an Update of a neighbour's
        # profile.
        _require_owner(document, "id", actor_id)
    else:
        _require_owner(document, "attributedTo", actor_id)


def require_undone_activity_belongs(document: JsonObject, actor_id: str) -> None:
    """Only who did it can undo it (IDC-16: an Undo of the Follow of another actor)."""
    _require_embedded_id(document, actor_id)
    _require_owner(document, "actor", actor_id)


def _require_embedded_id(document: JsonObject, actor_id: str) -> None:
    object_id = id_of(document.get("id"))
    if object_id is not None:
        require_own_object(object_id, actor_id)
    elif document.get("id") is not None:
        raise Malformed("bad-object-id")


def _require_owner(document: JsonObject, key: str, actor_id: str) -> None:
    owners = many(document, key)
    if owners and [id_of(owner) for owner in owners] != [actor_id]:
        raise Forbidden("object-of-another")


def require_fetched_id(claimed_id: str, fetched_from: str) -> None:
    """What a server hands out may carry an id of its own origin only.

    IDC-08, IDC-09: `evil/x` answers with `good/x` as its id, or an open redirector on `good` leads to `evil`.
    """
    if not same_origin(claimed_id, fetched_from):
        raise Forbidden("id-elsewhere")
