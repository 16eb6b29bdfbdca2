"""Which Chromium the tests drive, and what to type where there is none.

It is the system's own: what Playwright would fetch comes from a host that a test run has no business with.
"""

import os
import shutil
import sys

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
TO_INSTALL = "apt-get install --no-install-recommends chromium fonts-noto-core"
MISSING = (
    f"no Chromium: on Debian type `{TO_INSTALL}`, or `make test BROWSER=install` as root; elsewhere install "
    "Chromium and name its program in CHROMIUM"
)

FLAGS = (
    # A container has no user namespaces for its sandbox; what it opens here is our own pages.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page or the browser itself might ask of another host: it does not exist.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.*, EXCLUDE localhost",
)


def find() -> str | None:
    """The program's path: what CHROMIUM says, else the first of NAMES on PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, program: str) -> Browser:
    return playwright.chromium.launch(executable_path=program, args=list(FLAGS))


if __name__ == "__main__":
    # What `make test` asks before and after the tests.
    if find() is None:
        print(MISSING, file=sys.stderr)
        sys.exit(1)
