"""Folders of npm packages that tests need: `npm ci` when their lock changed, and not more often."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

INSTALL_SECONDS = 300


class NpmUnavailable(Exception):
    """The packages cannot be had here; the message says why and how to mend it."""


def install(folder: Path, purpose: str) -> None:
    """Installs into `folder`/node_modules what its package-lock.json names, unless it is there already.

    `purpose` ends the sentence "install Node.js with npm to ...". Raises NpmUnavailable with one sentence.
    """
    stamp = folder / "node_modules" / ".installed-from"
    with (folder / "package-lock.json").open("rb") as held:
        # Two test runs at once must not both empty node_modules.
        fcntl.flock(held, fcntl.LOCK_EX)
        wanted = hashlib.sha256(held.read() + (folder / "package.json").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _npm_ci(folder, purpose)
            stamp.write_text(wanted)


def _npm_ci(folder: Path, purpose: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnavailable(f"npm was not found: install Node.js with npm to {purpose}.")
    try:
        done = subprocess.run(
            [npm, "ci"], cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NpmUnavailable(
            f"npm ci in {folder} took more than {INSTALL_SECONDS} s: is the npm registry within reach?"
        ) from None
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[:600]
        raise NpmUnavailable(f"npm ci in {folder} failed; npm said: {said or 'nothing'}")
