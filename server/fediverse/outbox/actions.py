"""Publishing and erasing: each inside the transaction of whoever says something."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from federation.documents import is_public
from federation.integrity_proofs import attach
from federation.vocabulary import OBJECT_CONTEXT
from server.clock import iso
from server.fediverse.dialects.model import Dialect
from server.fediverse.instance import Instance
from server.fediverse.outbox import store
from server.fediverse.wire import from_text, to_text
from server.storage.database import Transaction


def publish(
    tx: Transaction,
    here: Instance,
    actor_id: str,
    activity: Mapping[str, Any],
    *,
    object_id: str,
    to_followers: bool,
    inboxes: Iterable[tuple[str, str]] = (),
    listed: bool = False,
    redated: bool = False,
    proof: bool = True,
    dialect: Dialect | None = None,
) -> str:
    """Stores `activity` as it will be sent, and owes it to every inbox; answers its id.

    Adds `@context`, `id`, `actor` and `published` where they are missing. Activities about one `object_id`
    reach one inbox in the order they were published. `inboxes` are pairs (inbox, origin), see
    `actors.Whereabouts`. `listed`: shown in the actor's outbox collection. `redated`: gets a fresh
    `published` at each sending, so it has no proof. `dialect`: of the followers only servers that read Events, or all
    others; `inboxes` are not asked. Raises `keyring.MissingKey`, and `ValueError` for an Update whose object is not
    `updated` later than what was said of it last (AC-5.4).
    """
    now = here.clock.now()
    if activity["type"] == "Update":
        _require_later(activity, store.said_before(tx, object_id))
    activity_id = activity.get("id") or here.uris.new_activity_id(now)
    document = {
        "@context": activity.get("@context", OBJECT_CONTEXT),
        "id": activity_id,
        "type": activity["type"],
        "actor": actor_id,
        "published": iso(now),
        # `bto` and `bcc` name people whom the other readers must not see.
        **{key: value for key, value in activity.items() if key not in ("@context", "id", "bto", "bcc")},
    }
    if proof and not redated:
        document = attach(document, here.keyring.load(tx, actor_id).proof, now)
    store.insert_activity(
        tx,
        activity_id=activity_id,
        actor_id=actor_id,
        object_id=object_id,
        document=to_text(document),
        listed=listed,
        is_public=is_public(document.get("to")) or is_public(document.get("cc")),
        redated=redated,
        now=now,
    )
    store.insert_deliveries(tx, activity_id, object_id, inboxes, now)
    if to_followers:
        store.fan_out(tx, activity_id, actor_id, object_id, now, dialect)
    store.hurry_what_stands_before(tx, object_id, now)
    tx.wake("deliveries")
    return str(activity_id)


def _require_later(update: Mapping[str, Any], before: str | None) -> None:
    """Mastodon drops an edit that is not later than what it holds, and others keep either: nobody may send one."""
    said, edited = from_text(before).get("object") if before is not None else None, update["object"]
    if not isinstance(said, dict) or not isinstance(edited, dict):
        return
    if said.get("id") != edited.get("id") or not ("updated" in said and "updated" in edited):
        return
    if datetime.fromisoformat(edited["updated"]) <= datetime.fromisoformat(said["updated"]):
        raise ValueError("an edit must be later than what it edits")


def erase_object(tx: Transaction, object_id: str) -> None:
    """What was withdrawn is not kept: earlier activities about it lose their content, and what waits is not
    sent.

    A Delete calls this before it is published. Ids of the erased activities answer 410.
    """
    store.erase(tx, object_id)


def redated(document: str, now: datetime) -> str:
    """The same activity published now: Mastodon hides an Announce more than six hours old from home
    timelines.
    """
    return to_text({**from_text(document), "published": iso(now)})
