"""One function, one act, one transaction: the row, the signed document and what is owed to followers."""

from dataclasses import replace

from server.documents.call import Call
from server.feature import Refusal
from server.fediverse import outbox
from server.fediverse.instance import Instance
from server.fediverse.uris import random_id
from server.fediverse.wire import to_text
from server.initiative.arguments import Arguments
from server.initiative.calls import documents, store
from server.initiative.calls.model import Draft, KeptCall, Withdrawn, closed, later, read_edit, rewritten
from server.initiative.drafts import store as drafts
from server.storage.database import Transaction


def publish_call(
    tx: Transaction, here: Instance, actor_id: str, draft: Draft, *, call_id: str | None = None
) -> str:
    """Answers the call's URI; its last part is `call_id`, or made up."""
    call = draft.as_call(here.uris.call(call_id or random_id()), actor_id, here.clock.now())
    note = documents.signed_note(call, here.uris.followers(actor_id), here.keyring.load(tx, actor_id).proof)
    store.insert_call(tx, call, to_text(note))
    _publish(tx, here, call, documents.create(note))
    return call.uri


def edit_call(tx: Transaction, here: Instance, uri: str, arguments: Arguments) -> list[str]:
    """Changes what was given; a closed call stays closed. An edit that changes nothing is not sent."""
    call = living(tx, uri).call
    edited, notes = read_edit(arguments, call)
    if edited != call:
        _change(tx, here, edited)
    return notes


def rewrite_call(tx: Transaction, here: Instance, uri: str, words: Draft) -> None:
    """Everything it says at once. What changes nothing is not sent."""
    call = living(tx, uri).call
    edited = rewritten(call, words)
    if edited != call:
        _change(tx, here, edited)


def close_call(tx: Transaction, here: Instance, uri: str, outcome: str = "") -> None:
    """ "Enough, thank you", and what came of it: followers see it as an edit of the same post."""
    _change(tx, here, closed(living(tx, uri).call, outcome))


def withdraw_call(tx: Transaction, here: Instance, uri: str) -> None:
    call = living(tx, uri).call
    erase_call(tx, here, uri)
    outbox.publish(
        tx,
        here,
        call.actor_id,
        documents.delete(uri, here.uris.followers(call.actor_id)),
        object_id=uri,
        to_followers=True,
    )


def erase_call(tx: Transaction, here: Instance, uri: str) -> None:
    """Wipes the text here and whatever of it still waits to be sent; the address answers 410 from now on."""
    now = here.clock.now()
    outbox.erase_object(tx, uri)
    drafts.forget_edits(tx, uri)
    store.wipe_call(tx, uri, to_text(documents.tombstone(uri, now)), now)


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


def _change(tx: Transaction, here: Instance, changed: Call) -> None:
    changed = replace(changed, updated=later(changed.updated, here.clock.now()))
    key = here.keyring.load(tx, changed.actor_id).proof
    note = documents.signed_note(changed, here.uris.followers(changed.actor_id), key)
    store.update_call(tx, changed, to_text(note))
    _publish(tx, here, changed, documents.update(note))


def _publish(tx: Transaction, here: Instance, call: Call, activity: dict[str, object]) -> None:
    outbox.publish(tx, here, call.actor_id, activity, object_id=call.uri, to_followers=True, listed=True)
