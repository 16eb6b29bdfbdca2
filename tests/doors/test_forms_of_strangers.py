"""Forms as bytes from strangers: what they cost while they arrive, and when they never do (R5, RES-05, SAFETY 8.16)."""

import socket
import threading
import time
from urllib.parse import urlencode

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import ask

MEGABYTE = 1024 * 1024
TWELVE = 12


@pytest.fixture(scope="module", autouse=True)
def somebody_edits_here(served: Served) -> None:
    """Before there is an account no form of the desk is read at all."""
    link = served.command("setup-link").split()[-1]
    passphrase = "seven quiet herons over water"
    fields = {"name": "Robin", "secret_new": passphrase, "secret_again": passphrase}
    kind = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
    assert ask("POST", link, kind, urlencode(fields).encode()).status == 200


def connected(served: Served) -> socket.socket:
    host, _, port = served.authority.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def head(served: Served, path: str, kind: str, length: int) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {served.authority}",
        "Sec-Fetch-Site: same-origin",
        f"Content-Type: {kind}",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_r5_files_of_strangers_take_no_memory(served: Served) -> None:
    """The form of an editor whose session is over comes without one, so it is read, but for its file."""
    length = 9 * MEGABYTE - 1000
    part = b'--edge\r\nContent-Disposition: form-data; name="icon"; filename="x"\r\n\r\n'
    before = served.memory()
    most, seen = before, threading.Event()

    def send(path: str) -> None:
        with connected(served) as connection:
            try:
                connection.sendall(head(served, path, "multipart/form-data; boundary=edge", length) + part)
                for _ in range(8):
                    connection.sendall(b"x" * MEGABYTE)
                seen.wait(10)
            except OSError:
                # Answered and closed before all of it had come: that is what the other doors do.
                pass

    paths = ["/desk/account/name", "/search", "/sign-in"]
    threads = [threading.Thread(target=send, args=(path,)) for path in paths * (TWELVE // len(paths))]
    for thread in threads:
        thread.start()
    for _ in range(40):
        time.sleep(0.05)
        most = max(most, served.memory())
    seen.set()
    for thread in threads:
        thread.join()
    assert most - before < 24 * MEGABYTE


def test_whoever_hangs_up_or_sends_nonsense_is_not_worth_a_line(served: Served) -> None:
    before = served.log.read_text()
    for path in ("/search", "/sign-in", "/desk/account/name", "/open?what=@garden@" + served.authority):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"):
            for body in (b"", b"words=a", b"--edge\r\nContent-Disp", b"--no-edge\r\n\r\n" * 100):
                with connected(served) as connection:
                    connection.sendall(head(served, path, kind, len(body) + 100) + body)
                whole = ask(
                    "POST",
                    served.origin + path,
                    {"content-type": kind, "sec-fetch-site": "same-origin"},
                    body or b"x",
                )
                assert whole.status < 500 or whole.status == 503, (path, kind, body[:20])
    assert ask("GET", served.origin + "/search").status == 200
    assert served.log.read_text() == before


def test_res_05_forms_that_drip_take_nobodys_place(served: Served) -> None:
    dripping = [connected(served) for _ in range(60)]
    try:
        for number, connection in enumerate(dripping):
            path = ("/search", "/sign-in", "/desk/account/name")[number % 3]
            connection.sendall(
                head(served, path, "application/x-www-form-urlencoded", 100_000) + b"w" * 40_000
            )
        kind = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
        began = time.monotonic()
        for _ in range(5):
            assert ask("POST", served.origin + "/search", kind, b"words=garden").status == 200
        assert time.monotonic() - began < 5
    finally:
        for connection in dripping:
            connection.close()
