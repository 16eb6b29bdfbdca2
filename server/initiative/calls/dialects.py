"""Who is sent what of a call: the Note, or the Event that says the same (FEATURES D5, D6).

- A call that is no event: its Note to every follower's server.
- One that is an event: the Event to servers that read events, the Note to all others; which it is, is looked up when it
  is sent. Servers that fetched the Note get its edits and its end in any case: that is what they hold.
- It becomes an event by an edit: event readers are sent a Delete of the Note and a Create of the Event, the others an
  Update of the Note. It stops being one: event readers are sent a Delete of the Event and a Create of the Note.
- Which of the two a reader of the call fetched is not kept: a server may hold the Event alone, and is told of its end.
- An address that was deleted does not come to life again: what was taken off the calendars stays off, and an event
  reader that was told to delete the Note may refuse to take it again.
- In outboxes and among the featured stand Notes only.
"""

from collections.abc import Iterable

from federation.documents import JsonObject
from server.documents.call import Call, event_uri
from server.fediverse import call_readers, outbox
from server.fediverse.instance import Instance
from server.initiative.calls import documents
from server.initiative.calls.model import KeptCall
from server.storage.database import Transaction

Inboxes = Iterable[tuple[str, str]]


def send_new(tx: Transaction, here: Instance, call: Call, note: JsonObject, event: JsonObject | None) -> None:
    _send_note(tx, here, call, documents.create(note), split=event is not None)
    if event is not None:
        _send_event(tx, here, call, documents.create(event))


def send_changed(
    tx: Transaction, here: Instance, before: Call, call: Call, note: JsonObject, event: JsonObject | None
) -> None:
    """`call` as it is now; `event` None if it is none any more."""
    followers = here.uris.followers(call.actor_id)
    if event is not None and not before.as_event:
        _take_back_note(tx, here, call, followers)
    readers = call_readers.inboxes_of(tx, call.uri)
    split = event is not None or before.as_event
    _send_note(tx, here, call, documents.update(note), split=split, inboxes=readers)
    match before.as_event, event:
        case True, None:
            _send_event(tx, here, call, documents.delete(event_uri(call.uri), followers), inboxes=readers)
            _publish(tx, here, call, documents.create(note), object_id=call.uri, dialect="event")
        case False, dict():
            _send_event(tx, here, call, documents.create(event))
        case True, dict():
            _send_event(tx, here, call, documents.update(event))


def holders(tx: Transaction, kept: KeptCall) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Who beside followers by their dialect has a copy of the Note, and of the Event: asked before they are erased.

    A server of which it was learned only after the call was sent that it reads events has the Note.
    """
    readers = call_readers.inboxes_of(tx, kept.call.uri)
    if not kept.call.as_event:
        return readers, []
    told = outbox.inboxes_told(tx, kept.call.uri)
    return [*readers, *told], [*readers, *outbox.inboxes_told(tx, event_uri(kept.call.uri))]


def send_end(tx: Transaction, here: Instance, kept: KeptCall, of_note: Inboxes, of_event: Inboxes) -> None:
    """Withdrawn. `of_note` and `of_event` as `holders` said."""
    call, followers = kept.call, here.uris.followers(kept.call.actor_id)
    delete = documents.delete(call.uri, followers)
    dialect: outbox.Dialect | None = "note" if call.as_event else None
    _publish(tx, here, call, delete, object_id=call.uri, dialect=dialect, inboxes=of_note)
    if call.as_event:
        event = event_uri(call.uri)
        delete = documents.delete(event, followers)
        _publish(tx, here, call, delete, object_id=event, dialect="event", inboxes=of_event)


def _take_back_note(tx: Transaction, here: Instance, call: Call, followers: str) -> None:
    """Without a proof and for followers alone: the Note lives on, and a Delete of it that anybody could pass on would
    delete it at hubs and on Mastodon for good.
    """
    delete = documents.delete(call.uri, followers) | {"to": [followers], "cc": []}
    _publish(tx, here, call, delete, object_id=call.uri, dialect="event", proof=False)


def _send_note(
    tx: Transaction, here: Instance, call: Call, activity: JsonObject, *, split: bool, inboxes: Inboxes = ()
) -> None:
    dialect: outbox.Dialect | None = "note" if split else None
    _publish(tx, here, call, activity, object_id=call.uri, dialect=dialect, inboxes=inboxes, listed=True)


def _send_event(
    tx: Transaction, here: Instance, call: Call, activity: JsonObject, *, inboxes: Inboxes = ()
) -> None:
    _publish(tx, here, call, activity, object_id=event_uri(call.uri), dialect="event", inboxes=inboxes)


def _publish(
    tx: Transaction,
    here: Instance,
    call: Call,
    activity: JsonObject,
    *,
    object_id: str,
    dialect: outbox.Dialect | None,
    inboxes: Inboxes = (),
    listed: bool = False,
    proof: bool = True,
) -> None:
    outbox.publish(
        tx,
        here,
        call.actor_id,
        activity,
        object_id=object_id,
        to_followers=True,
        inboxes=inboxes,
        listed=listed,
        proof=proof,
        dialect=dialect,
    )
