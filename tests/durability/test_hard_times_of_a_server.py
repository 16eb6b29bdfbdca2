"""R11: a full disk, one that fails, a database that somebody else holds or that has gone: nothing accepted is lost,
what cannot be kept is refused with 503 and a time to come again, pages stay, and it mends itself.
"""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measured import Measured
from tests.durability import ledger
from tests.durability.hard_times import BACK, PAGES, Hardship, Survived, require_whole, survive
from tests.durability.recorder import sqlite_library
from tests.durability.siege import made
from tests.durability.strangers import Strangers
from tests.postgres_server import running

pytestmark = pytest.mark.slow


def require_patient(survived: Survived, about: str, pages: frozenset[int] = frozenset({200})) -> None:
    status, retry_after = survived.refusal
    assert status == 503
    assert int(retry_after) > 0
    assert survived.besieged.journal.statuses[503] > 0
    assert about in survived.sentence
    assert survived.seen.keys() == PAGES.keys()
    assert set(survived.seen.values()) <= pages, survived.seen
    assert survived.back <= BACK


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Measured, Strangers]]:
    """One instance and its strangers, for all hard times that leave its directory as it was."""
    with made(tmp_path_factory.mktemp("known")) as (instance, strangers):
        yield instance, strangers


@pytest.mark.skipif(sqlite_library() is None, reason="this Python's SQLite lets nobody stand in for the disk")
@pytest.mark.parametrize(
    ("trouble", "about"), [("full", "is full"), ("write", "disk of the database fails"), ("sync", "fails")]
)
def test_r11_a_disk_that_refuses(
    tmp_path: Path, known: tuple[Measured, Strangers], trouble: str, about: str
) -> None:
    flag = tmp_path / "trouble"
    patch = f"tests.durability.recorder:fail:{flag}"
    hardship = Hardship(lambda: _write(flag, trouble), flag.unlink)
    survived = survive(*known, hardship, seed=4, patches=(patch,))
    require_patient(survived, about)
    require_whole(known[0], survived)


def _write(flag: Path, trouble: str) -> None:
    flag.write_text(trouble)


@pytest.mark.skipif(sqlite_library() is None, reason="this Python's SQLite lets nobody stand in for the disk")
def test_r11_control_a_server_that_answers_before_its_commit_is_caught(tmp_path: Path) -> None:
    flag = tmp_path / "trouble"
    patches = (
        f"tests.durability.recorder:fail:{flag}",
        "tests.durability.patches:answer_before_commit",
    )
    with made(tmp_path) as (instance, strangers):
        hardship = Hardship(lambda: _write(flag, "full"), flag.unlink)
        survived = survive(instance, strangers, hardship, seed=4, patches=patches)
        kept = ledger.read_ledger(instance.directory, survived.besieged.call)
    assert ledger.lost(survived.besieged.journal, kept) != []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can fill a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_r11_a_disk_that_is_really_full(small_disk: Path) -> None:
    ballast = small_disk / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass

    with made(small_disk) as (instance, strangers):
        survived = survive(instance, strangers, Hardship(fill, ballast.unlink), seed=5)
        require_patient(survived, "full")
        require_whole(instance, survived)


def test_r11_another_program_holds_the_database(known: tuple[Measured, Strangers]) -> None:
    path = known[0].directory / "antipole.sqlite3"
    with contextlib.ExitStack() as stack:

        def hold() -> None:
            other = stack.enter_context(
                contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
            )
            stack.callback(other.execute, "ROLLBACK")
            other.execute("BEGIN IMMEDIATE")

        survived = survive(*known, Hardship(hold, stack.close), seed=6)
    require_patient(survived, "Another program holds the database")
    require_whole(known[0], survived)


def test_r11_postgresql_goes_away_and_comes_back(tmp_path: Path) -> None:
    with running() as server, made(tmp_path, server.new_migrated()) as (instance, strangers):
        survived = survive(
            instance,
            strangers,
            Hardship(server.stop, server.start),
            seed=7,
            patches=("tests.durability.patches:short_leases",),
        )
        # Without its rows a page is there only where its bytes are kept and nothing it was made of can have changed.
        require_patient(survived, "The database server does not answer", frozenset({200, 503}))
        require_whole(instance, survived)
