"""What is kept of others, what is owed to them, and what is forgotten."""

import itertools
from functools import partial
from typing import Any

import pytest

from server.fediverse import actors, errands, followers, moderation, outbox
from server.fediverse.actors import HandleTaken
from server.fediverse.keyring import MissingKey
from server.storage.database import Transaction
from tests.fediverse import Fediverse, Node
from tests.server.speaking import count_followers, let_follow, remote, say, speaker

pytestmark = pytest.mark.anyio


class Upset(Exception):
    """Something later in the transaction goes wrong."""


def bytes_on_disk(node: Node) -> bytes:
    return node.stored()


async def test_a_persons_name_and_handle_are_not_kept_and_an_organizations_handle_is(
    fediverse: Fediverse,
) -> None:
    node, _ = await speaker(fediverse)

    def act(tx: Transaction) -> None:
        actors.remember(tx, remote("https://peer.example/id/1", name="Sentinel of a person"))
        actors.remember(tx, remote("https://peer.example/id/club", kind="Group", name="Sentinel of a club"))

    await node.services.database.write(act)
    assert b"Sentinel" not in bytes_on_disk(node)
    remembered = actors.Remembered(node.services.database)
    person = await remembered.by_id("https://peer.example/id/1")
    club = await remembered.by_key_id("https://peer.example/id/club#main-key")
    assert person is not None
    assert club is not None
    assert (person.preferred_username, person.name, person.document) == ("", "", b"")
    assert club.handle == "@club@peer.example"


