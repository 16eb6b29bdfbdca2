"""Following and being followed: each function is part of one transaction."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from federation.actors import RemoteActor
from federation.delivery import GIVE_UP_AFTER
from federation.documents import id_of, one, text_of, type_of
from federation.inbox import VerifiedActivity
from federation.origins import Origin, origin_of
from server.fediverse import actors, outbox
from server.fediverse.followers import store
from server.fediverse.followers.store import Following
from server.fediverse.instance import Instance
from server.storage.database import Transaction

MAX_REASON = 500

MAX_OF_ORIGIN: Final = 10_000
"""Followers of one actor on one server: a post costs one delivery there however many there are, but rows cost room."""

MAX_OWED: Final = 1_000
"""Deliveries that wait for one server; who has so many does not listen, and more answers would only pile up."""

ASK_AGAIN_AFTER: Final = timedelta(hours=20)
"""After the last attempt."""

LOG = logging.getLogger("antipole.followers")


def accept_follow(tx: Transaction, here: Instance, activity: VerifiedActivity) -> str | None:
    """Takes a follower and owes it an Accept; answers the local actor's id, None when nobody here can be
    followed so.

    The instance actor only signs fetches and is not for following, as on Mastodon. A server with too many followers
    here, or with too much waiting for it, gets no answer: for an honest person the request stays open and can be sent
    again, and a flood of them (RES-12) does not become a flood of our Rejects.
    """
    local = actors.by_id(tx, activity.object_id) if activity.object_id else None
    if local is None or local.deleted or local.kind == "instance":
        return None
    known = store.is_follower(tx, local.id, activity.actor.id)
    if not known and _has_enough(tx, local.id, origin_of(activity.actor.id)):
        return None
    if not actors.is_known(tx, activity.actor.id):
        actors.remember(tx, activity.actor)
    store.insert_follower(tx, local.id, activity.actor.id, activity.id)
    if not owes_enough(tx, activity.actor.id):
        _answer(tx, here, "Accept", local.id, activity.actor.id, activity.id)
    return local.id


def accept_again(tx: Transaction, here: Instance, activity: VerifiedActivity) -> bool:
    """Answers a Follow that came before: its sender may have lost our Accept (INT-14).

    Only while they follow by that very Follow. A retry that comes late, after their Undo, brings nobody back.
    """
    for local_actor, follow_id in store.followed_by(tx, activity.actor.id).items():
        if follow_id == activity.id and not owes_enough(tx, activity.actor.id):
            _answer(tx, here, "Accept", local_actor, activity.actor.id, follow_id)
            return True
    return False


def _has_enough(tx: Transaction, local_actor: str, origin: Origin) -> bool:
    if store.count_of_origin(tx, local_actor, str(origin)) >= MAX_OF_ORIGIN:
        LOG.warning("%s has too many followers here; one more was left unanswered", origin.authority)
        return True
    return _owes(tx, origin)


def owes_enough(tx: Transaction, actor_id: str) -> bool:
    """Whether so much waits for somebody's server that what it asks is not answered: every answer is a row here, kept
    for a week, and one account can ask a hundred times a second.
    """
    return _owes(tx, origin_of(actor_id))


def _owes(tx: Transaction, origin: Origin) -> bool:
    return store.owed_to(tx, str(origin), most=MAX_OWED) >= MAX_OWED


def undo_follow(tx: Transaction, activity: VerifiedActivity) -> str | None:
    """The follower leaves; answers the local actor's id, None when it did not follow by that Follow.

    The undone Follow comes embedded or as a bare id. Only the sender's own rows are looked at (IDC-16).
    """
    undone = one(activity.document, "object")
    target = (
        id_of(one(undone, "object")) if isinstance(undone, dict) and type_of(undone) == "Follow" else None
    )
    for local_actor, follow_id in store.followed_by(tx, activity.actor.id).items():
        if activity.object_id == follow_id or target == local_actor:
            store.delete_follower(tx, local_actor, activity.actor.id)
            return local_actor
    return None


def reject_follower(
    tx: Transaction, here: Instance, local_actor: str, actor_id: str, reason: str = ""
) -> bool:
    """Sends a follower away: Reject(Follow), with `reason` as its summary. False when it does not follow."""
    follow_id = store.find_follower(tx, local_actor, actor_id)
    if follow_id is None:
        return False
    store.delete_follower(tx, local_actor, actor_id)
    _answer(tx, here, "Reject", local_actor, actor_id, follow_id, reason)
    return True


def follow(tx: Transaction, here: Instance, local_actor: str, target: RemoteActor) -> str:
    """Sends a Follow and answers its id; one that waits or was accepted is not sent twice."""
    before = store.following_of(tx, local_actor, target.id)
    if before is not None and before.alive:
        return before.follow_id
    if target.document or not actors.is_known(tx, target.id):
        actors.remember(tx, target)
    follow_id = here.uris.new_activity_id(here.clock.now())
    store.insert_following(tx, follow_id, local_actor, target.id)
    _send(tx, here, local_actor, target.id, _follow_document(follow_id, local_actor, target.id), follow_id)
    return follow_id


def ask_again(tx: Transaction, now: datetime) -> int:
    """Sends each Follow once more that got no answer within a day, for as long as anything is tried; answers how many.

    A Follow is how a hub says that it lists somebody: refused while one of the two had a wrong clock, or answered by an
    Accept that was lost, it would leave both with another truth for ever. Whoever has it answers again (PROTOCOL 7).
    """
    again = store.ask_again(tx, now, ended=now - ASK_AGAIN_AFTER, since=now - GIVE_UP_AFTER)
    if again:
        tx.wake("deliveries")
    return again


def unfollow(tx: Transaction, here: Instance, local_actor: str, target: str, reason: str = "") -> bool:
    """Sends Undo(Follow), with `reason` as its summary. False when there is nothing to undo."""
    following = store.following_of(tx, local_actor, target)
    if following is None or not following.alive:
        return False
    store.set_state(tx, following.follow_id, "ended")
    undone = _follow_document(following.follow_id, local_actor, target)
    document = _with_reason({"type": "Undo", "object": undone}, reason)
    _send(tx, here, local_actor, target, document, following.follow_id)
    return True


def accepted(tx: Transaction, activity: VerifiedActivity) -> Following | None:
    """An Accept of a Follow of ours: the following as it is now, None when it is about something else."""
    following = _named(tx, activity)
    if following is None or following.state == "ended":
        return None
    store.set_state(tx, following.follow_id, "accepted")
    return store.following_by_id(tx, following.follow_id)


def rejected(tx: Transaction, activity: VerifiedActivity) -> Following | None:
    """A Reject, also one that comes after an Accept: they have sent us away. The reason is in its summary
    or content.
    """
    following = _named(tx, activity)
    if following is None or not following.alive:
        return None
    store.set_state(tx, following.follow_id, "rejected", reason_in(activity))
    return store.following_by_id(tx, following.follow_id)


def blocked_by(tx: Transaction, local_actor: str, actor_id: str, now: datetime) -> bool:
    """They refuse one of our actors: neither follows the other any more, and what waits for them alone is not sent.

    Nothing is sent back, not even an Undo: their server would refuse it. True when anything ended by it.
    """
    followed = store.delete_follower(tx, local_actor, actor_id)
    following = store.end_following(tx, local_actor, actor_id, "blocked")
    whereabouts = actors.whereabouts(tx, actor_id)
    if whereabouts is not None and actors.behind_inbox(tx, whereabouts.inbox, limit=2) == [actor_id]:
        store.drop_deliveries_to(tx, local_actor, whereabouts.inbox, "blocked", now)
    return followed or following


def reason_in(activity: VerifiedActivity) -> str:
    """Why somebody sends us away or leaves us, "" when they do not say."""
    document = activity.document
    return text_of(document, "summary", MAX_REASON) or text_of(document, "content", MAX_REASON) or ""


def _named(tx: Transaction, activity: VerifiedActivity) -> Following | None:
    """The following that an answer is about: by the Follow's id, else by the actors of the embedded Follow.

    Only the one whom we asked can answer.
    """
    following = store.following_by_id(tx, activity.object_id) if activity.object_id else None
    answered = one(activity.document, "object")
    if following is None and isinstance(answered, dict) and type_of(answered) == "Follow":
        asker = id_of(one(answered, "actor"))
        following = store.following_of(tx, asker, activity.actor.id) if asker else None
    return following if following is not None and following.target == activity.actor.id else None


def _answer(
    tx: Transaction,
    here: Instance,
    kind: str,
    local_actor: str,
    actor_id: str,
    follow_id: str,
    reason: str = "",
) -> None:
    # Mastodon matches an answer by the Follow's id first, then by its actor: both are given.
    answered = _follow_document(follow_id, actor_id, local_actor)
    document = _with_reason({"type": kind, "object": answered}, reason)
    _send(tx, here, local_actor, actor_id, document, follow_id)


def _with_reason(document: dict[str, Any], reason: str) -> dict[str, Any]:
    return {**document, "summary": reason} if reason else document


def _send(
    tx: Transaction, here: Instance, local_actor: str, to: str, document: dict[str, Any], follow_id: str
) -> None:
    whereabouts = actors.whereabouts(tx, to)
    if whereabouts is None:
        return
    # Peers check the HTTP signature of these and keep nothing of them: a proof would only make them longer.
    outbox.publish(
        tx,
        here,
        local_actor,
        {**document, "to": [to]},
        object_id=follow_id,
        to_followers=False,
        inboxes=[whereabouts.personal],
        proof=False,
    )


def _follow_document(follow_id: str, actor_id: str, target: str) -> dict[str, Any]:
    return {"id": follow_id, "type": "Follow", "actor": actor_id, "object": target}
