"""Reading a call that its author signed."""

from datetime import datetime

from federation.documents import MAX_FETCH_BYTES, JsonObject, loads
from federation.errors import Forbidden, Malformed, NotAuthentic
from federation.integrity_proofs import method_of, verify
from federation.keys import Ed25519PublicKey
from federation.multibase import parse_multikey
from federation.origins import require_own_object
from server.documents.call import Call, read_call
from server.hub.calls.model import MAX_FUTURE, KeptCall
from server.hub.listings.model import PinnedKey, short_id


def signed_call(body: bytes, actor_id: str, key: PinnedKey, now: datetime) -> KeptCall:
    """The call in the exact bytes of a Note, as a hub keeps it; raises as `read_signed` does."""
    return read_signed(body, actor_id, key, now)[0]


def read_signed(
    body: bytes, actor_id: str, key: PinnedKey, now: datetime, document: JsonObject | None = None
) -> tuple[KeptCall, Call]:
    """The call in the exact bytes of a Note, as a hub keeps it and as it reads. `document`: what `loads` made of these
    bytes already, as a part of the activity that they came in.

    Raises `Malformed` when it is no call (a reply, not public, without our status term), `Forbidden` when it is
    somebody else's, `NotAuthentic` when the pinned key did not sign it: neither an HTTP signature nor TLS nor another
    key of the same account makes up for that, since a seized server has all of those (TRU-14).
    """
    if document is None:
        document = loads(body, max_bytes=MAX_FETCH_BYTES)
    call = read_call(document)
    if call.actor_id != actor_id:
        raise Forbidden("object-of-another")
    require_own_object(call.uri, actor_id)
    if method_of(document) != key.method:
        raise NotAuthentic("unknown-method")
    public = parse_multikey(key.multibase)
    if not isinstance(public, Ed25519PublicKey):
        raise NotAuthentic("bad-key")
    verify(document, public, now=now)
    if call.updated > now + MAX_FUTURE:
        raise Malformed("updated-in-future")
    kept = KeptCall(
        uri=call.uri,
        call_id=short_id(call.uri),
        actor_id=actor_id,
        state=call.state,
        document=body,
        updated=call.updated,
        title=call.title,
        language=call.language,
        kind=call.kind,
        size=call.size,
        themes=call.themes,
        place=call.place,
    )
    return kept, call
