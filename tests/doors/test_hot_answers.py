"""What is answered from memory is, byte for byte, what would be answered anew; and is forgotten once it is not."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from server.taxonomy.languages import INTERFACE_LANGUAGES
from server.web.identity import Grant
from tests.asking import ask
from tests.doors.remembering import HOST, HTML, WEBFINGER, World, addresses, world_in
from tests.fediverse import ACTIVITY_JSON, Fediverse
from tests.people import person
from tests.server.endpoints.reading import get_signed, readers_of, settle_readers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with Fediverse(tmp_path) as fediverse:
        yield await world_in(fediverse)


@pytest.fixture
def no_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, whoever reads the database fails."""

    async def fail(_work: object) -> None:
        raise AssertionError("the database was read")

    return lambda: monkeypatch.setattr(world.node.services.database, "read", fail)


async def test_each_public_address_is_answered_as_if_nothing_were_remembered(world: World) -> None:
    """In each language, as a page and as a document, compressed and not, conditional and plain, GET and HEAD."""
    withdrawn = await world.publish("Roses")
    event = await world.publish("Fair", event=True, start="2026-12-05T10:00+01:00", place="Leipzig, DE")
    await world.node.command("call.withdraw", uri=world.node.origin + withdrawn)
    await world.node.command("call.close", uri=world.node.origin + event, outcome="Done.")
    await world.fediverse.settle()
    found = [*await addresses(world), withdrawn, event, event.replace("/calls/", "/events/")]
    remembered = 0
    for target in found:
        for accept in (HTML, ACTIVITY_JSON):
            for language in INTERFACE_LANGUAGES if accept == HTML else ("en",):
                for encoding in ("gzip, br", "identity"):
                    headers = {"accept": accept, "accept-language": language, "accept-encoding": encoding}
                    wanted = await world.ask_slow(target, headers)
                    assert await world.ask(target, headers) == wanted, (target, headers)
                    before = len(world.hot.shelf)
                    assert await world.ask(target, headers) == wanted, (target, headers)
                    remembered += len(world.hot.shelf) == before and wanted.status == 200
                    head = await world.ask(target, headers, "HEAD")
                    assert (head.status, head.headers) == (wanted.status, wanted.headers), target
                    held = {**headers, "if-none-match": f'"other", {wanted.header("etag")}'}
                    assert await world.ask(target, held) == await world.ask_slow(target, held), target
                    other = {**headers, "if-none-match": '"other"'}
                    assert await world.ask(target, other) == wanted, target
    assert {world.call, world.hub_call, "/", "/@garden", "/initiatives", "/feed.atom"} <= set(found)
    assert remembered > 100
    # And the other way round: first asked conditionally, as a cache that kept it longer than we do.
    for target in found:
        again = {
            "accept": HTML,
            "if-none-match": (await world.ask_slow(target, {"accept": HTML})).header("etag"),
        }
        world.hot.shelf = type(world.hot.shelf)()
        assert await world.ask(target, again) == await world.ask_slow(target, again), target


async def test_a_second_reader_costs_no_read_of_the_database(
    world: World, no_reads: Callable[[], None]
) -> None:
    wishes = [
        (target, {"accept": accept})
        for target, accept in (
            ("/", HTML),
            ("/@garden", HTML),
            ("/initiatives", HTML),
            (world.call, HTML),
            (world.hub_call, HTML),
            ("/actors/garden", ACTIVITY_JSON),
            (world.call, ACTIVITY_JSON),
            (WEBFINGER, "*/*"),
        )
    ]
    first = [await world.ask(*wish) for wish in wishes]
    no_reads()
    assert {told.status for told in first} == {200}
    assert [await world.ask(*wish) for wish in wishes] == first
    for target, headers in wishes:
        told = await world.ask(target, {**headers, "if-none-match": first[0].header("etag")})
        assert told.status == (304 if target == "/" else 200)


async def _edit(world: World) -> str:
    await world.node.command("call.edit", uri=world.node.origin + world.call, title="Many more trees")
    return world.call


async def _close(world: World) -> str:
    await world.node.command("call.close", uri=world.node.origin + world.call, outcome="All planted.")
    return world.call


async def _withdraw(world: World) -> str:
    await world.node.command("call.withdraw", uri=world.node.origin + world.call)
    return world.call


async def _publish(world: World) -> str:
    await world.publish("Wells")
    return "/"


async def _publish_here(world: World) -> str:
    await world.node.command("call.publish", handle="garden", title="Wells", text="Dig.")
    return "/@garden"


async def _edit_profile(world: World) -> str:
    await world.node.command("initiative.edit", handle="garden", name="Orchard")
    return "/@garden"


