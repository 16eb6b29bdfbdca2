"""One function, one act, one transaction: the row, the signed document and what is owed to followers."""

from dataclasses import replace

from federation.documents import JsonObject
from server.documents.call import Call, event_uri
from server.feature import Refusal
from server.fediverse import call_readers, outbox
from server.fediverse.instance import Instance
from server.fediverse.uris import random_id
from server.fediverse.wire import to_text
from server.initiative.arguments import Arguments
from server.initiative.calls import dialects, documents, store
from server.initiative.calls.model import (
    EVENT_IS_OVER,
    Draft,
    KeptCall,
    Withdrawn,
    closed,
    later,
    read_edit,
    require_event_time,
    rewritten,
)
from server.initiative.drafts import store as drafts
from server.initiative.replies import store as replies
from server.storage.database import Transaction


def publish_call(
    tx: Transaction, here: Instance, actor_id: str, draft: Draft, *, call_id: str | None = None
) -> str:
    """Answers the call's URI; its last part is `call_id`, or made up."""
    require_event_time(draft)
    call = draft.as_call(here.uris.call(call_id or random_id()), actor_id, here.clock.now())
    note, event = _signed(tx, here, call)
    store.insert_call(tx, KeptCall(call, to_text(note), None if event is None else to_text(event)))
    dialects.send_new(tx, here, call, note, event)
    return call.uri


def edit_call(tx: Transaction, here: Instance, uri: str, arguments: Arguments) -> list[str]:
    """Changes what was given; a closed call stays closed. An edit that changes nothing is not sent."""
    kept = living(tx, uri)
    edited, notes = read_edit(arguments, kept.call)
    if edited != kept.call:
        _change(tx, here, kept, edited)
    return notes


def rewrite_call(tx: Transaction, here: Instance, uri: str, words: Draft) -> None:
    """Everything it says at once. What changes nothing is not sent."""
    require_event_time(words)
    kept = living(tx, uri)
    edited = rewritten(kept.call, words)
    if edited != kept.call:
        _change(tx, here, kept, edited)


def close_call(tx: Transaction, here: Instance, uri: str, outcome: str = "") -> None:
    """ "Enough, thank you", and what came of it: followers see it as an edit of the same post."""
    kept = living(tx, uri)
    _change(tx, here, kept, closed(kept.call, outcome))


def withdraw_call(tx: Transaction, here: Instance, uri: str) -> None:
    kept = living(tx, uri)
    of_note, of_event = dialects.holders(tx, kept)
    erase_call(tx, here, uri)
    dialects.send_end(tx, here, kept, of_note, of_event)


def erase_call(tx: Transaction, here: Instance, uri: str) -> None:
    """Wipes the text here and whatever of it still waits to be sent; its addresses answer 410 from now on."""
    now, event = here.clock.now(), event_uri(uri)
    was_event = living(tx, uri).event is not None
    outbox.erase_object(tx, uri)
    outbox.erase_object(tx, event)
    call_readers.forget(tx, uri)
    drafts.forget_edits(tx, uri)
    replies.forget_call(tx, uri)
    event_tombstone = to_text(documents.tombstone(event, now, "Event")) if was_event else None
    store.wipe_call(tx, uri, to_text(documents.tombstone(uri, now)), event_tombstone, now)


def living(tx: Transaction, uri: str) -> KeptCall:
    """Raises `Refusal` for what is no call of ours, or was withdrawn."""
    match store.find(tx, uri):
        case KeptCall() as kept:
            return kept
        case Withdrawn():
            raise Refusal(f"{uri} was withdrawn and cannot be changed any more; publish a new call.")
        case None:
            shown = "".join(c for c in uri if c.isprintable())[:200]
            raise Refusal(
                f"There is no call {shown} on this server; use the address that `call publish` printed."
            )


def _change(tx: Transaction, here: Instance, kept: KeptCall, changed: Call) -> None:
    if changed.as_event and kept.event_is_over:
        raise Refusal(EVENT_IS_OVER)
    changed = replace(changed, updated=later(changed.updated, here.clock.now()))
    note, event = _signed(tx, here, changed)
    kept_event = kept.event
    if event is not None:
        kept_event = to_text(event)
    elif kept.call.as_event:
        kept_event = to_text(documents.tombstone(event_uri(changed.uri), changed.updated, "Event"))
        # What is taken off the calendars is not sent out after all.
        outbox.erase_object(tx, event_uri(changed.uri))
    store.update_call(tx, KeptCall(changed, to_text(note), kept_event))
    dialects.send_changed(tx, here, kept.call, changed, note, event)


def _signed(tx: Transaction, here: Instance, call: Call) -> tuple[JsonObject, JsonObject | None]:
    """The Note, and the Event if it is one as well."""
    key, followers = here.keyring.load(tx, call.actor_id).proof, here.uris.followers(call.actor_id)
    note = documents.signed_note(call, followers, key)
    return note, documents.signed_event(call, followers, key) if call.as_event else None
