"""What is fetched from other hosts, and what of it is refused."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from federation.errors import Forbidden, Gone, Malformed, TooLarge, Unreachable, WrongMediaType
from federation.fetching import Budget
from tests.federation.loopback import LOOPBACK
from tests.federation.small_world import NOW, World, assert_signed

pytestmark = pytest.mark.anyio

NOTE = "https://peer.example/notes/1"


def document(url: str = NOTE, **members: Any) -> dict[str, Any]:
    return {"id": url, "type": "Note", "content": "hi"} | members


async def test_a_document_is_fetched_with_a_signature_of_the_instance(world: World) -> None:
    world.serve(NOTE, document())
    fetched = await world.client.fetch_document(NOTE)
    assert (fetched.url, fetched.document, fetched.fetched_at) == (NOTE, document(), NOW)
    assert json.loads(fetched.body) == document()
    (request,) = world.requests
    assert_signed(request, "home", world)
    assert request.headers["user-agent"] == "antipole-test"
    assert request.headers["accept-encoding"] == "identity"
    assert "application/activity+json" in request.headers["accept"]


async def test_the_signature_covers_the_path_that_is_sent(world: World) -> None:
    """httpx2 resolves dot segments and escapes brackets; a signature over the text as given would not verify."""
    world.client = world.make_client()
    with pytest.raises(Gone):
        await world.client.fetch_document("https://peer.example/a/../b/[x]?q=[1]&r=%7e#frag")
    (request,) = world.requests
    assert_signed(request, "home", world)
    assert "#" not in str(request.url)


async def test_a_fragment_is_part_of_the_document_and_not_of_the_request(world: World) -> None:
    world.serve("https://peer.example/actor", document("https://peer.example/actor"))
    fetched = await world.client.fetch_document("https://peer.example/actor#main-key")
    assert fetched.url == "https://peer.example/actor"
    assert world.asked == ["https://peer.example/actor"]


async def test_a_document_with_another_id_is_fetched_once_more_from_there(world: World) -> None:
    world.serve("https://peer.example/@alice/1", document())
    world.serve(NOTE, document())
    assert (await world.client.fetch_document("https://peer.example/@alice/1")).url == NOTE
    assert world.asked == ["https://peer.example/@alice/1", NOTE]


async def test_a_second_disagreement_about_the_id_ends_it(world: World) -> None:
    world.serve("https://peer.example/@alice/1", document())
    world.serve(NOTE, document("https://peer.example/notes/2"))
    with pytest.raises(Forbidden, match="id-mismatch"):
        await world.client.fetch_document("https://peer.example/@alice/1")
    assert len(world.requests) == 2


@pytest.mark.parametrize(
    "claimed",
    [
        "https://good.example/notes/1",
        "http://peer.example/notes/1",
        "https://peer.example:8443/notes/1",
        "https://peer.example@good.example/notes/1",
    ],
)
async def test_nobody_hands_out_documents_of_another_origin(world: World, claimed: str) -> None:
    world.serve(NOTE, document(claimed))
    with pytest.raises((Forbidden, Malformed)):
        await world.client.fetch_document(NOTE)
    assert world.asked == [NOTE]


async def test_a_document_without_an_id_is_malformed(world: World) -> None:
    world.serve(NOTE, {"type": "Note"})
    with pytest.raises(Malformed, match="no-id"):
        await world.client.fetch_document(NOTE)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "text/html",
        "text/plain",
        "image/png",
        "application/ld+json",
        'application/ld+json; profile="https://example.com/other"',
        "application/activity+jsonp",
        "",
    ],
)
async def test_an_upload_is_no_document(world: World, media_type: str) -> None:
    world.serve(NOTE, document(), media_type=media_type)
    with pytest.raises(WrongMediaType):
        await world.client.fetch_document(NOTE)


async def test_two_content_types_are_none(world: World) -> None:
    headers = [("content-type", "application/activity+json"), ("content-type", "text/html")]
    world.routes[NOTE] = lambda _: httpx2.Response(200, headers=headers, content=json.dumps(document()))
    with pytest.raises(WrongMediaType):
        await world.client.fetch_document(NOTE)


async def test_a_redirect_within_the_origin_is_followed_and_signed_anew(world: World) -> None:
    world.redirect("https://peer.example/old", "/notes/1", 301)
    world.serve(NOTE, document())
    assert (await world.client.fetch_document("https://peer.example/old")).url == NOTE
    for request in world.requests:
        assert_signed(request, "home", world)
    signatures = [request.headers["signature"] for request in world.requests]
    assert len(set(signatures)) == 2


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/notes/1",
        "https://peer.example:8443/notes/1",
        "http://peer.example/notes/1",
        "//evil.example/notes/1",
        "https://127.0.0.1/",
        "http://127.0.0.1:8000/",
        "https://good@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://peer.example/",
        "https://[::1",
        "https://peer.example\\@evil.example/",
        "",
    ],
)
async def test_ac_2_1_h_a_redirect_elsewhere_is_not_followed(world: World, target: str) -> None:
    world.redirect(NOTE, target)
    world.serve("https://evil.example/notes/1", document())
    with pytest.raises(Unreachable) as caught:
        await world.client.fetch_document(NOTE)
    assert not caught.value.retry
    assert world.asked == [NOTE]


async def test_three_redirects_are_followed_and_not_four(world: World) -> None:
    for number in range(4):
        world.redirect(f"https://peer.example/{number}", f"/{number + 1}")
    world.serve("https://peer.example/4", document("https://peer.example/4"))
    assert (await world.client.fetch_document("https://peer.example/1")).url == "https://peer.example/4"
    with pytest.raises(Unreachable, match="too-many-redirects"):
        await world.client.fetch_document("https://peer.example/0")


async def test_one_budget_limits_a_whole_verification(world: World) -> None:
    world.redirect(NOTE, NOTE)
    budget = Budget(requests=5)
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"too-many-redirects|budget-spent"):
            await world.client.fetch_document(NOTE, budget=budget)
    assert len(world.requests) == 5


async def test_the_budget_counts_bytes_too(world: World) -> None:
    world.serve(NOTE, document(content="x" * 1000))
    budget = Budget(bytes=1000)
    await world.client.fetch_document(NOTE, budget=budget)
    with pytest.raises(Unreachable, match="budget-spent"):
        await world.client.fetch_document(NOTE, budget=budget)


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        (404, Gone, False),
        (410, Gone, False),
        (400, Unreachable, False),
        (401, Unreachable, True),
        (403, Unreachable, True),
        (418, Unreachable, False),
        (429, Unreachable, True),
        (304, Unreachable, False),
        (500, Unreachable, True),
        (503, Unreachable, True),
    ],
)
async def test_a_bad_status_says_whether_asking_again_helps(
    world: World, status: int, error: type[Unreachable], retry: bool
) -> None:
    world.serve(NOTE, document(), status=status)
    with pytest.raises(error) as caught:
        await world.client.fetch_document(NOTE)
    assert caught.value.retry is retry
    if isinstance(caught.value, Gone):
        assert caught.value.deleted is (status == 410)


async def test_ac_2_3_what_is_too_large_or_compressed_is_not_read(world: World) -> None:
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    world.routes[NOTE] = lambda _: httpx2.Response(200, headers=headers, content=body())
    for header, error in (
        (("content-encoding", "gzip"), Malformed),
        (("content-encoding", "identity, gzip"), Malformed),
        (("content-length", str(2**20 + 1)), TooLarge),
        (("content-length", "9" * 400), TooLarge),
    ):
        headers = [("content-type", "application/activity+json"), header]
        with pytest.raises(error):
            await world.client.fetch_document(NOTE)
    assert read == []


async def test_ac_2_3_a_body_without_a_length_is_cut_at_the_limit(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    world.routes[NOTE] = lambda _: httpx2.Response(
        200, headers={"content-type": "application/activity+json"}, content=endless()
    )
    with pytest.raises(TooLarge):
        await world.client.fetch_document(NOTE)
    assert sent <= 2**20 + 65_536


async def test_discovery_is_unsigned_and_may_move_to_another_host(world: World) -> None:
    url, target = "https://peer.example/.well-known/webfinger", "https://social.peer.example/webfinger"
    world.redirect(url, target)
    world.serve(target, {"subject": "acct:a@peer.example"}, media_type="application/jrd+json; charset=utf-8")
    accept = "application/jrd+json, application/json"
    assert await world.client.fetch_json(url, accept) == {"subject": "acct:a@peer.example"}
    assert all("signature" not in request.headers for request in world.requests)


@pytest.mark.parametrize("target", ["http://social.peer.example/", "https://10.0.0.1/", "https://hub.test/"])
async def test_discovery_does_not_move_inside_or_to_plain_http(world: World, target: str) -> None:
    world.redirect("https://peer.example/.well-known/webfinger", target)
    with pytest.raises(Unreachable):
        await world.client.fetch_json("https://peer.example/.well-known/webfinger", "application/json")
    assert len(world.requests) == 1


async def test_an_allowed_network_is_no_way_from_https_to_plain_http(world: World) -> None:
    client = world.make_client(LOOPBACK)
    world.redirect("https://peer.example/.well-known/webfinger", "http://127.0.0.2:8001/")
    world.serve("http://127.0.0.2:8001/", {}, media_type="application/json")
    with pytest.raises(Unreachable, match="downgraded-redirect"):
        await client.fetch_json("https://peer.example/.well-known/webfinger", "application/json")
    assert len(world.requests) == 1
    assert await client.fetch_json("http://127.0.0.2:8001/", "application/json") == {}


async def test_discovery_takes_64_kib_of_json_and_nothing_else(world: World) -> None:
    url = "https://peer.example/nodeinfo"
    world.serve(url, {"text": "x" * 65_536}, media_type="application/json")
    with pytest.raises(TooLarge):
        await world.client.fetch_json(url, "application/json")
    world.serve(url, {}, media_type="text/html")
    with pytest.raises(WrongMediaType):
        await world.client.fetch_json(url, "application/json")


async def test_a_picture_comes_with_its_type(world: World) -> None:
    url = "https://media.peer.example/icon.png"
    pictures = frozenset({"image/png", "image/jpeg"})
    world.serve(url, b"\x89PNG", media_type="image/png")
    assert await world.client.fetch_bytes(url, pictures, 1000) == ("image/png", b"\x89PNG")
    with pytest.raises(TooLarge):
        await world.client.fetch_bytes(url, pictures, 3)
    world.serve(url, b"<svg/>", media_type="image/svg+xml")
    with pytest.raises(WrongMediaType):
        await world.client.fetch_bytes(url, pictures, 1000)
