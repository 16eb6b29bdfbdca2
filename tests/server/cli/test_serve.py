"""`antipole serve`, as a process: it says when it answers, carries out commands, and ends when told."""

import http.client
import signal
import socket
import stat
from pathlib import Path

import pytest

from server.control.bind import address_of
from tests.server.cli.conftest import Antipole
from tests.server.cli.serving import ADDRESS, free_port, serving, start


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def instance(antipole: Antipole, tmp_path: Path, port: int) -> Path:
    """Its path is longer than a Unix socket's address may be."""
    place = tmp_path / ("a-long-name-" * 8) / "instance"
    made = antipole(
        "init", place, "--origin", f"http://{ADDRESS}:{port}", "--allow-network", "127.0.0.0/8",
        "--roles", "initiative,hub",
    )  # fmt: skip
    assert made.status == 0
    return place


def test_a_day_in_the_life(antipole: Antipole, instance: Path, port: int) -> None:
    with serving(instance, port) as served:
        assert served.get("/health") == 200
        socket_file = (instance / "control.sock").stat()
        assert stat.S_IMODE(socket_file.st_mode) == 0o600

        added = antipole("initiative", "add", instance, "letters", "--name", "Letters", "--language", "en")
        assert added.lines == [f"@letters@{ADDRESS}:{port} http://{ADDRESS}:{port}/actors/letters"]
        published = antipole("call", "publish", instance, "letters", "--title", "Write", "--text", "Please.")
        assert published.lines[-1].startswith(f"http://{ADDRESS}:{port}/calls/")
        assert antipole("call", "close", instance, published.lines[-1]).status == 0
        refused = antipole("call", "close", instance, "http://nowhere.example/calls/1")
        assert (refused.status, len(refused.notes)) == (2, 1)

        second = antipole("serve", instance)
        assert "already served" in second.notes[0]
        status, seconds = served.end(signal.SIGINT)
    assert (status, seconds < 8) == (0, True)
    assert sorted(path.name for path in instance.iterdir() if path.is_file()) == [
        "antipole.sqlite3",
        "antipole.toml",
        "lock",
    ]


def test_the_controls_are_not_on_the_public_port(antipole: Antipole, instance: Path, port: int) -> None:
    with serving(instance, port) as served:
        assert served.get("/stats") == 404
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=10)
        connection.request("POST", "/commands/stats", b"{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status in (404, 405)
        assert answer.getheader("server") is None
        connection.close()


def test_a_killed_server_leaves_nothing_that_stops_the_next(
    antipole: Antipole, instance: Path, port: int
) -> None:
    with serving(instance, port) as served:
        antipole("initiative", "add", instance, "letters", "--name", "Letters", "--language", "en")
        uri = antipole("call", "publish", instance, "letters", "--title", "Write", "--text", "Please.").lines[
            -1
        ]
        served.end(signal.SIGKILL)
    assert (instance / "control.sock").is_socket()
    # Without a server, over the stale socket.
    assert antipole("call", "edit", instance, uri, "--title", "Write now").status == 0
    with serving(instance, port) as served:
        assert served.get(uri.removeprefix(f"http://{ADDRESS}:{port}")) == 200
        assert served.end()[0] == 0


def test_a_slow_reader_does_not_hold_up_the_end(instance: Path, port: int) -> None:
    with serving(instance, port) as served, socket.create_connection((ADDRESS, port)) as slow:
        slow.sendall(b"POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        status, seconds = served.end()
    assert (status, seconds < 8) == (0, True)


def test_a_taken_port_is_one_sentence(antipole: Antipole, instance: Path, port: int) -> None:
    with socket.create_server((ADDRESS, port)):
        refused = antipole("serve", instance)
    assert (refused.status, len(refused.notes)) == (2, 1)
    assert f"{ADDRESS}:{port} is taken: end what listens there" in refused.notes[0]
    assert not (instance / "control.sock").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--host", "192.0.2.1"), "does not have the address"),
        (("--host", "no-such-host.invalid"), "unknown here"),
        (("--uds", "x", "--port", "80"), "takes the place"),
        (("--uds", "/no/such/place/web.sock"), "cannot be used"),
    ],
)
def test_other_doors_that_cannot_be_opened(
    antipole: Antipole, instance: Path, options: tuple[str, ...], why: str
) -> None:
    refused = antipole("serve", instance, *options)
    assert (refused.status, len(refused.notes)) == (2, 1)
    assert why in refused.notes[0]


def test_behind_a_proxy_it_listens_on_a_unix_socket(instance: Path, port: int, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with serving(instance, port, "--uds", str(path)) as served:
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        with socket.socket(socket.AF_UNIX) as door, address_of(path) as address:
            door.connect(address)
            door.sendall(f"GET /health HTTP/1.1\r\nHost: {ADDRESS}:{port}\r\n\r\n".encode())
            assert door.recv(100).startswith(b"HTTP/1.1 200 ")
        assert served.end()[0] == 0
    assert not path.exists()


def test_it_says_where_it_listens_when_the_origin_does_not(antipole: Antipole, tmp_path: Path) -> None:
    place = tmp_path / "public"
    antipole("init", place, "--origin", "https://hub.example", "--roles", "hub")
    process = start(place, "--port", "0")
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    process.terminate()
    assert process.wait(20) == 0
    process.stderr.close()
    assert line.startswith("https://hub.example answers on 127.0.0.1:")


@pytest.mark.parametrize("verb", [("serve", "--web", "2"), ("work",)])
def test_with_sqlite_there_is_one_process(antipole: Antipole, instance: Path, verb: tuple[str, ...]) -> None:
    refused = antipole(verb[0], instance, *verb[1:])
    assert (refused.status, len(refused.notes)) == (2, 1)
    assert "SQLite, which one process has to itself" in refused.notes[0]
    assert not (instance / "control.sock").exists()
