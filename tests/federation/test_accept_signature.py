"""What a 401 asks for by `Accept-Signature` is signed once, if we can, and never instead of what we always sign."""

from collections.abc import Callable

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unreachable
from federation.http_signatures.accept_signature import Wish, read_wish
from tests.federation.knocking import (
    INBOX,
    PAGE,
    answers,
    covered_by,
    deliver,
    scheme_of,
    schemes,
)
from tests.federation.loopback import OUR_KEY
from tests.federation.small_world import World, assert_signed


def asks_for(wish: str, *, accepted: Callable[[str], bool]) -> Callable[[httpx2.Request], httpx2.Response]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if scheme_of(request) == "rfc9421" and accepted(request.headers["signature-input"]):
            return httpx2.Response(202)
        return httpx2.Response(401, headers={"accept-signature": wish})

    return answer


@pytest.mark.anyio
async def test_what_a_401_asks_for_is_signed_and_remembered(world: World) -> None:
    wish = 'sig2=("@authority" "date" "content-type");created;tag="fediverse"'
    world.routes[INBOX] = asks_for(wish, accepted=lambda said: '"@authority" "date" "content-type"' in said)
    assert await deliver(world) == 202
    asked, given = world.requests
    assert scheme_of(asked) == "cavage"
    assert given.headers["signature-input"] == (
        'sig2=("@method" "@target-uri" "content-digest" "@authority" "date" "content-type");'
        f'created={int(world.clock.now().timestamp())};keyid="{OUR_KEY.key_id}";tag="fediverse"'
    )
    assert_signed(given, "garten", world)
    world.requests.clear()
    assert await deliver(world) == 202
    assert schemes(world) == ["rfc9421"]


@pytest.mark.anyio
async def test_a_word_for_one_request_is_sent_once_and_not_remembered(world: World) -> None:
    world.routes[INBOX] = asks_for(
        'sig1=("@method");nonce="abc"', accepted=lambda said: 'nonce="abc"' in said
    )
    assert await deliver(world) == 202
    assert schemes(world) == ["cavage", "rfc9421"]
    assert await deliver(world) == 202
    plain, with_nonce = world.requests
    assert "nonce" not in plain.headers["signature-input"]
    assert 'nonce="abc"' in with_nonce.headers["signature-input"]
    assert_signed(with_nonce, "garten", world)


@pytest.mark.anyio
async def test_a_wish_is_done_once_however_often_it_is_uttered(world: World) -> None:
    number = 0

    def never_content(_: httpx2.Request) -> httpx2.Response:
        nonlocal number
        number += 1
        return httpx2.Response(401, headers={"accept-signature": f'sig1=("@method");nonce="{number}"'})

    world.routes[INBOX] = never_content
    assert await deliver(world) == 401
    assert schemes(world) == ["cavage", "rfc9421"]


@pytest.mark.anyio
async def test_a_wish_that_comes_with_the_second_refusal_is_still_done(world: World) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if scheme_of(request) == "cavage":
            return httpx2.Response(401)
        if "@authority" in covered_by(request):
            return httpx2.Response(202)
        return httpx2.Response(401, headers={"accept-signature": 'sig1=("@authority")'})

    world.routes[INBOX] = answer
    assert await deliver(world) == 202
    assert schemes(world) == ["cavage", "rfc9421", "rfc9421"]


@pytest.mark.anyio
async def test_a_wish_never_takes_away_what_ties_a_signature_to_its_server(world: World) -> None:
    """A server that asked for the method alone would collect signatures that hold everywhere."""
    world.routes[INBOX] = asks_for('sig1=("@method")', accepted=lambda _: True)
    await deliver(world)
    assert covered_by(world.requests[-1]) == 'sig1=("@method" "@target-uri" "content-digest")'


@pytest.mark.anyio
async def test_a_wish_beside_a_400_is_not_heard(world: World) -> None:
    answers(world, INBOX, 400, accept_signature='sig2=("@authority")')
    await deliver(world)
    assert covered_by(world.requests[-1]) == 'sig1=("@method" "@target-uri" "content-digest")'


@pytest.mark.parametrize(
    ("value", "with_body", "expected"),
    [
        ('sig1=("@method" "@target-uri")', False, Wish("sig1", ("@method", "@target-uri"))),
        (
            'a=("@path" "@query" "host" "digest");created',
            True,
            Wish("a", ("@path", "@query", "host", "digest")),
        ),
        ('sig1=("@method");alg="rsa-v1_5-sha256"', True, Wish("sig1", ("@method",))),
        ('sig1=("@status"), sig2=("@method")', True, Wish("sig2", ("@method",))),
        ('sig1=("@method");nonce="n";tag="t"', True, Wish("sig1", ("@method",), "n", "t")),
        ('sig1=("content-digest")', False, None),
        ('sig1=("@method" "cookie")', True, None),
        ('sig1=("@query-param";name="a")', True, None),
        ('sig1=("content-digest";req)', True, None),
        ('sig1=("@method" "@method")', True, None),
        ("sig1=(method)", True, None),
        ("sig1=()", True, None),
        ("sig1", True, None),
        ("sig1=1", True, None),
        ('sig1=("@method");alg="ed25519"', True, None),
        ('sig1=("@method");keyid="https://evil.example/k"', True, None),
        ('sig1=("@method");expires', True, None),
        ('sig1=("@method");nonce=1', True, None),
        ('sig1=("@method");nonce="%s"' % ("n" * 257), True, None),
        ('s%s=("@method")' % ("x" * 257), True, None),
        ('sig1=("@method"), sig1=("@path")', True, None),
        ("sig1=(" + '"@method" ' * 20 + ")", True, None),
        ("x" * 10_000, True, None),
        ('sig1=("@méthod")', True, None),
        ("", True, None),
        (None, True, None),
    ],
)
def test_what_is_asked_for_is_done_whole_or_not_at_all(
    value: str | None, with_body: bool, expected: Wish | None
) -> None:
    assert read_wish(value, with_body=with_body) == expected


@given(st.text(max_size=300) | st.text(alphabet='sig1=("@method) ;,:?*%a-0.', max_size=300), st.booleans())
def test_any_header_is_a_wish_or_none(value: str, with_body: bool) -> None:
    wish = read_wish(value, with_body=with_body)
    assert wish is None or wish.components


@pytest.mark.anyio
async def test_a_get_that_is_asked_for_more_still_costs_at_most_three_requests(world: World) -> None:
    """With the query, without it, the other scheme: then comes the wish, and is not done any more."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        wish = {"accept-signature": 'sig1=("@authority")'} if scheme_of(request) == "rfc9421" else {}
        return httpx2.Response(401, headers=wish)

    world.routes[PAGE] = answer
    with pytest.raises(Unreachable, match="401"):
        await world.client.fetch_document(PAGE)
    assert schemes(world) == ["cavage", "cavage", "rfc9421"]
