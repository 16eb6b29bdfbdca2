"""A peer that cannot be set up says so in one sentence; it is never skipped."""

import shutil
from pathlib import Path

import pytest

from tests.peers.fedify import installation
from tests.peers.fedify.installation import FEDIFY_VERSION, PeerUnavailable, install

pytestmark = pytest.mark.peer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the peer's folder as it is after a clone, with nothing on PATH but what a test puts there."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(installation.FOLDER / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(installation, "FOLDER", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def put_on_path(folder: Path, name: str, script: str) -> None:
    command = folder / "bin" / name
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def installs(version: str) -> str:
    """An `npm` that installs a Fedify of that version and no Node, and notes that it was called."""
    package = '{"version": "' + version + '"}'
    return (
        f"/bin/mkdir -p node_modules/@fedify/fedify; echo '{package}' > node_modules/@fedify/fedify/package.json"
        "; echo called >> calls"
    )


def test_without_npm_it_says_what_to_install(folder: Path) -> None:
    with pytest.raises(PeerUnavailable, match="npm was not found: install Node"):
        install()


def test_when_npm_fails_it_repeats_what_npm_said(folder: Path) -> None:
    put_on_path(folder, "npm", "echo 'no such host' >&2; exit 1")
    with pytest.raises(PeerUnavailable, match="npm said: no such host"):
        install()
    assert not (folder / "node_modules" / ".installed-from").exists()


def test_another_version_of_fedify_is_refused(folder: Path) -> None:
    put_on_path(folder, "npm", installs("1.5.9"))
    with pytest.raises(PeerUnavailable, match=rf"need Fedify {FEDIFY_VERSION} and found 1\.5\.9"):
        install()


@pytest.mark.parametrize(("said", "expected"), [("v20.20.2", "is v20.20.2"), ("", "not runnable")])
def test_an_old_node_is_refused(folder: Path, said: str, expected: str) -> None:
    put_on_path(folder, "npm", installs(FEDIFY_VERSION))
    put_on_path(folder, "node", f"echo {said}")
    with pytest.raises(PeerUnavailable, match=f"needs Node 22 or later, and .* {expected}"):
        install()


def test_npm_runs_once_for_each_state_of_the_lock(folder: Path) -> None:
    put_on_path(folder, "npm", installs(FEDIFY_VERSION))
    put_on_path(folder, "node", "echo v24.1.0")
    assert install() == folder / "bin" / "node"
    install()
    assert (folder / "calls").read_text() == "called\n"
    with (folder / "package-lock.json").open("a") as lock:
        lock.write("\n")
    install()
    assert (folder / "calls").read_text() == "called\ncalled\n"
