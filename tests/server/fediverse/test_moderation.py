"""Whom a block holds for, what goes with it, and every way in at which it is asked."""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Forbidden, Malformed
from federation.origins import authority_of
from server.fediverse import call_readers, moderation
from server.fediverse.moderation import Blocklist, target_of
from server.fediverse.moderation.targets import servers_above
from server.storage.database import Transaction
from tests.fediverse import Fediverse, Node, _sql
from tests.postgres_server import sqlites_plans
from tests.server.speaking import count_followers, let_follow, say, speaker

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN = "https://social.garden.example"


@pytest.mark.parametrize(
    ("given_", "target"),
    [
        ("evil.example", "https://evil.example"),
        (" Evil.Example ", "https://evil.example"),
        ("evil.example.", "https://evil.example"),
        ("https://evil.example/", "https://evil.example"),
        ("https://evil.example:443", "https://evil.example"),
        ("http://evil.example", "https://evil.example"),
        ("evil.example:8443", "https://evil.example:8443"),
        ("http://127.0.0.2:8001/", "https://127.0.0.2:8001"),
        ("[fd00::1]:8001", "https://[fd00::1]:8001"),
        ("localhost:8001", "https://localhost:8001"),
        ("злой.рф", "https://xn--g1aefm.xn--p1ai"),
        ("MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
        ("https://evil.example/users/eve", "https://evil.example/users/eve"),
        ("evil.example/@eve", "https://evil.example/@eve"),
        ("garden.example:8443", "https://garden.example:8443"),
        ("other.garden.example", "https://other.garden.example"),
        ("https://münchen.example/users/eve", "https://xn--mnchen-3ya.example/users/eve"),
    ],
)
def test_a_target_has_one_spelling(given_: str, target: str) -> None:
    assert target_of(given_, OWN) == target
    assert target_of(target, OWN) == target


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("", "bad-url"),
        ("not a host", "bad-url"),
        ("@eve@evil.example", "bad-url"),
        ("evil.example?x", "bad-url"),
        ("javascript:alert(1)", "bad-url"),
        ("file:///etc/passwd", "bad-url"),
        ("https://u@evil.example/", "bad-url"),
        ("①②⑦.⓪.⓪.①", "bad-url"),
        ("127。0。0。1", "bad-url"),
        ("ｅvil.example", "bad-url"),
        ("evil\u200d.example", "bad-url"),
        ("2130706433", "bad-url"),
        ("evil..example", "bad-url"),
        ("com", "too-wide"),
        ("localhost", "too-wide"),
        ("social.garden.example", "own-server"),
        ("https://social.garden.example/users/us", "own-server"),
        ("garden.example", "own-server"),
    ],
)
def test_what_cannot_be_blocked_is_refused(wrong: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        target_of(wrong, OWN)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("target", "stopped", "free"),
    [
        (
            "https://evil.example",
            ["evil.example", "a.evil.example", "a.b.evil.example", "evil.example:8443", "a.evil.example:99"],
            ["example", "notevil.example", "evil.example.org", "evil-example", "good.example"],
        ),
        (
            "https://evil.example:8443",
            ["evil.example:8443"],
            ["evil.example", "a.evil.example:8443", "evil.example:8444"],
        ),
        ("http://127.0.0.2:8001", ["127.0.0.2:8001"], ["127.0.0.2", "127.0.0.2:8002"]),
        ("https://[fd00::1]:8001", ["[fd00::1]:8001"], ["[fd00::1]", "[fd00::2]:8001"]),
        ("https://[fd00::1]", ["[fd00::1]:8001", "[fd00::1]"], ["[fd00::2]", "[fd00::1:8001]"]),
        ("https://evil.example/users/eve", [], ["evil.example", "evil.example/users/eve"]),
    ],
)
@pytest.mark.anyio
async def test_a_block_of_a_server_holds_for_its_subdomains_and_ports(
    fediverse: Fediverse, target: str, stopped: list[str], free: list[str]
) -> None:
    """In memory and in the table alike."""
    node, _ = await speaker(fediverse)
    await node.services.database.write(lambda tx: moderation.block(tx, target, NOON))
    blocklist = Blocklist([target])

    async def in_table(actor_id: str) -> bool:
        return await node.services.database.read(partial(moderation.is_blocked, actor_id=actor_id))

    for authority, expected in [*((name, True) for name in stopped), *((name, False) for name in free)]:
        assert blocklist.refuses(authority) is expected, authority
        if "/" not in authority:
            assert await in_table(f"https://{authority}/users/somebody") is expected
            assert blocklist.covers(f"https://{authority}/users/somebody") is expected


