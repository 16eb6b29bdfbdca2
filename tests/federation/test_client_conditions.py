"""Asking for a document again: only if it has changed."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import NotModified, Unreachable
from federation.fetching import Validators
from tests.federation.small_world import World, assert_signed

OUTBOX = "https://peer.example/outbox"
DATE = "Mon, 23 Nov 2026 08:30:00 GMT"
KNOWN = Validators('W/"v1"', DATE)


def serve(world: World, etag: str = "", last_modified: str = "") -> None:
    document = {"id": OUTBOX, "type": "OrderedCollection"}
    world.serve(OUTBOX, document, etag=etag, last_modified=last_modified)


@pytest.mark.anyio
async def test_the_validators_of_an_answer_are_those_of_the_next_question(world: World) -> None:
    serve(world, etag='W/"v1"', last_modified=DATE)
    fetched = await world.client.fetch_document(OUTBOX)
    assert fetched.validators == KNOWN
    assert "if-none-match" not in world.requests[0].headers
    world.routes[OUTBOX] = lambda _: httpx2.Response(304)
    with pytest.raises(NotModified):
        await world.client.fetch_document(OUTBOX, known=fetched.validators)
    again = world.requests[1]
    assert (again.headers["if-none-match"], again.headers["if-modified-since"]) == ('W/"v1"', DATE)
    assert_signed(again, "home", world)


@pytest.mark.anyio
async def test_what_changed_comes_with_new_validators(world: World) -> None:
    serve(world, etag='"v2"')
    fetched = await world.client.fetch_document(OUTBOX, known=KNOWN)
    assert fetched.validators == Validators('"v2"', None)


@pytest.mark.anyio
@pytest.mark.parametrize("known", [None, Validators()])
async def test_a_304_that_nobody_asked_for_is_no_answer(world: World, known: Validators | None) -> None:
    serve(world)
    world.routes[OUTBOX] = lambda _: httpx2.Response(304)
    with pytest.raises(Unreachable, match="304"):
        await world.client.fetch_document(OUTBOX, known=known)
    assert "if-none-match" not in world.requests[0].headers


@pytest.mark.anyio
async def test_a_condition_holds_for_the_address_asked_and_not_for_the_id_it_leads_to(world: World) -> None:
    """The second fetch is of another document: its 304 would say something about that one."""
    serve(world)
    world.serve("https://peer.example/@alice/outbox", {"id": OUTBOX, "type": "OrderedCollection"})
    fetched = await world.client.fetch_document("https://peer.example/@alice/outbox", known=KNOWN)
    assert fetched.url == OUTBOX
    assert ["if-none-match" in request.headers for request in world.requests] == [True, False]


@pytest.mark.parametrize(
    ("etag", "kept"),
    [
        ('"v1"', True),
        ('W/"v1"', True),
        ('""', True),
        ('"' + "x" * 256 + '"', True),
        ('"' + "x" * 257 + '"', False),
        ("v1", False),
        ('w/"v1"', False),
        ('"a", "b"', False),
        ("*", False),
        ('"ä"', False),
        ('"a\r\nx: y"', False),
    ],
)
def test_only_an_entity_tag_is_kept(etag: str, kept: bool) -> None:
    assert Validators.of({"etag": etag}) == Validators(etag if kept else None)


@pytest.mark.parametrize(
    "date", ["yesterday", "0", "Mon, 23 Nov 2026 08:30:00 +0100", DATE + "\n", DATE * 100]
)
def test_only_a_date_is_kept(date: str) -> None:
    assert Validators.of({"last-modified": date}) == Validators()


@given(st.text(), st.text())
def test_what_is_kept_can_be_sent(etag: str, date: str) -> None:
    for name, value in Validators.of({"etag": etag, "last-modified": date}).headers():
        httpx2.Headers([(name, value)])
        assert value.isascii()
        assert value.isprintable()
