"""What a server may answer to one request, byte by byte: read as meant, or given up, and never held without bound."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed, TooLarge
from federation.http1 import MAX_HEAD_BYTES, MAX_INTERIM, Broken, Conversation, Headers, request_bytes

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\n"
HI = OK + b"Content-Length: 2\r\n\r\nhi"
LIMIT = 1000


class Wire(asyncio.Transport):
    """Keeps what is written, and whether it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended


def connected() -> tuple[Conversation, Wire]:
    conversation, wire = Conversation(), Wire()
    conversation.connection_made(wire)
    return conversation, wire


async def answered(
    conversation: Conversation, *packets: bytes, ends: bool = False
) -> tuple[int, Headers, bytes]:
    asking = asyncio.create_task(conversation.ask(b"GET / HTTP/1.1\r\n\r\n", LIMIT))
    await asyncio.sleep(0)
    for packet in packets:
        conversation.data_received(packet)
    if ends:
        conversation.eof_received()
    async with asyncio.timeout(1):
        status, headers = await asking
        return status, headers, await conversation.read()


async def test_an_answer_in_any_pieces_is_the_same_answer() -> None:
    for cut in range(1, len(HI)):
        conversation, wire = connected()
        status, headers, body = await answered(conversation, HI[:cut], HI[cut:])
        assert (status, dict(headers), body) == (200, {"content-length": "2"}, b"hi")
        assert conversation.fit
        assert not wire.ended


@pytest.mark.parametrize(
    ("answer", "body", "fit"),
    [
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;x=y\r\nh\r\n1\r\ni\r\n0\r\n\r\n", b"hi", True),
        (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n", b"", True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + HI, b"hi", True),
    ],
)
async def test_all_of_an_answer_is_read_and_then_another_may_follow(
    answer: bytes, body: bytes, fit: bool
) -> None:
    conversation, _ = connected()
    _, headers, read = await answered(conversation, answer)
    assert (read, conversation.fit) == (body, fit)
    assert "link" not in headers
    if fit:
        assert (await answered(conversation, HI))[2] == b"hi"
        assert conversation.used


async def test_a_body_without_a_length_lasts_until_the_end() -> None:
    conversation, wire = connected()
    assert (await answered(conversation, OK + b"\r\n", b"some", b" more", ends=True))[2] == b"some more"
    assert not conversation.fit
    assert wire.ended


@pytest.mark.parametrize(
    "answer",
    [
        b"220 smtp ready\r\n",
        b"\x16\x03\x01\x00\xa5",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_INTERIM + 1),
        b"HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        OK + b"A: b\r\n folded\r\n\r\n",
        OK + b"A: \x00\r\n\r\n",
        OK + b"A: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n",
        OK + b"A: x\r\n" * (MAX_HEAD_BYTES // 5) + b"\r\n",
    ],
)
async def test_what_is_no_answer_ends_the_connection(answer: bytes) -> None:
    conversation, wire = connected()
    with pytest.raises(Broken):
        await answered(conversation, answer)
    assert wire.ended
    assert not conversation.fit


async def test_a_head_that_does_not_end_is_not_kept() -> None:
    conversation, wire = connected()
    with pytest.raises(Broken, match="endless head"):
        await answered(conversation, OK + b"A: ", *[b"x" * 4096] * 17)
    assert wire.ended


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"chunked, gzip"])
async def test_what_is_compressed_on_its_way_is_not_read(coding: bytes) -> None:
    conversation, wire = connected()
    with pytest.raises(Malformed, match="compressed"):
        await answered(conversation, OK + b"Transfer-Encoding: " + coding + b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    assert wire.ended


@pytest.mark.parametrize(
    "packets",
    [
        [OK + b"Content-Length: 2000\r\n\r\n" + b"x" * 2000],
        [OK + b"\r\n", *[b"x" * 100] * 11],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * (LIMIT + 1)],
        # Pieces that say more about themselves than they hold.
        [OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1;" + b"y" * 1000 + b"\r\nx\r\n"] * 80],
    ],
)
async def test_no_more_is_kept_than_was_agreed(packets: list[bytes]) -> None:
    conversation, wire = connected()
    with pytest.raises(TooLarge):
        await answered(conversation, *packets)
    assert wire.ended
    assert len(conversation._body) <= LIMIT


async def test_what_comes_after_the_body_is_no_header() -> None:
    conversation, _ = connected()
    trailer = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nRetry-After: 9\r\n\r\n"
    _, headers, body = await answered(conversation, trailer)
    assert (body, list(headers)) == (b"hi", ["transfer-encoding"])


async def test_a_second_answer_to_one_question_is_nobody_elses() -> None:
    """Whoever is asked next on this connection would be given what an attacker put there."""
    conversation, wire = connected()
    assert (await answered(conversation, HI + OK + b"Content-Length: 4\r\n\r\nevil"))[2] == b"hi"
    assert not conversation.fit
    assert wire.ended
    conversation, wire = connected()
    assert (await answered(conversation, HI))[2] == b"hi"
    conversation.data_received(OK + b"Content-Length: 4\r\n\r\nevil")
    assert not conversation.fit
    assert wire.ended


async def test_an_answer_that_was_not_read_to_its_end_is_the_last_one() -> None:
    conversation, _ = connected()
    asking = asyncio.create_task(conversation.ask(b"", LIMIT))
    await asyncio.sleep(0)
    conversation.data_received(OK + b"Content-Length: 100\r\n\r\nhalf")
    assert (await asking)[0] == 200
    assert not conversation.fit


@pytest.mark.parametrize(("before", "untouched"), [(b"", True), (b"HTTP/1.1", False)])
async def test_an_end_before_the_first_byte_is_told_apart(before: bytes, untouched: bool) -> None:
    conversation, _ = connected()
    with pytest.raises(Broken) as caught:
        await answered(conversation, *([before] if before else []), ends=True)
    assert caught.value.untouched is untouched


async def test_repeated_headers_are_joined_and_can_be_counted() -> None:
    headers = Headers([("a", "1"), ("b", "2"), ("a", "3")])
    assert (headers["a"], headers.get_list("a"), headers.get("c"), len(headers)) == (
        "1, 3",
        ["1", "3"],
        None,
        2,
    )


@pytest.mark.parametrize("evil", ["a\r\nx: y", "a\nx: y", "a\0", "a\r"])
def test_no_line_of_a_request_holds_another(evil: str) -> None:
    for target, value in ((evil, "v"), ("/", evil)):
        with pytest.raises(Broken):
            request_bytes("GET", target, [("n", value)], None)


@given(
    st.lists(st.binary(max_size=200) | st.sampled_from([OK, HI, b"\r\n", b"\r\n\r\n", b"0\r\n"]), max_size=8)
)
def test_whatever_comes_is_an_answer_or_an_error(packets: list[bytes]) -> None:
    async def take() -> None:
        conversation, wire = connected()
        try:
            status, _, body = await answered(conversation, *packets, ends=True)
        except (Broken, Malformed):
            assert wire.ended
        else:
            assert 200 <= status <= 999
            assert len(body) <= LIMIT

    asyncio.run(take())