labels = st.text("ab-1", min_size=1, max_size=4).filter(lambda label: label.strip("-") == label)
hosts = st.lists(labels, min_size=1, max_size=5).map(lambda parts: ".".join([*parts, "example"]))


@given(hosts, hosts, st.one_of(st.none(), st.integers(1, 65535)))
def test_stopped_is_exactly_who_is_below(blocked: str, asked: str, port: int | None) -> None:
    authority = authority_of(f"https://{asked}:{port}" if port else f"https://{asked}")
    expected = asked == blocked or asked.endswith(f".{blocked}")
    assert Blocklist([f"https://{blocked}"]).refuses(authority) is expected
    assert (blocked in servers_above(authority)) is expected


async def block(node: Node, target: str) -> None:
    await node.command("block.add", target=target)


@pytest.mark.anyio
@pytest.mark.parametrize("target", ["evil.example", "https://a.evil.example/users/eve"])
async def test_the_table_of_blocks_is_known_to_every_door_before_the_command_is_answered(
    fediverse: Fediverse, target: str
) -> None:
    node, _ = await speaker(fediverse)
    here = node.services.here
    url = "https://a.evil.example/users/eve"
    await block(node, target)
    assert here.blocklist.covers(url)
    await node.command("block.remove", target=target)
    assert not here.blocklist.covers(url)


