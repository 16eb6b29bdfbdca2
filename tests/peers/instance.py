"""A real Antipole instance in a process of its own, handled only by its doors: the command and HTTP."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.peers.loopback import free_port, loopback

Json = dict[str, Any]

COMMAND = Path(sys.executable).with_name("antipole")
START_SECONDS = 30
STOP_SECONDS = 10
COMMAND_SECONDS = 60


class Instance:
    """`antipole init` at construction, `antipole serve` inside the block. Its output goes to DIR.log."""

    def __init__(self, directory: Path, number: int, roles: str, name: str) -> None:
        host = loopback(number)
        self.directory = directory
        self.authority = f"{host}:{free_port(host)}"
        self.origin = f"http://{self.authority}"
        self.log = directory.with_suffix(".log")
        self.program: list[str | Path] = [COMMAND]
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            "init",
            str(directory),
            "--origin",
            self.origin,
            "--roles",
            roles,
            "--name",
            name,
            "--allow-network",
            "127.0.0.0/8",
        )

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "serve", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self._is_up, f"{self.origin} did not come up", START_SECONDS, self.log)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Asks the server to end, and ends it if it does not. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"serve did not end within {STOP_SECONDS} s of SIGTERM") from None

    def command(self, *words: str, **options: str) -> str:
        """Runs `antipole WORDS... DIR` with the directory after the verb, and answers what it printed.

        `words` are the verb and its arguments ("hub", "admit", target): the directory goes after the second.
        """
        verb, arguments = words[:2], words[2:]
        flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        return self._run(*verb, str(self.directory), *arguments, *flags)

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [COMMAND, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"antipole {' '.join(words)} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def get(self, url: str, accept: str = "application/json") -> tuple[int, Json]:
        """Status and JSON of a path of this instance or of a URL."""
        request = urllib.request.Request(
            url if url.startswith("http") else self.origin + url, headers={"Accept": accept}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def document(self, url: str) -> Json:
        """The ActivityPub document at a path or URL."""
        status, document = self.get(url, "application/activity+json")
        assert status == 200, f"{url} answered {status}"
        return document

    def stats(self) -> Json:
        """What `antipole stats DIR --json` says."""
        counts: Json = json.loads(self._run("stats", str(self.directory), "--json"))
        return counts

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"serve ended at once: {self.log.read_text()[-2000:]}"
        try:
            with urllib.request.urlopen(f"{self.origin}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def wait_until(condition: Callable[[], bool], otherwise: str, seconds: float, log: Path) -> None:
    """Looks until `condition` holds; an AssertionError with the end of the server's log if it never does."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{otherwise} within {seconds:g} s.\n{log.read_text()[-3000:]}")
        time.sleep(0.1)
