"""The links that a server and its command line hand out, as processes."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.server.cli.conftest import Antipole
from tests.server.cli.serving import free_port, serving


def get(port: int, url: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", url.partition(f":{port}")[2])
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def place(antipole: Antipole, tmp_path: Path, port: int) -> Path:
    place = tmp_path / "instance"
    origin = f"http://127.0.0.1:{port}"
    made = antipole(
        "init", place, "--origin", origin, "--roles", "initiative", "--allow-network", "127.0.0.0/8"
    )
    assert made.status == 0
    return place


def test_a_new_server_prints_a_link_as_a_line_of_its_own(place: Path, port: int, tmp_path: Path) -> None:
    said = tmp_path / "stdout"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "serve", str(place)], stdout=output, stderr=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + 20
        while not said.read_text().endswith("\n"):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        (line,) = said.read_text().splitlines()
        assert line.startswith(f"http://127.0.0.1:{port}/set-up/")
        assert get(port, line) == 200
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_setup_link_prints_it_last_with_and_without_a_server(
    antipole: Antipole, place: Path, port: int
) -> None:
    alone = antipole("setup-link", place)
    assert (alone.status, len(alone.lines)) == (0, 1)
    with serving(place, port):
        assert get(port, alone.lines[-1]) == 404, "the server made one of its own when it started"
        served = antipole("setup-link", place)
        assert served.status == 0
        assert get(port, served.lines[-1]) == 200
        assert any("30 minutes" in note for note in served.notes)


def test_an_unknown_name_is_refused_in_one_sentence(antipole: Antipole, place: Path) -> None:
    refused = antipole("account", "reset", place, "Nobody")
    assert (refused.status, refused.lines, len(refused.notes)) == (2, [], 1)
    assert antipole("account", "list", place).lines == []


def test_nothing_of_it_is_readable_for_others(antipole: Antipole, place: Path) -> None:
    antipole("setup-link", place)
    assert os.stat(place / "antipole.sqlite3").st_mode & 0o077 == 0