@pytest.mark.anyio
async def test_many_changes_at_once_leave_the_list_as_the_table_is(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    await asyncio.gather(*(block(node, f"evil{number}.example") for number in range(20)))
    assert all(node.services.here.blocklist.refuses(f"a.evil{number}.example") for number in range(20))


@pytest.mark.anyio
async def test_who_hangs_up_after_blocking_has_blocked(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    asking = asyncio.create_task(block(node, "evil.example"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    for _ in range(200):
        if node.services.here.blocklist.refuses("evil.example"):
            break
        await asyncio.sleep(0.01)
    assert (await node.command("block.list"))["lines"] == ["https://evil.example"]
    assert node.services.here.blocklist.refuses("evil.example")


@pytest.mark.anyio
async def test_blocks_hold_from_the_first_request_after_a_restart(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    await block(node, "evil.example")
    await node.stop()
    await node.start()
    assert node.services.here.blocklist.refuses("a.evil.example")


@pytest.mark.anyio
async def test_what_is_here_of_the_blocked_goes_and_nobody_elses(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command("initiative.add", handle="garden", name="Garden")
    uri = (await garden.command("call.publish", handle="garden", title="Come", text="Now."))["uri"]
    evil = ["https://evil.example/users/a", "https://a.evil.example/users/b"]
    good = ["https://notevil.example/users/c", "https://good.example/users/d"]
    await let_follow(node, actor, *evil, *good)
    await say(node, actor)

    def answer(tx: Transaction) -> None:
        for author in (*evil, *good):
            call_readers.remember(tx, uri, f"{author}/inbox", "/".join(author.split("/")[:3]))
            tx.run(
                _sql(
                    "INSERT INTO call_replies (id, call_uri, actor_id, handle, name, language, content,"
                    " published_at, updated_at, arrived_at, state)"
                    " VALUES (:id, :uri, :author, '', '', 'en', '', 1, 1, 1, 'waiting')"
                ),
                id=f"{author}/reply",
                uri=uri,
                author=author,
            )

    await garden.services.database.write(answer)
    for place in (node, garden):
        await block(place, "evil.example")
    assert await count_followers(node, actor) == len(good)
    assert await column(garden, "SELECT actor_id AS v FROM call_replies") == sorted(good)
    assert await column(garden, "SELECT origin AS v FROM call_readers") == sorted(
        "/".join(author.split("/")[:3]) for author in good
    )
    waiting = "SELECT origin AS v FROM deliveries WHERE state = 'pending'"
    assert await column(node, waiting) == ["https://good.example", "https://notevil.example"]


@pytest.mark.anyio
async def test_one_account_is_blocked_and_its_neighbours_are_not(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    await let_follow(node, actor, "https://peer.example/users/eve", "https://peer.example/users/bob")
    await block(node, "https://peer.example/users/eve")
    assert await column(node, "SELECT actor_id AS v FROM followers") == ["https://peer.example/users/bob"]
    assert not node.services.here.blocklist.refuses("peer.example")


@pytest.mark.anyio
async def test_a_restored_backup_is_swept_at_the_start(fediverse: Fediverse) -> None:
    """INT-06: followers of before the block, and the block put back by hand."""
    node = await fediverse.add("garden.example", roles=["initiative"])
    await node.command("initiative.add", handle="garden", name="Garden")
    actor = node.services.here.uris.actor("garden")
    await let_follow(node, actor, "https://evil.example/users/a")
    await node.services.database.write(
        lambda tx: tx.run(_sql("INSERT INTO blocks (target, created_at) VALUES ('https://evil.example', 0)"))
    )
    await node.stop()
    await node.start()
    assert await count_followers(node, actor) == 0
    assert node.services.here.blocklist.refuses("evil.example")


@pytest.mark.anyio
async def test_the_client_asks_nothing_of_the_blocked_and_sends_them_nothing(fediverse: Fediverse) -> None:
    node, actor = await speaker(fediverse)
    good, evil = fediverse.neighbour("good.example"), fediverse.neighbour("a.evil.example")
    eve = evil.account("eve")
    await block(node, "evil.example")
    here = node.services.here
    key = await here.keyring.signing_key(actor)
    with pytest.raises(Forbidden, match="blocked"):
        await here.client.fetch_document(eve.id)
    with pytest.raises(Forbidden, match="blocked"):
        await here.client.fetch_json(f"{evil.origin}/.well-known/nodeinfo", "application/json")
    with pytest.raises(Forbidden, match="blocked"):
        await here.client.fetch_bytes(f"{evil.origin}/icon.png", frozenset({"image/png"}), 1000)
    with pytest.raises(Forbidden, match="blocked"):
        await here.client.post(eve.inbox, b"{}", key)
    assert (evil.asked, evil.arrived) == ([], [])
    assert (await here.client.fetch_document(good.account("bob").id)).document["type"] == "Person"


@pytest.mark.anyio
@pytest.mark.parametrize("target", ["evil.example", "a.evil.example", "https://a.evil.example/users/eve"])
async def test_an_inbox_refuses_the_blocked(fediverse: Fediverse, target: str) -> None:
    node, actor = await speaker(fediverse)
    evil = fediverse.neighbour("a.evil.example")
    eve = evil.account("eve")
    await block(node, target)
    answer = await evil.send(eve, f"{node.origin}/inbox", like(eve.id, actor))
    assert (answer.status_code, answer.json()) == (403, {"error": "blocked"})
    if not target.startswith("https:"):
        assert evil.asked == [], "the key of a blocked server was fetched"
    assert (await node.rows())["received_activities"] == 0


@pytest.mark.anyio
async def test_the_blocked_are_refused_by_the_name_of_their_key(fediverse: Fediverse) -> None:
    """By the memory alone, without a fetch and without a look into the table, which is empty here."""
    node, actor = await speaker(fediverse)
    evil = fediverse.neighbour("evil.example")
    eve = evil.account("eve")
    await evil.follow(eve, await node.document("/actors/hub"))
    node.services.here.blocklist.replace(["https://evil.example"])
    answer = await evil.send(eve, f"{node.origin}/inbox", like(eve.id, actor))
    assert (answer.status_code, answer.json()) == (403, {"error": "blocked"})


@pytest.mark.anyio
async def test_the_transaction_asks_the_table_even_when_the_memory_knows_nothing(
    fediverse: Fediverse,
) -> None:
    """What arrived before a block is committed after it."""
    node, actor = await speaker(fediverse)
    evil = fediverse.neighbour("evil.example")
    eve = evil.account("eve")
    await block(node, "evil.example")
    node.services.here.blocklist.replace([])
    answer = await evil.send(eve, f"{node.origin}/inbox", like(eve.id, actor))
    assert (answer.status_code, answer.json()) == (403, {"error": "blocked"})


@pytest.mark.anyio
@pytest.mark.parametrize(
    "thing",
    [
        "https://a.evil.example/notes/1",
        {"id": "https://a.evil.example/notes/1", "type": "Note"},
        {"id": "https://good.example/x", "type": "Note", "attributedTo": "https://evil.example/users/eve"},
        {"type": "Create", "actor": "https://evil.example/users/eve"},
        ["https://good.example/notes/2", "https://evil.example/notes/1"],
    ],
)
async def test_nobody_carries_in_what_is_of_the_blocked(fediverse: Fediverse, thing: Any) -> None:
    """CVE-2026-23961: suspended authors came back by other people's boosts."""
    node, _actor = await speaker(fediverse)
    seen: list[Any] = []
    node.features = [*node.features, listening(seen)]
    node.open_doors()
    good = fediverse.neighbour("good.example")
    bob = good.account("bob")

    async def announce(number: int, thing: Any) -> int:
        activity = {"id": f"{bob.id}/boosts/{number}", "type": "Announce", "actor": bob.id, "object": thing}
        return (await good.send(bob, f"{node.origin}/inbox", activity)).status_code

    assert await announce(1, thing) == 202
    assert len(seen) == 1
    await block(node, "evil.example")
    assert await announce(2, thing) == 202
    assert len(seen) == 1
    assert await announce(3, "https://good.example/notes/2") == 202
    assert len(seen) == 2


@pytest.mark.anyio
async def test_a_thousand_owners_on_hosts_of_a_hundred_labels_are_few_questions(fediverse: Fediverse) -> None:
    """Each label of a host is a question; a transaction that asks them all holds up all other writers (RES-08)."""
    node, _ = await speaker(fediverse)
    deep = ".".join(["a"] * 100)
    crowd = [f"https://{deep}.{number}.example/users/eve" for number in range(1_000)]
    asked = []

    class Counting:
        def __init__(self, tx: Transaction) -> None:
            self.tx = tx

        def one(self, *args: Any, **values: Any) -> Any:
            asked.append(args)
            return self.tx.one(*args, **values)

        def all(self, *args: Any, **values: Any) -> Any:
            asked.append(args)
            return self.tx.all(*args, **values)

    def carries(tx: Transaction) -> bool:
        document = {"object": [{"attributedTo": crowd[n : n + 200]} for n in range(0, 1_000, 200)]}
        counting: Any = Counting(tx)
        return moderation.carries_blocked(counting, document)

    assert not await node.services.database.read(carries)
    assert len(asked) < 100
    await node.command("block.add", target="700.example")
    assert await node.services.database.read(carries)


@sqlites_plans
@pytest.mark.anyio
async def test_three_thousand_blocks_do_not_slow_an_inbox(fediverse: Fediverse) -> None:
    node, _ = await speaker(fediverse)
    reasons = {f"https://spam{number}.example": "" for number in range(3000)}
    await node.services.database.write(lambda tx: moderation.block_all(tx, reasons, NOON))

    def ask(tx: Transaction) -> float:
        begun = time.perf_counter()
        for number in range(1000):
            assert not moderation.is_blocked(tx, f"https://social{number}.good.example/users/eve")
        return (time.perf_counter() - begun) / 1000

    assert await node.services.database.read(ask) < 0.001
    plan = "EXPLAIN QUERY PLAN SELECT 1 FROM blocks WHERE target IN ('a', 'b')"
    rows = await node.services.database.read(lambda tx: tx.all(_sql(plan)))
    assert all("SEARCH" in row["detail"] for row in rows)


def like(actor_id: str, thing: str) -> dict[str, Any]:
    return {"id": f"{actor_id}/likes/1", "type": "Like", "actor": actor_id, "object": thing}


def listening(seen: list[Any]) -> Any:
    from server.feature import Feature

    return Feature("test", listeners={"Announce": lambda tx, services, activity: seen.append(activity.id)})


async def column(node: Node, text: str) -> list[str]:
    rows = await node.services.database.read(lambda tx: tx.all(_sql(text)))
    return sorted(row["v"] for row in rows)
