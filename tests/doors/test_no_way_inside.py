"""A server with no network allowed to it is asked to look at addresses of its own machine. Nobody there hears of it."""

import http.client
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import Account, Answer, Stranger
from tests.peers.instance import COMMAND, wait_until
from tests.peers.loopback import free_port, loopback

HOST = "closed.example"


class Ear:
    """Listens on a port of this machine, for whoever is led to it."""

    def __init__(self) -> None:
        self.heard = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.heard += 1

    def stop(self) -> None:
        # Closing alone does not wake a thread in accept().
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.stop()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Host and port of a server for https://closed.example, as a proxy on this machine would reach it."""
    directory = tmp_path_factory.mktemp("closed") / "closed"
    log = directory.with_suffix(".log")
    host = loopback(24)
    port = free_port(host)
    subprocess.run(
        [COMMAND, "init", directory, "--origin", f"https://{HOST}", "--roles", "hub"],
        check=True,
        capture_output=True,
    )
    with log.open("ab") as output:
        server = subprocess.Popen(
            [COMMAND, "serve", directory, "--host", host, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: _is_up(host, port), "the server did not come up", 30, log)
        yield host, port
    finally:
        server.terminate()
        server.wait(15)
    assert "Traceback" not in log.read_text()


def _is_up(host: str, port: int) -> bool:
    try:
        return post(host, port, {"host": HOST}, b"{}").status == 415
    except OSError:
        return False


def post(host: str, port: int, headers: dict[str, str], body: bytes) -> Answer:
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("POST", "/inbox", body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def mallory() -> Iterator[Account]:
    with Stranger(25) as server:
        yield server.account("mallory")


ADDRESSES = [
    "http://127.0.0.1:{port}/u",
    "https://127.0.0.1:{port}/u",
    "https://127.0.0.1/u",
    "http://localhost:{port}/u",
    "https://localhost./u",
    "https://a.localhost/u",
    "http://[::1]:{port}/u",
    "http://[::ffff:127.0.0.1]:{port}/u",
    "http://[::127.0.0.1]:{port}/u",
    "http://[64:ff9b::7f00:1]:{port}/u",
    "http://0.0.0.0:{port}/u",
    "http://0:{port}/u",
    "http://2130706433:{port}/u",
    "http://0x7f000001:{port}/u",
    "http://0177.0.0.1:{port}/u",
    "http://127.1:{port}/u",
    "http://127.0.0.1.:{port}/u",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/u",
    "https://[fd00:ec2::254]/u",
    "https://[fe80::1%25lo]/u",
    "https://router/u",
    "https://printer.local/u",
    "https://vault.internal/u",
    "https://good.example@127.0.0.1:{port}/u",
    "http://127.0.0.1:{port}#@good.example/u",
    "https://good.example\\@127.0.0.1:{port}/u",
    "http://good.example:{port}/u",
    "https://good.example:22/u",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/u",
    "http+unix://%2Frun%2Fsocket/u",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_key_leads_to_a_connection(
    closed: tuple[str, int], mallory: Account, ear: Ear, address: str
) -> None:
    """AC-2.2, SSR-01 to SSR-14: refused before anything is resolved, let alone connected to."""
    key_owner = address.format(port=ear.port)
    activity = {"id": f"{key_owner}/1", "type": "Like", "actor": key_owner, "object": f"https://{HOST}/"}
    body = json.dumps(activity).encode()
    headers = mallory.signed(f"http://{HOST}/inbox", body, key_id=f"{key_owner}#k")
    begun = time.monotonic()
    answer = post(*closed, headers, body)
    assert answer.status in (400, 401)
    assert time.monotonic() - begun < 2
    assert ear.heard == 0


def test_the_ear_hears_whoever_is_let_in(served: Served, mallory: Account) -> None:
    """So that the silence above means something: an operator who allows 127.0.0.0/8 is led to it."""
    ear = Ear()
    try:
        owner = f"http://127.0.0.1:{ear.port}/u"
        activity = {"id": f"{owner}/1", "type": "Like", "actor": owner, "object": served.hub}
        answer = mallory.post(served.inbox, activity, key_id=f"{owner}#k")
        assert (answer.status, answer.error) == (401, "key-unreachable")
        assert ear.heard > 0
    finally:
        ear.stop()


def test_behind_a_proxy_a_redirect_keeps_to_https(closed: tuple[str, int]) -> None:
    """The proxy speaks plain http to us; whoever follows the redirect must not."""
    connection = http.client.HTTPConnection(*closed, timeout=20)
    connection.request("GET", "/follow/", headers={"host": HOST})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["location"]) == (307, f"https://{HOST}/follow")
    connection.close()
