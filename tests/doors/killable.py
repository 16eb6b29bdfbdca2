"""A hub and two initiatives as real processes that can be killed, and what each of their doors says afterwards."""

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.control.client import NoServer, ask
from tests.peers.instance import Instance

Json = dict[str, Any]

TITLE = "Write letters"


class Killable(Instance):
    """An instance whose process ends without a word, and comes back on the same directory."""

    def start(self) -> None:
        self.__enter__()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        process, self._process = self._process, None
        assert process is not None
        process.kill()
        process.wait()

    def ask(self, command: str, **arguments: Any) -> Any:
        return ask(self.directory / "control.sock", command, arguments)

    def publish(self, handle: str, title: str = TITLE) -> str:
        """The call's address once the command has said that it is published."""
        return str(
            self.ask("call.publish", handle=handle, title=title, text="Ten minutes.", place="Leipzig, DE")[
                "uri"
            ]
        )

    def calls(self) -> dict[str, Json]:
        """What `calls.json` lists, by address; a call that is there twice is an error."""
        items: list[Json] = []
        page: str | None = "/calls.json"
        while page:
            status, answer = self.get(page)
            assert status == 200, answer
            items += answer["items"]
            page = answer["next"]
        assert [uri for uri, count in Counter(item["uri"] for item in items).items() if count > 1] == []
        return {item["uri"]: item for item in items}

    def on_the_map(self) -> str:
        """The text of `map.geojson`."""
        status, answer = self.get("/map.geojson")
        assert status == 200, answer
        return str(answer)

    def owed(self) -> Counter[str]:
        """How many deliveries are in each state, `dropped` ones too: read beside the running server."""
        address = f"file:{self.directory}/antipole.sqlite3?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            return Counter(dict(database.execute("SELECT state, COUNT(*) FROM deliveries GROUP BY state")))

    def announced(self) -> Counter[str]:
        """How often the hub has announced each call, by its outbox."""
        collection = self.document(f"{self.origin}/actors/hub/outbox")
        found: Counter[str] = Counter()
        page = collection.get("first")
        while page:
            answer = self.document(page)
            found.update(item["object"] for item in answer["orderedItems"] if item["type"] == "Announce")
            page = answer.get("next")
        return found


def seconds_until(condition: Callable[[], bool], within: float, otherwise: Callable[[], str]) -> float:
    """How long it took; an AssertionError when it does not come true in time. What cannot be asked is not yet true."""
    started = time.monotonic()
    while True:
        with contextlib.suppress(OSError, NoServer):
            if condition():
                return time.monotonic() - started
        if time.monotonic() - started > within:
            raise AssertionError(f"not within {within:g} s: {otherwise()}")
        time.sleep(0.05)


def small_world(folder: Path, *handles: str) -> tuple[Killable, dict[str, Killable]]:
    """A running hub and an initiative on each of the other servers, listed by it."""
    hub = Killable(folder / "hub", 31, "hub", "Hub of the tests")
    hub.start()
    others = {}
    for number, handle in enumerate(handles, 32):
        other = others[handle] = Killable(folder / handle, number, "initiative", handle.title())
        other.start()
        other.ask("initiative.add", handle=handle, name=handle.title(), languages=["en"], place="Leipzig, DE")
        other.ask("hub.apply", handle=handle, hub=f"@hub@{hub.authority}")
        hub.ask("hub.admit", target=f"@{handle}@{other.authority}")
    seconds_until(
        lambda: (
            hub.stats()["listings"] == len(handles) and all(o.stats()["followers"] for o in others.values())
        ),
        30,
        lambda: f"{hub.stats()}",
    )
    return hub, others
