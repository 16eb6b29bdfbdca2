"""Like, EmojiReact and Announce of a call: one more in a number, and forgotten. Numbers are for the call's desk."""

from federation.documents import Json, id_of, one, type_of
from federation.inbox import VerifiedActivity
from server.initiative.replies import actions, store
from server.initiative.replies.model import ReactionKind
from server.services import Services
from server.storage.database import Transaction

KINDS: dict[str, ReactionKind] = {"Like": "like", "EmojiReact": "like", "Announce": "boost"}


def react(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """By the address alone: a copy of the call that somebody embeds is not looked at (IDC-07)."""
    _count(tx, services, activity.object_id, KINDS[activity.type], 1)


def undo(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Only one that is embedded: by its id alone nobody can tell what it was."""
    undone: Json = one(activity.document, "object")
    kind = KINDS.get(type_of(undone)) if isinstance(undone, dict) else None
    if isinstance(undone, dict) and kind is not None:
        _count(tx, services, id_of(one(undone, "object")), kind, -1)


def _count(tx: Transaction, services: Services, address: str | None, kind: ReactionKind, delta: int) -> None:
    uri = actions.call_named(services.here, [address])
    if uri is not None and store.takes_replies(tx, uri) is not None:
        store.change_count(tx, uri, kind, delta)
