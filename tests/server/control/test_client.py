"""The command line's end, against sockets that misbehave."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.control.bind import bind_private
from server.control.client import CommandFailed, NoServer, ask


@contextlib.contextmanager
def answering(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Accepts once, reads, says `answer` and hangs up; yields what was asked."""
    asked: list[bytes] = []
    with bind_private(path) as bound:
        bound.listen()

        def once() -> None:
            connection, _ = bound.accept()
            with connection:
                asked.append(connection.recv(65536))
                connection.sendall(answer)
                # A hang-up with unread bytes is a reset; a real server reads to the end.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=once)
        thread.start()
        yield asked
        thread.join()


def http(status: str, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 "
        + status.encode()
        + b"\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


def test_no_socket_and_a_stale_one_mean_no_server(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with pytest.raises(NoServer):
        ask(path, "stats", {})
    bind_private(path).close()
    with pytest.raises(NoServer):
        ask(path, "stats", {})


def test_the_result_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with answering(path, http("200 OK", b'{"result": {"uri": "https://a.example/1"}}')) as asked:
        assert ask(path, "call.publish", {"title": "Ж"}) == {"uri": "https://a.example/1"}
    assert asked[0].startswith(b"POST /commands/call.publish HTTP/1.1\r\n")


def test_the_servers_no_is_its_sentence(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with (
        answering(path, http("422 Unprocessable Entity", b'{"error": "There is no such initiative."}')),
        pytest.raises(CommandFailed, match=r"^There is no such initiative\.$"),
    ):
        ask(path, "call.publish", {})


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", b"SSH-2.0\r\n", http("200 OK", b"<html>")],
)
def test_a_server_that_ends_in_the_middle_is_said_so_and_nothing_is_sent_twice(
    tmp_path: Path, answer: bytes
) -> None:
    path = tmp_path / "control.sock"
    with answering(path, answer) as asked, pytest.raises(CommandFailed, match="look whether this was done"):
        ask(path, "call.publish", {})
    assert len(asked) == 1
