"""Writing, throwing away and publishing: one function, one act, one transaction."""

from server.clock import millis
from server.feature import Refusal
from server.fediverse.instance import Instance
from server.fediverse.uris import random_id
from server.initiative.calls import actions as calls
from server.initiative.calls.model import Draft
from server.initiative.conflicts import NotThere, Overtaken
from server.initiative.drafts import store
from server.initiative.drafts.model import MOST_DRAFTS
from server.storage.database import Transaction


def begin(tx: Transaction, here: Instance, actor_id: str, words: Draft) -> str:
    """A new draft; answers its id. Raises `Refusal` when there are too many."""
    return _insert(tx, here, actor_id, None, words)


def save(tx: Transaction, here: Instance, actor_id: str, draft_id: str, version: int, words: Draft) -> None:
    """Raises `Overtaken` when it has changed since `version`, `NotThere` when it is gone."""
    if store.find(tx, actor_id, draft_id) is None:
        raise NotThere
    if not store.update(tx, draft_id, actor_id, version, words, here.clock.now()):
        raise Overtaken


def save_edit(
    tx: Transaction, here: Instance, actor_id: str, call_uri: str, version: int, words: Draft
) -> str:
    """The unsent edit of a published call; answers the draft's id. `version` 0: none was seen.

    Raises `Overtaken` when there is one of another version.
    """
    kept = store.edit_of(tx, actor_id, call_uri)
    if kept is None and version == 0:
        calls.living(tx, call_uri)
        return _insert(tx, here, actor_id, call_uri, words)
    if kept is None or kept.version != version:
        raise Overtaken
    save(tx, here, actor_id, kept.draft_id, version, words)
    return kept.draft_id


def throw_away(tx: Transaction, actor_id: str, draft_id: str) -> None:
    """Raises `NotThere`."""
    if not store.delete(tx, actor_id, draft_id):
        raise NotThere


def publish(
    tx: Transaction, here: Instance, actor_id: str, draft_id: str, *, version: int, call_seen: int
) -> str:
    """What was looked at goes out, exactly that; answers the call's URI.

    `call_seen`: of an edit, when in milliseconds the call had last changed, 0 for a new call. Raises `Overtaken` when
    the draft or the call changed since, `NotThere` when the draft is gone, `Refusal` when something is missing.
    """
    kept = store.find(tx, actor_id, draft_id)
    if kept is None:
        raise NotThere
    if kept.version != version:
        raise Overtaken
    if not kept.words.is_complete:
        raise Refusal("A call needs a title and a text before it can be published.")
    if kept.call_uri is None:
        uri = calls.publish_call(tx, here, actor_id, kept.words, call_id=draft_id)
    else:
        uri = kept.call_uri
        if millis(calls.living(tx, uri).call.updated) != call_seen:
            raise Overtaken
        calls.rewrite_call(tx, here, uri, kept.words)
    store.delete(tx, actor_id, draft_id)
    return uri


def _insert(tx: Transaction, here: Instance, actor_id: str, call_uri: str | None, words: Draft) -> str:
    if store.count(tx, actor_id) >= MOST_DRAFTS:
        raise Refusal(f"There are {MOST_DRAFTS} drafts already; publish or delete some first.")
    draft_id = random_id()
    store.insert(tx, draft_id, actor_id, call_uri, words, here.clock.now())
    return draft_id
