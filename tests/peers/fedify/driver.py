"""Runs the Fedify peer as a process of its own and speaks to its control API."""

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.peers.fedify.installation import FEDIFY_VERSION, FOLDER, PeerUnavailable, install
from tests.peers.loopback import loopback

Json = dict[str, Any]

START_SECONDS = 30
ANSWER_SECONDS = 30
LOG_LINES = 60


class PeerRefused(Exception):
    """The peer answered that it could not do what was asked; the message is its own."""


class FedifyPeer:
    """A reader's account on a Fedify server. Use it as a context manager: the process ends with the block.

    It lives on 127.0.0.`number`. `actor` is the reader's id, `handle` its @user@host:port.
    """

    def __init__(self, number: int = 9, port: int = 0) -> None:
        self.host = loopback(number)
        self.port = port
        self.actor = ""
        self.handle = ""
        self._control = ""
        self._process: subprocess.Popen[str] | None = None
        self._log: deque[str] = deque(maxlen=LOG_LINES)

    def __enter__(self) -> Self:
        node = install()
        # The peer ends when its standard input closes, so it cannot outlive even a killed test run.
        self._process = subprocess.Popen(
            [node, "peer.mjs", self.host, str(self.port)],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._collect_log, daemon=True).start()
        try:
            self._be_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process: politely, then not. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def _collect_log(self) -> None:
        process = self._process
        if process is None or process.stderr is None:
            return
        try:
            for line in process.stderr:
                self._log.append(line.rstrip())
        except ValueError:
            # The pipe was closed under the reading thread: the peer has been ended.
            return

    def _be_ready(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        timer = threading.Timer(START_SECONDS, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            process.wait()
            time.sleep(0.1)
            raise PeerUnavailable(f"The Fedify peer did not start:\n{self.log()}")
        ready = json.loads(line)
        if ready["fedify"] != FEDIFY_VERSION:
            raise PeerUnavailable(f"The tests need Fedify {FEDIFY_VERSION}, and {ready['fedify']} started.")
        self._control, self.actor, self.handle = ready["control"], ready["actor"], ready["handle"]

    def log(self) -> str:
        """The last lines the peer wrote: each request to its inbox with the answer, and Fedify's warnings."""
        return "\n".join(self._log)

    def follow(self, target: str, *, seconds: float = 10) -> Json:
        """Follows a handle (@user@host) or an actor id and waits for the Accept. {actor, follow, name}"""
        asked: Json = self._ask("POST", "/follow", {"target": target})
        self.wait(
            lambda: self.following().get(asked["actor"], {}).get("state") == "accepted",
            f"{target} did not accept the Follow",
            seconds=seconds,
        )
        return asked

    def unfollow(self, target: str) -> Json:
        """Undoes a Follow. {actor, undone: the Follow's id}"""
        answer: Json = self._ask("POST", "/unfollow", {"target": target})
        return answer

    def following(self) -> dict[str, Json]:
        """Actor id -> {state: pending, accepted or rejected; follow: the Follow's id}"""
        answer: dict[str, Json] = self._ask("GET", "/following")
        return answer

    def received(self) -> list[Json]:
        """Every activity that arrived and whose sender Fedify verified, in order, each with its `outcome`."""
        answer: list[Json] = self._ask("GET", "/received")
        return answer

    def timeline(self) -> dict[str, Json]:
        """What the reader holds, by post id: content, language, edited, deleted, boostedBy, ..."""
        posts: list[Json] = self._ask("GET", "/timeline")
        return {post["id"]: post for post in posts}

    def verify_proof(self, url: str, document: Json | None = None) -> Json:
        """Has Fedify verify the integrity proof of what is served at `url`, or of `document` in its stead.

        {verified, key, owner, reason}; the owner's keys are fetched either way.
        """
        answer: Json = self._ask("POST", "/verify-proof", {"url": url, "document": document})
        return answer

    def parse(self, document: Json, type_name: str = "Object") -> Json:
        """Reads a document with Fedify's vocabulary, offline. PeerRefused if it is not a `type_name`."""
        answer: Json = self._ask("POST", "/parse", {"document": document, "type": type_name})
        return answer

    def wait(self, condition: Callable[[], bool], otherwise: str, *, seconds: float = 10) -> None:
        """Looks until `condition` holds; an AssertionError with the peer's log if it never does."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                outcomes = [(one["type"], one["object"], one["outcome"]) for one in self.received()]
                raise AssertionError(
                    f"{otherwise} within {seconds:g} s.\nReceived: {outcomes}\nThe peer's log:\n{self.log()}"
                )
            time.sleep(0.1)

    def wait_for_post(
        self, uri: str, condition: Callable[[Json], bool], otherwise: str, *, seconds: float = 10
    ) -> Json:
        """Waits until the post is held and satisfies `condition`, and returns it."""

        def holds() -> bool:
            post = self.timeline().get(uri)
            return post is not None and condition(post)

        self.wait(holds, otherwise, seconds=seconds)
        return self.timeline()[uri]

    def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        request = urllib.request.Request(
            self._control + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise PeerRefused(json.load(error)["error"]) from None
        except OSError as error:
            raise PeerUnavailable(f"The Fedify peer does not answer: {error}\n{self.log()}") from None
