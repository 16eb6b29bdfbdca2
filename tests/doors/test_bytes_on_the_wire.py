"""What a server must bear before it knows that it is HTTP: heads without end, dripping connections, other hosts."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.doors.conftest import Served

pytestmark = pytest.mark.usefixtures("served")

PATIENCE = 25.0


def say(served: Served, data: bytes) -> bytes:
    """Everything that is answered until the server closes."""
    host, _, port = served.authority.partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        try:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


def head(served: Served, first: str = "GET /health HTTP/1.1", *more: str) -> bytes:
    lines = [first, f"Host: {served.authority}", *more, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@dataclass
class Drip:
    """A byte a second after `start`, until the server closes or nobody would wait any longer."""

    start: bytes
    answer: bytes = b""
    seconds: float = PATIENCE

    def run(self, served: Served) -> None:
        host, _, port = served.authority.partition(":")
        begun = time.monotonic()
        with socket.create_connection((host, int(port)), timeout=1) as connection:
            connection.sendall(self.start)
            while time.monotonic() - begun < PATIENCE:
                try:
                    got = connection.recv(65536)
                    if not got:
                        break
                    self.answer += got
                    connection.sendall(b"x")
                except TimeoutError:
                    connection.sendall(b"x")
                except OSError:
                    break
        self.seconds = time.monotonic() - begun


@pytest.fixture(scope="module")
def drips(served: Served) -> Iterator[dict[str, Drip]]:
    """They all drip at once, while the other tests run."""
    inbox = [f"Host: {served.authority}", "Content-Type: application/activity+json", "Content-Length: 1000"]
    post = "\r\n".join(["POST /inbox HTTP/1.1", *inbox, "", ""]).encode()
    get = "\r\n".join(["GET /health HTTP/1.1", *inbox, "", ""]).encode()
    drips = {
        "head": Drip(f"GET / HTTP/1.1\r\nHost: {served.authority}\r\nX: ".encode()),
        "second head": Drip(
            f"GET /health HTTP/1.1\r\nHost: {served.authority}\r\n\r\nGET / HTTP/1.1\r\nX: ".encode()
        ),
        "body": Drip(post),
        "body nobody reads": Drip(get),
    }
    threads = [threading.Thread(target=drip.run, args=(served,)) for drip in drips.values()]
    for thread in threads:
        thread.start()
    yield drips
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("drips")
def test_a_head_without_end_is_cut_off(served: Served) -> None:
    """RES-16: nothing else limits it, and each of its bytes would be kept."""
    assert status(say(served, head(served, "GET /health HTTP/1.1", "X: " + "x" * 8000))) == 200
    for name in ("X: " + "x" * 300_000, "\r\n".join(f"X-{number}: x" for number in range(20_000))):
        # The system may drop the answer when the rest is still on its way.
        assert say(served, head(served, "GET /health HTTP/1.1", name))[:12] in (b"", b"HTTP/1.1 400")
    endless = f"GET / HTTP/1.1\r\nHost: {served.authority}\r\nX: ".encode() + b"x" * 20_000_000
    assert say(served, endless)[:12] in (b"", b"HTTP/1.1 400")


def test_a_target_on_another_host_is_refused(served: Served) -> None:
    """WEB-04: RFC 9112 lets the host in the target win over Host, and a cache before us may believe it."""
    for target in ("http://evil.example/health", f"http://{served.authority}/health", "evil.example:443"):
        assert status(say(served, head(served, f"GET {target} HTTP/1.1"))) == 400
    assert status(say(served, head(served, "GET //evil.example/health HTTP/1.1"))) == 404


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("evil.example",),
        ("{us}", "{us}"),
        ("{us}", "evil.example"),
        ("{us}/?",),
        ("{us}@evil.example",),
        ("evil.example", "{us}"),
        ("{us},evil.example",),
    ],
)
def test_only_one_host_header_with_our_name_will_do(served: Served, hosts: tuple[str, ...]) -> None:
    lines = [f"Host: {host.format(us=served.authority)}" for host in hosts]
    answer = say(served, "\r\n".join(["GET / HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
    assert status(answer) == 400
    assert b"evil" not in answer


def test_forwarded_hosts_and_upgrades_change_nothing(served: Served) -> None:
    for line in ("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example", "X-Original-URL: /x"):
        answer = say(served, head(served, "GET / HTTP/1.1", line, "X-Forwarded-Proto: gopher"))
        assert status(answer) == 200
        assert b"evil" not in answer
        assert b"gopher" not in answer
    websocket = (
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    assert status(say(served, head(served, "GET /health HTTP/1.1", *websocket))) == 200


@pytest.mark.parametrize(
    "length",
    ["-1", "+5", "abc", "0x10", "1e3", "9" * 30, "5\r\nContent-Length: 6", "5\r\nTransfer-Encoding: chunked"],
)
def test_a_length_that_is_none_is_refused(served: Served, length: str) -> None:
    """Also two ways of telling where the body ends, which is how requests are smuggled past a proxy."""
    answer = say(served, head(served, "POST /inbox HTTP/1.1", f"Content-Length: {length}") + b"0\r\n\r\n")
    assert status(answer) == 400


def test_bytes_that_are_no_http_end_the_connection(served: Served) -> None:
    for noise in (
        b"\x16\x03\x01\x02\x00\x01" + bytes(100),
        b"GET foo HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        assert say(served, noise)[:12] in (b"", b"HTTP/1.1 400")
    assert status(say(served, head(served))) == 200


def test_who_hangs_up_costs_nothing(served: Served) -> None:
    host, _, port = served.authority.partition(":")
    for sent in (
        head(served)[:20],
        head(served, "POST /inbox HTTP/1.1", "Content-Length: 99") + b'{"a',
        head(served),
    ):
        for _ in range(10):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(sent)
    assert status(say(served, head(served))) == 200


def test_a_request_that_drips_in_is_not_waited_for(served: Served, drips: dict[str, Drip]) -> None:
    """RES-05: ten seconds for a head, fifteen for a body; others are answered all the while."""
    until = time.monotonic() + PATIENCE
    while any(drip.seconds == PATIENCE for drip in drips.values()) and time.monotonic() < until:
        begun = time.monotonic()
        assert status(say(served, head(served))) == 200
        assert time.monotonic() - begun < 1
        time.sleep(0.2)
    for name, most in {"head": 12, "second head": 12, "body": 20, "body nobody reads": 5}.items():
        assert drips[name].seconds < most, name
    assert drips["second head"].answer.count(b"HTTP/1.1 200") == 1
    assert status(drips["body"].answer) == 400
    assert b"too-slow" in drips["body"].answer
