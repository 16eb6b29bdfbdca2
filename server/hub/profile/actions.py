"""Making the hub's account on the first start, and telling its followers when the settings changed."""

from federation.documents import time_of
from server.fediverse import actors, outbox
from server.fediverse.actors.ours.documents import update
from server.fediverse.wire import to_text
from server.hub.profile import documents
from server.services import Services
from server.storage.database import Transaction


def prepare(tx: Transaction, services: Services) -> None:
    """Runs at each start."""
    here = services.here
    now = here.clock.now()
    actor_id = here.uris.actor(here.settings.hub_handle)
    held = actors.by_id(tx, actor_id)
    if held is None:
        keys = here.keyring.create(tx, actor_id, now)
        document = documents.hub_document(here, keys, now, now)
        actors.insert_local(tx, actor_id, "hub", here.settings.hub_handle, to_text(document), now)
        return
    before = documents.read(held.document)
    keys = here.keyring.load(tx, actor_id)
    document = documents.hub_document(here, keys, time_of(before, "published") or now, now)
    if documents.says_the_same(before, document):
        return
    actors.replace_document(tx, actor_id, to_text(document), now)
    outbox.publish(tx, here, actor_id, update(document), object_id=actor_id, to_followers=True)
