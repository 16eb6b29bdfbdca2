"""FEP-8fcf: two servers find out, at the next post, which follow only one of them remembers.

Told: which actors of an origin follow one of ours, by a digest in each Create and, when asked, by name; to that origin
alone, which knows them already. Heard: what others say in their Creates of who of ours follows them. What came apart
through a lost Undo, or through a database restored from a backup, is mended by ordinary Follows and Undos.
"""

from collections.abc import Set
from datetime import timedelta
from typing import Final

from federation.actors import RemoteActor
from federation.collection_synchronization import (
    HEADER,
    Synchronization,
    digest_of,
    format_header,
    parse_header,
)
from federation.documents import JsonObject, id_of, many
from federation.errors import FederationError
from federation.inbox import VerifiedActivity
from federation.origins import origin_of
from server.fediverse import actors, errands, outbox
from server.fediverse.followers import store
from server.fediverse.instance import Instance
from server.fediverse.uris import Uris
from server.fediverse.wire import from_text
from server.storage.database import Transaction

SYNCHRONIZE: Final = "synchronize-followers"
AT_MOST_EVERY: Final = timedelta(hours=1)

MOST_AT_ONE_ORIGIN: Final = 5_000
"""More names make a document that no peer of ours reads; nothing is said of so many."""


def synchronization_address(uris: Uris, actor_id: str) -> str:
    return f"{uris.followers(actor_id)}_synchronization"


def followers_at(tx: Transaction, actor_id: str, origin: str) -> list[str] | None:
    """Ids of the actors of `origin` ("https://host[:port]") that follow one of ours; None when too many do."""
    ids = store.of_origin(tx, actor_id, origin, limit=MOST_AT_ONE_ORIGIN + 1)
    return None if len(ids) > MOST_AT_ONE_ORIGIN else ids


def tells_followers(uris: Uris, actor_id: str, document: str) -> bool:
    """Whether `document` is a Create addressed to the followers of `actor_id`, which says who they are. Raises
    ValueError when it is no JSON.
    """
    activity = from_text(document)
    audience = [id_of(reader) for key in ("to", "cc") for reader in many(activity, key)]
    return activity.get("type") == "Create" and uris.followers(actor_id) in audience


def synchronization_value(tx: Transaction, uris: Uris, *, actor_id: str, inbox_origin: str) -> str | None:
    """The value of `Collection-Synchronization` for such a delivery to an inbox at `inbox_origin`.

    None unless somebody at that origin follows. Asked when it is sent: what a queued delivery said would be old.
    """
    ids = followers_at(tx, actor_id, inbox_origin)
    if not ids:
        return None
    url = synchronization_address(uris, actor_id)
    return format_header(Synchronization(uris.followers(actor_id), url, digest_of(ids)))


def compare(tx: Transaction, activity: VerifiedActivity) -> bool:
    """A Create that bears the header: leaves the errand to fetch the list when the digest is not ours. True when so.

    At most once an hour for an actor whom one of ours follows, and once an hour for all the others of one server: a
    hub restored from an old backup follows nobody any more and has to hear of it. The header never costs the Create:
    what cannot be read is passed over.
    """
    value = activity.headers.get(HEADER)
    if value is None or activity.type != "Create":
        return False
    actor_id = activity.actor.id
    try:
        said = parse_header(value, actor_id=actor_id)
    except FederationError:
        return False
    alive = store.alive_towards(tx, actor_id)
    if said.digest == digest_of(ours for ours, state in alive.items() if state == "accepted"):
        return False
    subject = actor_id if alive else str(origin_of(actor_id))
    if errands.waiting(tx, SYNCHRONIZE, subject) is not None:
        return False
    detail = {
        "actor": actor_id,
        "collection": said.collection_id,
        "url": said.url,
        "digest": said.digest,
    }
    errands.add(tx, SYNCHRONIZE, subject, detail)
    return True


def settle(tx: Transaction, here: Instance, actor: RemoteActor, listed: Set[str]) -> int:
    """Brings both sides together; `listed` are those of ours that `actor`'s server holds for followers, by its own
    digest. Answers how many differed.

    Whom it lists and who does not follow takes a Follow back that we do not remember. Who follows and is not listed
    follows anew, under a new id: the old one may count as seen there. So does who still waits and is listed, because
    then the Accept was lost.
    """
    alive = store.alive_towards(tx, actor.id)
    differed = 0
    for local_actor, state in alive.items():
        if (state == "accepted") != (local_actor in listed):
            _follow_anew(tx, here, local_actor, actor)
            differed += 1
    for local_actor in sorted(listed - alive.keys()):
        local = actors.by_id(tx, local_actor)
        if local is not None and not local.deleted:
            _take_back(tx, here, local_actor, actor)
            differed += 1
    return differed


def _follow_anew(tx: Transaction, here: Instance, local_actor: str, actor: RemoteActor) -> None:
    before = store.following_of(tx, local_actor, actor.id)
    if before is not None:
        store.set_state(tx, before.follow_id, "ended")
    follow_id = here.uris.new_activity_id(here.clock.now())
    store.insert_following(tx, follow_id, local_actor, actor.id)
    _send(tx, here, local_actor, actor, _follow(follow_id, local_actor, actor.id), follow_id)


def _take_back(tx: Transaction, here: Instance, local_actor: str, actor: RemoteActor) -> None:
    before = store.following_of(tx, local_actor, actor.id)
    # Of a Follow that we forgot there is no id: Mastodon, and we, find it by its actor and its object.
    follow_id = here.uris.new_activity_id(here.clock.now()) if before is None else before.follow_id
    undo = {"type": "Undo", "object": _follow(follow_id, local_actor, actor.id)}
    _send(tx, here, local_actor, actor, undo, follow_id)


def _send(
    tx: Transaction,
    here: Instance,
    local_actor: str,
    actor: RemoteActor,
    document: JsonObject,
    follow_id: str,
) -> None:
    outbox.publish(
        tx,
        here,
        local_actor,
        {**document, "to": [actor.id]},
        object_id=follow_id,
        to_followers=False,
        inboxes=[(actor.inbox, str(origin_of(actor.id)))],
        proof=False,
    )


def _follow(follow_id: str, local_actor: str, target: str) -> JsonObject:
    return {"id": follow_id, "type": "Follow", "actor": local_actor, "object": target}
