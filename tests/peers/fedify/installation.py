"""Sets up the Fedify peer's own folder: its npm packages, and a Node that is new enough.

Fedify 2 needs Node 22; on an older one npm settles for an older Fedify if it is let, silently. So both
versions are looked at before anything runs.
"""

import json
import platform
import shutil
import subprocess
from pathlib import Path

from tests import npm_folder

FOLDER = Path(__file__).parent
FEDIFY_VERSION = "2.3.6"
OLDEST_NODE = 22


class PeerUnavailable(Exception):
    """The peer cannot be set up or started here; the message says why and how to mend it."""


def install() -> Path:
    """Installs what package-lock.json names, unless it is there already; returns the Node to run it with.

    Raises PeerUnavailable with one sentence.
    """
    try:
        npm_folder.install(FOLDER, "run the tests with a Fedify peer")
    except npm_folder.NpmUnavailable as reason:
        raise PeerUnavailable(str(reason)) from None
    _check_fedify()
    return _node()


def _check_fedify() -> None:
    package = FOLDER / "node_modules" / "@fedify" / "fedify" / "package.json"
    found = json.loads(package.read_text())["version"] if package.exists() else "none"
    if found != FEDIFY_VERSION:
        raise PeerUnavailable(
            f"The tests need Fedify {FEDIFY_VERSION} and found {found}: delete {FOLDER / 'node_modules'}."
        )


def _node() -> Path:
    """The Node that came from npm or, on a system that npm has none for, the system's own."""
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    packaged = FOLDER / "node_modules" / f"node-{platform.system().lower()}-{machine}" / "bin" / "node"
    on_path = shutil.which("node")
    node = packaged if packaged.exists() else Path(on_path) if on_path else None
    if node is None:
        raise PeerUnavailable(f"npm brought no Node for this system: install Node {OLDEST_NODE} or later.")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        raise PeerUnavailable(
            f"Fedify needs Node {OLDEST_NODE} or later, and {node} is {said.strip() or 'not runnable'}."
        )
    return node
