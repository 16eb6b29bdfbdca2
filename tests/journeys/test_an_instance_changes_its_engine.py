"""A hub with ten thousand listings moves from SQLite to PostgreSQL and back, by the two verbs; nothing is lost."""

import asyncio
import io
import json
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from server.__main__ import main
from server.app import close_services, open_services
from server.control import importing
from server.hub.search.model import match_of
from server.hub.search.store import search
from server.storage.sqlite import open_sqlite
from tests.peers.instance import Instance
from tests.postgres_server import PostgresServer
from tests.server.hub.crowd import fill, labels

LISTED = 10_000
ASKED = 1_000
COMMAND = Path(sys.executable).with_name("antipole")


def antipole(*words: str | Path) -> int:
    return main([str(word) for word in words])


def make(directory: Path, listed: int, asked: int) -> Path:
    """A hub with its database filled, as a first start leaves it."""
    assert antipole("init", directory, "--origin", "https://hub.example", "--roles", "hub,initiative") == 0

    async def crowd() -> None:
        database = await open_sqlite(directory / "antipole.sqlite3")
        now = datetime(2026, 11, 23, tzinfo=UTC)
        await database.write(partial(fill, now=now, initiatives=listed, asked=asked, where=labels(500)))
        await database.close()
        await close_services(await open_services(directory))

    asyncio.run(crowd())
    (directory / "media").mkdir(exist_ok=True)
    (directory / "media" / "Picture1.webp").write_bytes(bytes(range(256)) * 40)
    return directory


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("crowded") / "hub", LISTED, ASKED)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough to be killed while it is written."""
    return make(tmp_path_factory.mktemp("busy") / "hub", 2_000, 1_000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a small hub."""
    place = tmp_path_factory.mktemp("small")
    make(place / "hub", 30, 1_100)
    assert antipole("export", place / "hub", place / "moved") == 0
    return place / "moved"


@pytest.fixture
def address(postgres_server: PostgresServer) -> Iterator[str]:
    """Of an empty database."""
    made = postgres_server.new_database()
    yield made
    postgres_server.drop(made)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """One sentence."""
    lines = capsys.readouterr().err.splitlines()
    return lines[-1]


def test_there_and_back_the_exports_are_the_same_bytes(crowded: Path, address: str, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    assert antipole("export", crowded, first) == 0
    assert antipole("import", first, tmp_path / "postgres", "--database", address) == 0
    assert antipole("export", tmp_path / "postgres", second) == 0
    assert antipole("import", second, tmp_path / "sqlite") == 0
    assert antipole("export", tmp_path / "sqlite", third) == 0
    assert first.stat().st_size > 10_000_000
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()
    with tarfile.open(first) as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr] # a file
    rows = {table["name"]: table["rows"] for table in manifest["tables"]}
    assert (rows["hub_listings"], rows["hub_calls"]) == (LISTED, ASKED)
    picture = "media/Picture1.webp"
    assert (tmp_path / "sqlite" / picture).read_bytes() == (crowded / picture).read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600
    assert address not in first.read_bytes().decode("utf-8", "replace")


def test_what_moved_can_be_searched(small: Path, address: str, tmp_path: Path) -> None:
    """The words of the search do not travel: each engine has its own."""
    match = match_of("garten")
    assert match is not None

    async def found(directory: Path) -> int:
        services = await open_services(directory)
        try:
            return len(await services.database.read(lambda tx: search(tx, match, 1_000, 0)))
        finally:
            await close_services(services)

    assert antipole("import", small, tmp_path / "postgres", "--database", address) == 0
    assert asyncio.run(found(tmp_path / "postgres")) == asyncio.run(found(small.with_name("hub"))) > 0


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("after", [1, 3, 5])
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_interrupted_import_goes_on(
    small: Path, address: str, tmp_path: Path, engine: str, after: int, capsys: pytest.CaptureFixture[str]
) -> None:
    target, database = tmp_path / "hub", address if engine == "postgres" else ""
    told = Telling(after)
    with pytest.raises(Interrupted):
        asyncio.run(importing.import_instance(small, target, database, told))
    assert antipole("serve", target) == 2
    assert "antipole.toml" in said(capsys)
    another = shutil.copytree(target, tmp_path / "settings by hand")
    (another / "antipole.toml").write_text(
        f'origin = "https://hub.example"\nroles = ["hub"]\nname = "Hub"\ndatabase = "{database}"\n'
    )
    assert antipole("stats", another) == 2
    assert "interrupted" in said(capsys)
    assert antipole("import", small, target, "--database", database) == 0
    assert antipole("export", target, tmp_path / "again") == 0
    assert (tmp_path / "again").read_bytes() == small.read_bytes()
    assert not (target / "importing").exists()


