"""The header that goes with each Create, and the door behind it."""

from functools import partial
from pathlib import Path

import pytest

from federation.collection_synchronization import digest_of
from server.fediverse.followers.synchronization import synchronization_value, tells_followers
from tests.doubles.mastodon import Mastodon, mastodon
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node
from tests.server.endpoints.synchronization.scene import ACTOR, LIST, publish, restore, take_backup
from tests.server.speaking import rows, say

pytestmark = pytest.mark.anyio


async def test_ac_6_3_after_an_old_backup_one_post_brings_the_followers_together_again(
    fediverse: Fediverse, garden: Node, masto: Mastodon, tmp_path: Path
) -> None:
    """Ann left after the backup, bob came after it: neither is known to the restored database."""
    file = tmp_path / "old.tar"
    await take_backup(garden, file)
    await masto.leave("ann", await garden.document(ACTOR))
    await masto.join("bob", await garden.document(ACTOR))
    await fediverse.settle()
    eve, ann, bob = (masto.account(name).id for name in ("eve", "ann", "bob"))
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve, bob}

    await restore(garden, file)
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve, ann}
    fediverse.clock.advance(hours=1)
    await publish(garden)
    await fediverse.settle()
    assert len(masto.jobs) == 1
    await masto.work()
    await fediverse.settle()
    assert {row["actor_id"] for row in await rows(garden, "followers")} == {eve}
    assert masto.following == {ACTOR: {eve}}

    fediverse.clock.advance(hours=1)
    await publish(garden, "Again")
    await fediverse.settle()
    assert masto.jobs == []


async def test_a_create_says_who_of_the_receiving_server_follows_and_signs_it(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    other = mastodon(fediverse, "other.test.example")
    await other.join("zoe", await garden.document(ACTOR))
    await fediverse.settle()
    await publish(garden)
    await fediverse.settle()
    for double, names in ((masto, ("eve", "ann")), (other, ("zoe",))):
        (said,) = double.told
        digest = digest_of(double.account(name).id for name in names)
        assert said == f'collectionId="{ACTOR}/followers", url="{LIST}", digest="{digest}"'
        assert double.jobs == []


async def test_only_a_create_to_followers_bears_the_header(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """Not an edit, and not what is public without being addressed to them."""
    uri = await publish(garden)
    await fediverse.settle()
    await say(garden, ACTOR, "Create")
    await garden.command("call.edit", uri=uri, title="Come soon")
    await fediverse.settle()
    await garden.command("call.withdraw", uri=uri)
    await fediverse.settle()
    seen = [(a.document["type"], "collection-synchronization" in a.headers) for a in masto.arrived[2:]]
    assert sorted(seen) == [("Create", False), ("Create", True), ("Delete", False), ("Update", False)]


async def test_what_is_said_is_true_at_the_moment_of_sending(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    masto.status = None
    await publish(garden)
    await fediverse.settle()
    masto.status = 202
    await masto.leave("ann", await garden.document(ACTOR))
    fediverse.clock.advance(hours=2)
    await fediverse.settle()
    (said,) = masto.told
    assert said is not None
    assert said.endswith(f'digest="{digest_of([masto.account("eve").id])}"')


async def test_a_server_where_nobody_follows_is_told_nothing(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """A call may be sent to servers that only read it: nothing of others' followers goes along."""
    await publish(garden)
    (row,) = [row for row in await rows(garden, "activities") if '"Create"' in (row["document"] or "")]
    uris = garden.services.here.uris
    assert tells_followers(uris, ACTOR, row["document"])
    assert not tells_followers(uris, ACTOR, row["document"].replace('"Create"', '"Update"'))
    said = [
        await garden.services.database.read(
            partial(synchronization_value, uris=uris, actor_id=ACTOR, inbox_origin=origin)
        )
        for origin in (masto.origin, "https://reader.example", "https://mastodon.test.example.evil.example")
    ]
    assert said[0] is not None
    assert said[1:] == [None, None]


# The door


async def test_ac_6_2_the_list_shows_a_server_its_own_people_and_nobody_elses(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    """AC-6.2: ids are shown to the origin that they belong to, for a signature, in every mode."""
    other = mastodon(fediverse, "other.test.example")
    await other.join("zoe", await garden.document(ACTOR))
    listed = await masto.signed_get(LIST)
    assert listed["id"] == LIST
    assert listed["type"] == "OrderedCollection"
    assert listed["orderedItems"] == [masto.account("ann").id, masto.account("eve").id]
    assert (await other.signed_get(LIST))["orderedItems"] == [other.account("zoe").id]
    stranger = mastodon(fediverse, "stranger.test.example")
    assert (await stranger.signed_get(LIST))["orderedItems"] == []
    answer = await masto.get(LIST)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Signature" in answer.headers["vary"]


async def test_ac_6_2_the_followers_collection_names_nobody_for_a_signature_either(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    for query in ("", "?page=true", "?page=1"):
        document = await masto.signed_get(f"{ACTOR}/followers{query}")
        assert set(document) == {"@context", "id", "type"}


async def test_without_a_signature_that_holds_nobody_is_named(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    unsigned = await garden.get(LIST, accept=ACTIVITY_JSON)
    assert (unsigned.status_code, unsigned.json()) == (401, {"error": "signature-missing"})
    assert "no-store" in unsigned.headers["cache-control"]
    person = await garden.get(LIST)
    assert person.status_code == 401
    thief = mastodon(fediverse, "thief.test.example")
    forged = thief.account("eve")
    forged.key = type(forged.key)(masto.account("eve").key.key_id, forged.key.private)
    answer = await thief.get(LIST, forged)
    assert answer.status_code == 401


async def test_a_blocked_server_and_an_actor_that_is_no_more_get_no_list(
    fediverse: Fediverse, garden: Node, masto: Mastodon
) -> None:
    assert (await masto.get(f"{garden.origin}/actors/nobody/followers_synchronization")).status_code == 404
    await garden.command("block.add", target=masto.origin)
    assert (await masto.get(LIST)).status_code == 403


async def test_of_more_than_a_document_can_hold_nothing_is_said(
    fediverse: Fediverse, garden: Node, masto: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.fediverse.followers.synchronization.MOST_AT_ONE_ORIGIN", 1)
    await publish(garden)
    await fediverse.settle()
    assert masto.told == [None]
    assert (await masto.get(LIST)).status_code == 404