async def _remove(world: World) -> str:
    await world.node.command("hub.remove", target=f"@garden@{HOST}", reason="It has moved.")
    return "/initiatives"


async def _block(world: World) -> str:
    away = await world.fediverse.add("away.example", roles=["initiative"])
    await away.command("initiative.add", handle="well", name="Well", languages=["en"], place="Berlin, DE")
    await away.command("hub.apply", handle="well", hub=f"@hub@{HOST}")
    await world.fediverse.settle()
    world.fediverse.clock.advance(seconds=11)
    await world.fediverse.settle()
    await world.node.command("hub.admit", target="@well@away.example")
    await world.fediverse.settle()
    told = await world.ask("/initiatives", {"accept": HTML})
    assert b"Well" in told.body
    await world.node.command("block.add", target="away.example", reason="It lies.")
    assert b"Well" not in (await world.ask("/initiatives", {"accept": HTML})).body
    return "/initiatives"


async def _rules(world: World) -> str:
    owner = await person(world.node, Grant("hub", "owner"))
    answer = await owner.post("/desk/hub/pages/rules/en", act="save", text="Be kind to each other.")
    assert answer.status_code == 303, answer.text
    return "/rules"


async def _end(world: World) -> str:
    await world.node.command("initiative.remove", handle="garden")
    return WEBFINGER


Act = Callable[[World], Awaitable[str]]


@pytest.mark.parametrize(
    "act", [_edit, _close, _withdraw, _publish, _publish_here, _edit_profile, _remove, _block, _rules, _end]
)
async def test_the_very_next_reader_sees_what_was_changed(world: World, act: Act) -> None:
    targets = [
        "/",
        "/@garden",
        "/initiatives",
        "/actors/garden",
        WEBFINGER,
        "/rules",
        world.call,
        world.hub_call,
    ]
    wishes = [(target, {"accept": accept}) for target in targets for accept in (HTML, ACTIVITY_JSON)]
    before = {wish[0]: await world.ask(*wish) for wish in reversed(wishes)}
    changed = await act(world)
    for target, headers in wishes:
        assert await world.ask(target, headers) == await world.ask_slow(target, headers), target
    # A block takes away again what was added meanwhile.
    assert (await world.ask(changed, {"accept": HTML}) == before[changed]) == (act is _block)


async def test_what_has_nothing_to_do_with_a_page_leaves_it_in_memory(
    world: World, no_reads: Callable[[], None]
) -> None:
    before = await world.ask("/", {"accept": HTML})
    await person(world.node, Grant("hub", "owner"))
    no_reads()
    assert await world.ask("/", {"accept": HTML}) == before


async def test_a_new_day_is_written_anew(world: World) -> None:
    """Dates of this year go without their year, and only today's date says which year this is."""
    before = await world.ask(world.hub_call, {"accept": HTML})
    world.fediverse.clock.advance(days=60)
    assert (await world.ask(world.hub_call, {"accept": HTML})).body != before.body


async def test_whoever_has_a_cookie_is_never_answered_from_memory(world: World) -> None:
    """Beside a reader's secret nothing is compressed (BREACH), and a desk is nobody else's."""
    plain = {"accept": HTML, "accept-encoding": "gzip"}
    assert (await world.ask("/", plain)).header("content-encoding") == "gzip"
    before = len(world.hot.shelf)
    told = await world.ask("/", {**plain, "cookie": "session=1"})
    assert told == await world.ask_slow("/", {**plain, "cookie": "session=1"})
    assert told.header("content-encoding") == ""
    owner = await person(world.node, Grant("hub", "owner"))
    assert (await owner.get("/desk/hub")).status_code == 200
    await world.ask("/desk/hub", {"accept": HTML})
    await world.ask("/sign-in", {"accept": HTML})
    await world.ask("/search", {"accept": HTML})
    await world.ask("/health")
    assert len(world.hot.shelf) == before


async def test_another_host_is_refused_though_the_answer_is_at_hand(world: World) -> None:
    assert (await world.ask("/actors/garden", {"accept": ACTIVITY_JSON})).status == 200
    told = await ask(world.hot, "evil.example", "/actors/garden", {"accept": ACTIVITY_JSON})
    assert told.status == 400
    assert (await ask(world.hot, HOST.upper(), "/actors/garden", {"accept": ACTIVITY_JSON})).status == 200


@pytest.mark.parametrize("signed_first", [True, False])
async def test_ac_5_6_who_signs_for_a_call_that_is_in_memory_hears_of_its_edits(
    world: World, signed_first: bool
) -> None:
    reader = world.fediverse.neighbour("reader.example")
    uri = world.node.origin + world.call
    if not signed_first:
        await world.ask(world.call, {"accept": ACTIVITY_JSON})
    for name in ("vera", "bob"):
        assert (await get_signed(world.fediverse, reader.account(name).key, uri)).status_code == 200
        await settle_readers(world.node)
        assert len(await readers_of(world.node, uri)) == 1
        await world.node.services.database.write(_forget_readers)


