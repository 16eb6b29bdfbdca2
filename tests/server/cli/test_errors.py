"""Whatever goes wrong is one sentence on stderr, exit status 2, no traceback."""

import contextlib
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import federation
from server.cli import run
from server.control.lock import InstanceLock
from tests.server.cli.conftest import Antipole, Said


def one_sentence(said: Said) -> str:
    assert (said.status, said.lines, len(said.notes)) == (2, [], 1), said
    assert "Traceback" not in said.notes[0]
    return said.notes[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("stats",), "Missing argument 'DIR'"),
        (("stats", "x", "--colour"), "No such option"),
        (("call", "publish", "x", "letters", "--title", "T"), "Missing option '--text'"),
        (("call", "publish", "x"), "Missing argument 'HANDLE'"),
        (("serve", "x", "--port", "many"), "--port"),
        (("serve", "x", "--port", "70000"), "--port"),
        (("init", "x", "--origin"), "--origin"),
        (("call", "dance"), "No such command 'dance'"),
    ],
)
def test_usage_errors_point_to_the_help(antipole: Antipole, arguments: tuple[str, ...], why: str) -> None:
    sentence = one_sentence(antipole(*arguments))
    assert why in sentence
    assert sentence.endswith("--help`.")


def test_help_is_no_error(antipole: Antipole) -> None:
    said = antipole("call", "publish", "--help")
    assert (said.status, said.notes) == (0, [])
    assert "--deadline" in " ".join(said.lines)


@pytest.mark.parametrize("verb", ["stats", "check", "serve", "systemd"])
def test_a_directory_that_is_no_instance(antipole: Antipole, tmp_path: Path, verb: str) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        assert "antipole init" in one_sentence(antipole(verb, place))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["stats", "serve"])
def test_a_damaged_database(antipole: Antipole, instance: Path, verb: str) -> None:
    database = instance / "antipole.sqlite3"
    database.write_bytes(b"\0" * database.stat().st_size)
    assert "restore a backup" in one_sentence(antipole(verb, instance))


def test_a_missing_database(antipole: Antipole, instance: Path) -> None:
    (instance / "antipole.sqlite3").unlink()
    assert "missing: restore a backup" in one_sentence(antipole("stats", instance))


def test_a_database_of_the_future(antipole: Antipole, instance: Path) -> None:
    raw = sqlite3.connect(instance / "antipole.sqlite3")
    raw.execute("INSERT INTO migrations VALUES (9999, 'of_the_future', '', 0)")
    raw.commit()
    raw.close()
    assert "newer Antipole" in one_sentence(antipole("stats", instance))


def disk(place: Path, size: str) -> Iterator[Path]:
    """Some memory as a disk of its own."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount can fill a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    yield from disk(tmp_path / "disk", "64k")


@pytest.fixture
def roomy_disk(tmp_path: Path) -> Iterator[Path]:
    yield from disk(tmp_path / "disk", "4m")


def test_a_full_disk_leaves_nothing_half_made(antipole: Antipole, tiny_disk: Path) -> None:
    said = antipole("init", tiny_disk, "--origin", "https://hub.example", "--roles", "hub")
    assert "disk" in one_sentence(said)
    assert list(tiny_disk.iterdir()) == []


def test_a_disk_that_fills_up_later(antipole: Antipole, roomy_disk: Path) -> None:
    place = roomy_disk / "hub"
    assert antipole("init", place, "--origin", "https://hub.example", "--roles", "hub").status == 0
    with (roomy_disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(b"\0" * 4096):
            pass
    # Without its index file SQLite cannot even begin, and says "I/O error" where it means the same.
    assert "full: free some space" in one_sentence(antipole("block", "add", place, "evil.example"))
    (roomy_disk / "ballast").unlink()
    assert antipole("block", "add", place, "evil.example").status == 0


def test_another_packages_federation(antipole: Antipole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(federation, "ANTIPOLE_FEDERATION")
    assert "environment of its own" in one_sentence(antipole("--help"))


def test_a_mistake_of_ours_names_its_place_and_not_its_data(
    antipole: Antipole, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("a secret")

    monkeypatch.setattr("server.cli.stats.run_command", broken)
    sentence = one_sentence(antipole("stats", instance))
    assert "LookupError" in sentence
    assert "test_errors.py" in sentence
    assert "secret" not in sentence


def test_a_verb_of_a_role_that_is_not_there(antipole: Antipole, tmp_path: Path) -> None:
    antipole("init", tmp_path / "hub", "--origin", "https://hub.example", "--roles", "hub")
    refused = antipole("call", "publish", tmp_path / "hub", "letters", "--title", "T", "--text", "T")
    assert "its roles do not include initiative" in one_sentence(refused)


def test_a_busy_instance_is_waited_for(antipole: Antipole, instance: Path) -> None:
    lock = InstanceLock(instance / "lock", "command")
    assert lock.acquire()
    release = threading.Timer(0.4, lock.release)
    release.start()
    started = time.monotonic()
    assert antipole("stats", instance).status == 0
    assert time.monotonic() - started >= 0.4
    release.join()


@pytest.mark.parametrize("verb", ["stats", "serve"])
def test_but_not_for_ever(
    antipole: Antipole, instance: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.2)
    with InstanceLock(instance / "lock", "command") as lock:
        assert lock.acquire()
        assert "Another program is at work" in one_sentence(antipole(verb, instance))


def test_a_second_serve_is_told_at_once(antipole: Antipole, instance: Path) -> None:
    with InstanceLock(instance / "lock", "serve") as lock:
        assert lock.acquire()
        started = time.monotonic()
        assert "already served" in one_sentence(antipole("serve", instance))
        assert time.monotonic() - started < 2