class Telling:
    """Ends the import when it has told so many times how far it is."""

    def __init__(self, after: int) -> None:
        self.left = after

    def begin(self, total: int) -> None:
        assert total > 1_000

    def add(self, number: int) -> None:
        self.left -= 1
        if not self.left:
            raise Interrupted


def test_a_killed_import_goes_on(busy: Path, tmp_path: Path) -> None:
    moved, target = tmp_path / "moved", tmp_path / "hub"
    assert antipole("export", busy, moved) == 0
    with subprocess.Popen([COMMAND, "import", moved, target], stderr=subprocess.PIPE, text=True) as doing:
        assert doing.stderr is not None
        for line in doing.stderr:
            if "Importing: 0 of" not in line:
                break
        doing.send_signal(signal.SIGKILL)
    assert not (target / "antipole.toml").exists()
    assert antipole("import", moved, target) == 0
    assert antipole("export", target, tmp_path / "again") == 0
    assert (tmp_path / "again").read_bytes() == moved.read_bytes()


def test_a_killed_export_leaves_no_half_file(busy: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    with subprocess.Popen([COMMAND, "export", busy, moved], stderr=subprocess.PIPE, text=True) as doing:
        assert doing.stderr is not None
        doing.stderr.readline()
        doing.send_signal(signal.SIGKILL)
    assert not moved.exists()
    assert antipole("export", busy, moved) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["moved"]


def test_a_running_server_writes_the_export(tmp_path: Path) -> None:
    with Instance(tmp_path / "garden", 61, "initiative", "Garden") as garden:
        assert antipole("export", garden.directory, garden.directory / "moved") == 0
    assert antipole("import", garden.directory / "moved", tmp_path / "copy") == 0


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda head: head | {"format": 2}, "newer Antipole"),
        (lambda head: head | {"migration": head["migration"] + 1}, "newer Antipole"),
        (lambda head: head | {"migration": head["migration"] - 1}, "older Antipole"),
        (lambda head: head | {"tables": head["tables"][1:]}, "other tables"),
        (lambda head: head | {"surprise": 1}, "damaged"),
        (lambda head: head | {"tables": [head["tables"][0] | {"rows": 7}, *head["tables"][1:]]}, "damaged"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    small: Path, tmp_path: Path, spoil: object, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(spoil)
    rewritten(
        small,
        tmp_path / "spoiled",
        "manifest.json",
        lambda head: json.dumps(spoil(json.loads(head))).encode(),
    )
    assert antipole("import", tmp_path / "spoiled", tmp_path / "hub") == 2
    assert reason in said(capsys)
    assert not (tmp_path / "hub" / "antipole.toml").exists()


def test_one_changed_byte_is_found(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "rows/hub_listings.jsonl"
    rewritten(small, tmp_path / "spoiled", rows, lambda text: text.replace(b"Garten", b"Harten", 1))
    assert antipole("import", tmp_path / "spoiled", tmp_path / "hub") == 2
    assert "damaged" in said(capsys)
    assert antipole("serve", tmp_path / "hub") == 2


@pytest.mark.parametrize("name", ["media/../../outside", "media//etc/outside", "media/.hidden", "media/a/b"])
def test_no_picture_is_put_elsewhere(
    small: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoiled = tmp_path / "spoiled"
    spoiled.write_bytes(small.read_bytes())
    with tarfile.open(spoiled, "a") as tar:
        member = tarfile.TarInfo(name)
        member.size = 3
        tar.addfile(member, io.BytesIO(b"bad"))
    assert antipole("import", spoiled, tmp_path / "deep" / "hub") == 2
    assert "damaged" in said(capsys)
    assert not [path for path in tmp_path.rglob("*") if path.name in ("outside", ".hidden", "b")]


def test_what_is_there_already_is_not_written_over(
    small: Path, tmp_path: Path, postgres_server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("dear")
    assert antipole("export", small.with_name("hub"), kept) == 2
    assert "exists already" in said(capsys)
    assert antipole("import", small, kept) == 2
    assert "is a file" in said(capsys)
    assert antipole("import", small, small.with_name("hub")) == 2
    assert "is not empty" in said(capsys)
    assert antipole("import", kept, tmp_path / "hub") == 2
    assert "no export of Antipole" in said(capsys)
    assert antipole("import", tmp_path / "absent", tmp_path / "hub") == 2
    assert "is not there" in said(capsys)
    full = postgres_server.new_migrated()
    assert antipole("import", small, tmp_path / "first", "--database", full) == 0
    assert antipole("import", small, tmp_path / "second", "--database", full) == 2
    assert "holds an instance already" in said(capsys)
    postgres_server.drop(full)


def rewritten(source: Path, target: Path, name: str, change: object) -> None:
    """A copy in which one member is another."""
    assert callable(change)
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            changed = content.read()
            if member.name == name:
                changed = change(changed)
                member.size = len(changed)
            new.addfile(member, io.BytesIO(changed))
