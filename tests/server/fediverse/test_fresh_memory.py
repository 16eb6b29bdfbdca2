"""What this process keeps in memory follows what other processes write; see docs/reference/processes.md.

Another process is one that writes to the same database past what is kept here.
"""

import asyncio
from datetime import timedelta

import pytest

from server.fediverse import moderation
from server.fediverse.keyring import MissingKey
from server.fediverse.keyring import store as keyring_rows
from server.storage.database import Transaction
from server.workers.runner import Workers
from tests.fediverse import Fediverse
from tests.server.speaking import speaker, until

pytestmark = pytest.mark.anyio


async def test_a_process_that_only_answers_hears_of_blocks(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    here, database = node.services.here, node.services.database
    watching = Workers(node.services, node.features, with_work=False)
    watching.start()
    try:
        await database.write(lambda tx: moderation.block(tx, "https://evil.example", here.clock.now()))
        await until(lambda: here.blocklist.refuses("evil.example"))
        await database.write(lambda tx: moderation.unblock(tx, "https://evil.example"))
        await until(lambda: not here.blocklist.refuses("evil.example"))
    finally:
        await watching.stop()


async def test_a_lost_word_about_a_block_is_made_up_for(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, _ = await speaker(fediverse)
    here, database = node.services.here, node.services.database
    monkeypatch.setattr(moderation.changing, "READ_ANEW_AFTER", 0.01)
    monkeypatch.setattr(moderation.store, "CHANGED", "nobody waits for this")
    following = asyncio.create_task(moderation.follow_blocks(database, here.blocklist))
    await database.write(lambda tx: moderation.block(tx, "https://evil.example", here.clock.now()))
    await until(lambda: here.blocklist.refuses("evil.example"))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_keys_that_another_process_dropped_are_forgotten_here(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    keyring, database = node.services.here.keyring, node.services.database
    actor_id, now = f"{node.origin}/actors/passing", fediverse.clock.now()
    await database.write(lambda tx: keyring.create(tx, actor_id, now))
    first = await keyring.signing_key(actor_id)
    assert await keyring.signing_key(actor_id) is first

    def drop(tx: Transaction) -> None:
        insert = "INSERT INTO local_actors (id, handle, kind, state, document, changed_at)"
        query = type(keyring_rows.QUERIES.drop_keys)
        made = query(
            "gone",
            f"{insert} VALUES (:id, 'passing', 'initiative', 'deleted', 'x', 0)",
            "Gone.",
            keyring_rows.QUERIES.drop_keys.path,
        )
        tx.run(made, id=actor_id)
        before = int((now - timedelta(days=1)).timestamp() * 1000)
        assert tx.run(keyring_rows.QUERIES.drop_keys, before=before) == 1

    await database.write(drop)
    with pytest.raises(MissingKey):
        await keyring.signing_key(actor_id)
