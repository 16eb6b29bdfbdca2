"""`serve --web N` and `work` on PostgreSQL, as processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server import settings
from tests.server.cli.serving import ADDRESS, free_port, serving

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

ANTIPOLE = (sys.executable, "-m", "server")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def instance(postgres_server: "PostgresServer", tmp_path: Path, port: int) -> Iterator[Path]:
    address = postgres_server.new_migrated()
    origin, networks = f"http://{ADDRESS}:{port}", ["127.0.0.0/8"]
    made = settings.make(
        tmp_path, origin=origin, roles=["initiative"], allowed_networks=networks, database=address
    )
    settings.write(tmp_path, made)
    yield tmp_path
    postgres_server.drop(address)


def antipole(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*ANTIPOLE, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def children(parent: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_several_processes_answer_and_one_that_dies_is_replaced(instance: Path, port: int) -> None:
    # A command that finds no server opens the database itself, whoever else has it open.
    assert antipole("initiative", "add", instance, "letters", "--name", "Letters").returncode == 0
    with serving(instance, port, "--web", "2") as served:
        before = children(served.process.pid)
        assert len(before) == 2
        assert served.get("/health") == 200
        assert (instance / "control.sock").is_socket()
        published = antipole("call", "publish", instance, "letters", "--title", "Write", "--text", "Please.")
        assert published.returncode == 0, published.stderr
        # The first of them answers the command line as well; so does the one that takes its place.
        os.kill(before[0], signal.SIGKILL)
        uri = published.stdout.splitlines()[-1]
        assert antipole("call", "close", instance, uri).returncode == 0
        assert len(children(served.process.pid)) == 2
        assert served.get(uri.removeprefix(f"http://{ADDRESS}:{port}")) == 200
        # Beside it, in the same directory.
        with serving(instance, port, "--port", "0") as beside:
            assert beside.end()[0] == 0
        assert (instance / "control.sock").is_socket()
        status, seconds = served.end()
    assert (status, seconds < 8) == (0, True)
    assert not (instance / "control.sock").exists()


def test_none_goes_on_when_the_parent_is_killed(instance: Path, port: int) -> None:
    with serving(instance, port, "--web", "2") as served:
        orphans = children(served.process.pid)
        served.process.kill()
        served.process.wait()
        deadline = time.monotonic() + 8
        while any(lives(orphan) for orphan in orphans):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_work_goes_on_until_it_is_told_to_end(instance: Path) -> None:
    process = subprocess.Popen([*ANTIPOLE, "work", str(instance)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith("Warning: ")
        assert process.stderr.readline().startswith("Working for http://")
        assert not (instance / "control.sock").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path, port: int) -> None:
    nowhere = f"postgresql://nobody@/none?host={tmp_path}"
    made = settings.make(
        tmp_path,
        origin=f"http://{ADDRESS}:{port}",
        roles=["initiative"],
        allowed_networks=["127.0.0.0/8"],
        database=nowhere,
    )
    settings.write(tmp_path, made)
    for verb in (("serve", "--web", "3"), ("work",)):
        refused = antipole(verb[0], tmp_path, *verb[1:])
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1), refused
        assert "does not answer" in refused.stderr