async def test_a_key_that_is_no_longer_listed_counts_no_more(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    remembered = actors.Remembered(node.services.database)
    old = remote("https://peer.example/id/1")
    await node.services.database.write(lambda tx: actors.remember(tx, old))
    assert await remembered.by_key_id(f"{old.id}#main-key") is not None
    new = type(old)(
        **{name: getattr(old, name) for name in old.__slots__} | {"public_keys": {f"{old.id}#2": "P"}}
    )
    await node.services.database.write(lambda tx: actors.remember(tx, new))
    assert await remembered.by_key_id(f"{old.id}#main-key") is None
    assert await remembered.by_key_id(f"{old.id}#2") is not None


async def test_a_handle_is_given_once_and_never_again(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    database, now = node.services.database, fediverse.clock.now()
    actor_id = "https://speaker.example/actors/garden"
    await database.write(lambda tx: actors.insert_local(tx, actor_id, "initiative", "Garden", "{}", now))
    await database.write(lambda tx: actors.bury(tx, actor_id, '{"type":"Tombstone"}', now))
    for handle, other in (("GARDEN", actor_id + "2"), ("other", actor_id)):
        with pytest.raises(HandleTaken):
            await database.write(
                partial(
                    actors.insert_local,
                    actor_id=other,
                    kind="initiative",
                    handle=handle,
                    document="{}",
                    now=now,
                )
            )
    assert not await database.write(lambda tx: actors.replace_document(tx, actor_id, "{}", now))
    assert not await database.write(lambda tx: actors.bury(tx, actor_id, "{}", now))


async def test_keys_of_a_rolled_back_actor_are_not_remembered(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    keyring, database = node.services.here.keyring, node.services.database
    actor_id, now = "https://speaker.example/actors/new", fediverse.clock.now()

    def fail(tx: Transaction) -> None:
        keyring.create(tx, actor_id, now)
        keyring.load(tx, actor_id)
        raise Upset

    with pytest.raises(Upset):
        await database.write(fail)
    made = await database.write(lambda tx: keyring.create(tx, actor_id, now))
    assert (await keyring.signing_key(actor_id)).private.public == made.signing.private.public
    with pytest.raises(MissingKey):
        await keyring.signing_key("https://speaker.example/actors/nobody")


async def test_publishing_is_all_or_nothing(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    await let_follow(node, actor, "https://peer.example/users/eve")

    def fail(tx: Transaction) -> None:
        outbox.publish(
            tx,
            node.services.here,
            actor,
            {"type": "Create"},
            object_id="https://x.example/1",
            to_followers=True,
        )
        raise Upset

    with pytest.raises(Upset):
        await node.services.database.write(fail)
    rows = await node.rows()
    assert (rows["activities"], rows["deliveries"]) == (0, 0)


async def test_whoever_is_named_and_follows_gets_it_once_and_blind_copies_stay_blind(
    fediverse: Fediverse,
) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/eve")

    def act(tx: Transaction) -> str:
        there = actors.whereabouts(tx, "https://peer.example/users/eve")
        assert there is not None
        return outbox.publish(
            tx,
            node.services.here,
            actor,
            {"type": "Create", "bto": ["https://peer.example/users/secret"], "to": ["https://a.example/1"]},
            object_id="https://speaker.example/calls/1",
            to_followers=True,
            inboxes=[there.shared, ("https://other.example/inbox", "https://other.example")],
        )

    await node.services.database.write(act)
    await fediverse.settle()
    assert peer.types() == ["Create"]
    assert b"secret" not in peer.arrived[0].body
    assert (await node.rows())["deliveries"] == 2


async def test_the_blocked_are_told_nothing_more(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await let_follow(node, actor, "https://peer.example/users/a", "https://peer.example/users/b")
    now = fediverse.clock.now()
    await node.services.database.write(lambda tx: moderation.block(tx, "https://peer.example", now))
    assert await count_followers(node, actor) == 0
    await say(node, actor)
    await fediverse.settle()
    assert peer.arrived == []


async def test_a_follow_is_sent_once_until_it_has_ended(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    target = peer.account("club", kind="Group")
    database, here = node.services.database, node.services.here

    async def follow() -> str:
        return await database.write(
            lambda tx: followers.follow(tx, here, actor, remote(target.id, kind="Group"))
        )

    async def state() -> str:
        following = await database.read(lambda tx: followers.following_of(tx, actor, target.id))
        assert following is not None
        return f"{following.state} {following.reason}".strip()

    first = await follow()
    assert await follow() == first
    await fediverse.settle()
    assert peer.types() == ["Follow"]
    assert peer.arrived[0].path == "/users/club/inbox"

    numbers = itertools.count()

    async def reply(kind: str, **extra: Any) -> None:
        activity = {"id": f"{target.id}/answers/{next(numbers)}", "type": kind, "actor": target.id, **extra}
        answer = await peer.send(target, f"{node.origin}/inbox", activity)
        assert answer.status_code == 202

    await reply("Accept", object=first)
    assert await state() == "accepted"
    await reply("Reject", object=first, summary="Your page is \u202eempty")
    assert await state() == "rejected Your page is empty"
    await reply("Accept", object={"type": "Follow", "actor": actor, "object": target.id})
    assert await state() == "accepted"
    assert await database.write(lambda tx: followers.unfollow(tx, here, actor, target.id))
    assert not await database.write(lambda tx: followers.unfollow(tx, here, actor, target.id))
    await fediverse.settle()
    assert peer.last("Undo")["object"]["id"] == first
    await reply("Accept", object=first, content="late")
    assert await state() == "ended"
    assert await follow() != first


async def test_nobody_answers_for_somebody_else(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    target, other = peer.account("club", kind="Group"), peer.account("other")
    follow_id = await node.services.database.write(
        lambda tx: followers.follow(tx, node.services.here, actor, remote(target.id, kind="Group"))
    )
    for number, thing in enumerate((follow_id, {"type": "Follow", "actor": actor, "object": target.id})):
        accept = {"id": f"{other.id}/{number}", "type": "Accept", "actor": other.id, "object": thing}
        assert (await peer.send(other, f"{node.origin}/inbox", accept)).status_code == 202
    following = await node.services.database.read(lambda tx: followers.following_by_id(tx, follow_id))
    assert following is not None
    assert following.state == "pending"


async def test_an_errand_asked_for_again_while_it_runs_is_run_again(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    database, now = node.services.database, fediverse.clock.now()
    await database.write(lambda tx: errands.add(tx, "test", "a", {"n": 1}))
    (running,) = await database.write(lambda tx: errands.lease(tx, now, 8))
    assert await database.write(lambda tx: errands.lease(tx, now, 8)) == []
    await database.write(lambda tx: errands.add(tx, "test", "a", {"n": 2}))
    await database.write(lambda tx: errands.finish(tx, running))
    (again,) = await database.write(lambda tx: errands.lease(tx, now, 8))
    assert (again.detail, again.attempts) == ({"n": 2}, 1)
    await database.write(lambda tx: errands.finish(tx, again))
    assert await database.read(errands.next_due) is None


async def test_totals_stay_true_when_rows_are_forgotten(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    peer = fediverse.neighbour("peer.example")
    await peer.follow(peer.account("eve"), await node.document(actor))
    await say(node, actor, listed=True)
    await fediverse.settle()
    before = await node.stats()
    assert (before["deliveries_done"], before["activities_received"]) == (2, 1)
    fediverse.clock.advance(days=31)
    await fediverse.forget()
    rows = await node.rows()
    assert (rows["deliveries"], rows["received_activities"], rows["activities"]) == (0, 0, 1)
    assert await node.stats() == before


async def test_retention_keeps_what_is_needed_and_forgets_the_rest(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    fediverse.neighbour("dead.example").status = None
    await let_follow(node, actor, "https://dead.example/users/kept")
    database = node.services.database
    await database.write(lambda tx: actors.remember(tx, remote("https://peer.example/users/stranger")))
    await say(node, actor)
    await fediverse.settle()
    fediverse.clock.advance(days=6)
    await fediverse.forget()
    rows = await node.rows()
    assert (rows["remote_actors"], rows["deliveries"], rows["origins"]) == (1, 1, 1)
    assert await count_followers(node, actor) == 1
    fediverse.clock.advance(days=2)
    await fediverse.settle()
    fediverse.clock.advance(days=8)
    await fediverse.forget()
    rows = await node.rows()
    assert (rows["remote_actors"], rows["deliveries"], rows["origins"]) == (1, 0, 0)
    assert b"stranger" not in bytes_on_disk(node)


async def test_keys_of_a_deleted_actor_outlive_its_delete_and_no_longer(fediverse: Fediverse) -> None:
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    peer = fediverse.neighbour("peer.example")
    await peer.follow(peer.account("eve"), await node.document("/actors/garden"))
    await fediverse.settle()
    peer.status = None
    await node.command("initiative.remove", handle="garden")
    await fediverse.settle()
    fediverse.clock.advance(days=5)
    await fediverse.forget()
    peer.status = 202
    await fediverse.settle()
    assert peer.types()[-1] == "Delete"
    fediverse.clock.advance(days=15)
    await fediverse.forget()
    assert (await node.rows())["actor_keys"] == 1  # the instance actor's
