"""A database that is newer, damaged, missing, held by another program, on a full or read-only disk, or out of reach:
`serve` says so in one sentence and ends with 2, and nothing in its directory has changed.
"""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.measured import Measured
from tests.durability.siege import settle_on
from tests.peers.instance import COMMAND

SECONDS = 60


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return Measured(tmp_path_factory.mktemp("refused") / "instance", 64, "initiative,hub", "Refused")


def database(instance: Measured) -> Path:
    return instance.directory / "antipole.sqlite3"


def content_of(instance: Measured) -> bytes:
    """Without the file's own head, where SQLite counts how often it was opened for writing."""
    return database(instance).read_bytes()[100:] if database(instance).exists() else b""


def sentence(instance: Measured) -> str:
    said = subprocess.run(
        [COMMAND, "serve", str(instance.directory)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1), said
    return said.stderr


@contextlib.contextmanager
def newer(instance: Measured) -> Iterator[None]:
    _write(instance, "INSERT INTO migrations VALUES (9999, 'of_the_future', '', 0)")
    try:
        yield
    finally:
        _write(instance, "DELETE FROM migrations WHERE number = 9999")


def _write(instance: Measured, statement: str) -> None:
    """The last to close puts it into the file itself."""
    with contextlib.closing(sqlite3.connect(database(instance), isolation_level=None)) as raw:
        raw.execute(statement)


@contextlib.contextmanager
def damaged(instance: Measured) -> Iterator[None]:
    content = database(instance).read_bytes()
    database(instance).write_bytes(content[:4096] + os.urandom(4096) * 8 + content[9 * 4096 :])
    yield
    database(instance).write_bytes(content)


@contextlib.contextmanager
def missing(instance: Measured) -> Iterator[None]:
    database(instance).rename(instance.directory / "elsewhere")
    yield
    (instance.directory / "elsewhere").rename(database(instance))


@contextlib.contextmanager
def held(instance: Measured) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(database(instance), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def read_only(instance: Measured) -> Iterator[None]:
    """A disk that is mounted so, for whoever may mount; the modes of the files for everybody else."""
    place = str(instance.directory)
    if os.geteuid() != 0:
        database(instance).chmod(0o400)
        yield
        database(instance).chmod(0o600)
        return
    for options in (["--bind", place, place], ["-o", "remount,ro,bind", place]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            pytest.skip("root may not mount here, and nothing else stops root from writing")
    yield
    subprocess.run(["umount", "--lazy", place], check=True)


@contextlib.contextmanager
def out_of_reach(instance: Measured) -> Iterator[None]:
    settings = instance.directory / "antipole.toml"
    text = settings.read_text()
    settings.write_text(text.replace('database = ""', 'database = "postgresql://antipole@127.0.0.1:9/hub"'))
    yield
    settings.write_text(text)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (newer, "newer Antipole"),
        (damaged, "The database is damaged: stop the server"),
        (missing, "The database is missing: restore a backup"),
        (held, "Another program holds the database: end it, then try again"),
        (read_only, ""),
        (out_of_reach, "The database server does not answer"),
    ],
)
def test_one_sentence_and_status_2(
    kept: Measured, trouble: Callable[[Measured], contextlib.AbstractContextManager[None]], words: str
) -> None:
    with trouble(kept):
        before = content_of(kept)
        said = sentence(kept)
        assert words in said
        assert content_of(kept) == before
    assert "Traceback" not in said


def test_afterwards_it_is_served_as_ever(kept: Measured) -> None:
    with kept:
        assert kept.get("/nodeinfo/2.1")[0] == 200


def test_a_database_of_postgresql_that_is_newer(tmp_path: Path) -> None:
    import psycopg

    instance = Measured(tmp_path / "instance", 65, "hub", "Newer")
    settle_on(instance, "postgres")
    address = (instance.directory / "antipole.toml").read_text().split('database = "')[1].split('"')[0]
    with psycopg.connect(address) as raw:
        raw.execute("INSERT INTO migrations VALUES (9999, 'of_the_future', '', 0)")
    assert "newer Antipole" in sentence(instance)