def _forget_readers(tx: Any) -> None:
    from tests.fediverse import _sql

    tx.run(_sql("DELETE FROM call_readers"))


async def test_who_signs_for_an_actor_is_answered_from_memory(
    world: World, no_reads: Callable[[], None]
) -> None:
    """As most servers ask; nothing in the answer depends on it."""
    await world.ask("/actors/garden", {"accept": ACTIVITY_JSON})
    no_reads()
    told = await world.ask("/actors/garden", {"accept": ACTIVITY_JSON, "signature": "keyId=x"})
    assert told.status == 200


async def test_in_secure_mode_no_document_comes_from_memory(tmp_path: Path) -> None:
    async with Fediverse(tmp_path) as fediverse:
        world = await world_in(fediverse, secure_mode=True)
        key = fediverse.neighbour("reader.example").account("vera").key
        for target in ("/actors/garden", world.call):
            for accept in (ACTIVITY_JSON, "*/*"):
                before = len(world.hot.shelf)
                assert (await get_signed(fediverse, key, world.node.origin + target)).status_code == 200
                assert len(world.hot.shelf) == before
                told = await world.ask(target, {"accept": accept})
                assert told == await world.ask_slow(target, {"accept": accept})
            assert (await world.ask(target, {"accept": ACTIVITY_JSON})).status == 401
        assert (await world.ask("/@garden", {"accept": HTML})).status == 200


async def test_nothing_of_who_asks_is_kept(world: World) -> None:
    """Neither in what an answer is found by nor in the answer."""
    marks = {
        "accept": f"{HTML},text/x-sentinel",
        "accept-language": "de-x-sentinel,de;q=0.5",
        "user-agent": "sentinel",
        "referer": "https://sentinel.example/",
        "x-forwarded-for": "198.51.100.77",
        "if-none-match": '"sentinel"',
    }
    for target in ("/", "/@garden", world.call, WEBFINGER):
        assert (await world.ask(target, marks)).status == 200
    assert (await world.ask("/?fbclid=sentinel", marks)).status == 200
    shelf = world.hot.shelf
    kept = repr([(part.answers, part._by_path) for part in (shelf._plain, shelf._asked)])
    assert len(shelf) == 4
    assert "sentinel" not in kept
    assert "198.51.100.77" not in kept
    assert "192.0.2.7" not in kept


async def test_strangers_cannot_fill_the_memory(world: World) -> None:
    """Names that no page reads, pages that do not exist, endless variants of one that does."""
    await world.ask("/", {"accept": HTML})
    kept = len(world.hot.shelf)
    for number in range(50):
        await world.ask(f"/?x{number}=1", {"accept": HTML})
        await world.ask(f"/?theme=%{number:02}" + "1" * 400, {"accept": HTML})
        await world.ask(f"/nowhere/{number}", {"accept": HTML})
        await world.ask(f"/.well-known/webfinger?resource=acct:nobody{number}@{HOST}")
        await world.ask(f"/@nobody{number}", {"accept": ACTIVITY_JSON})
    assert len(world.hot.shelf) == kept


async def test_all_who_ask_at_once_are_answered_by_one_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, reads = world.node.services.database, 0
    read = database.read

    async def counted(work: Callable[[Any], Any]) -> Any:
        nonlocal reads
        reads += 1
        return await read(work)

    monkeypatch.setattr(database, "read", counted)
    told = await asyncio.gather(*(world.ask("/initiatives", {"accept": HTML}) for _ in range(20)))
    assert len(set(told)) == 1
    assert reads == 1


async def test_readers_and_writers_at_once_see_nothing_older_than_their_own_change(world: World) -> None:
    uri = world.node.origin + world.call

    async def write_and_read(number: int) -> None:
        title = f"Number {number} of many"
        await world.node.command("call.edit", uri=uri, title=title)
        told = await world.ask(world.call, {"accept": ACTIVITY_JSON})
        seen = int(re.search(rb"Number (\d+) of many", told.body)[1])  # type: ignore[index] # else a failure
        assert seen >= number

    async def read() -> None:
        for _ in range(50):
            assert (await world.ask(world.call, {"accept": ACTIVITY_JSON})).status == 200
            await asyncio.sleep(0)

    async def write() -> None:
        for number in range(10):
            await write_and_read(number)

    await asyncio.gather(write(), *(read() for _ in range(4)))
