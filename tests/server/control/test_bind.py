"""Unix sockets: private, of any path length, never at the cost of somebody's file."""

import os
import socket
from pathlib import Path

import pytest

from server.control.bind import LONGEST, address_of, bind_for_proxy, bind_private


def connected(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client, address_of(path) as address:
        return client.connect_ex(address) == 0


def deep(tmp_path: Path) -> Path:
    place = tmp_path / ("a-long-name-" * 8) / ("another-long-name-" * 8)
    place.mkdir(parents=True)
    return place


@pytest.mark.parametrize("long", [False, True])
def test_a_socket_is_bound_and_reached_by_a_path_of_any_length(tmp_path: Path, long: bool) -> None:
    path = (deep(tmp_path) if long else tmp_path) / "control.sock"
    assert (len(os.fsencode(path)) > LONGEST) == long
    with bind_private(path) as bound:
        bound.listen()
        assert connected(path)
        assert path.stat().st_mode & 0o777 == 0o600
    assert not connected(path)


def test_the_umask_is_as_before(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        bind_private(tmp_path / "control.sock").close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    bind_private(path).close()
    assert path.is_socket()
    with bind_private(path) as bound:
        bound.listen()
        assert connected(path)


@pytest.mark.parametrize("bind", [bind_private, bind_for_proxy])
def test_a_file_in_the_way_is_never_removed(tmp_path: Path, bind: object) -> None:
    path = tmp_path / "control.sock"
    path.write_text("a file of somebody's")
    with pytest.raises(OSError, match="in use"):
        (bind_private if bind is bind_private else bind_for_proxy)(path)
    assert path.read_text() == "a file of somebody's"


def test_the_proxys_door_is_open_to_local_users_and_not_taken_from_a_living_server(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with bind_for_proxy(path) as bound:
        bound.listen()
        assert path.stat().st_mode & 0o777 == 0o666
        with pytest.raises(OSError, match="in use"):
            bind_for_proxy(path)
        assert connected(path)
    bind_for_proxy(path).close()
