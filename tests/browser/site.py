"""A hub and two servers of initiatives, each in a process of its own, with something of everything on their pages."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from server.cli import demo_servers
from server.cli.demo_content import initiatives
from server.control.client import ask
from tests.browser.people import Person, founder
from tests.browser.strangers import answer_a_call
from tests.peers.instance import START_SECONDS, Instance, wait_until
from tests.peers.loopback import free_port

SETTLE_SECONDS = 60
SMALL_CALLS = 14
"""More than fit on a page, so that there is a second one."""

# Something of all that markup can be, and words that must not push a phone's page sideways.
LONG_WORD = "Kriegsdienstverweigerungsberatungsstellenverzeichnis" * 2
MARKED_UP = f"""
## What to bring

- a **pen** and paper
- an hour of *quiet*

> They asked for nothing but letters.

1. Read <https://letters.example/{"how-to-write/" * 9}>
2. Write `{"0123456789" * 9}` on the envelope

{LONG_WORD}
"""


class Place(Instance):
    """An instance whose server ends at the latest with the tests, even when these are killed."""

    def __enter__(self) -> Self:
        self._process = demo_servers.start(self.directory, self.log)
        try:
            wait_until(self._is_up, f"{self.origin} did not come up", START_SECONDS, self.log)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        pipe = self._process.stdin if self._process is not None else None
        super().stop()
        if pipe is not None:
            pipe.close()

    def ask(self, command: str, **arguments: Any) -> Any:
        return ask(self.directory / "control.sock", command, arguments)

    def publish(self, handle: str, **details: Any) -> str:
        """The call's address."""
        return str(self.ask("call.publish", handle=handle, **details)["uri"])

    def list_on(self, hub: "Place", handle: str) -> None:
        """Applies and is admitted."""
        self.ask("hub.apply", handle=handle, hub=hub.hub_handle)
        hub.ask("hub.admit", target=f"@{handle}@{self.authority}")

    @property
    def hub_handle(self) -> str:
        return f"@hub@{self.authority}"


class NamedPlace(Place):
    """At a host with a name, which browsers demand for passkeys."""

    def __init__(self, directory: Path, roles: str, name: str) -> None:
        self.directory = directory
        self.authority = f"localhost:{free_port('localhost')}"
        self.origin = f"http://{self.authority}"
        self.log = directory.with_suffix(".log")
        self._process = None
        networks = [word for network in ("127.0.0.0/8", "::1/128") for word in ("--allow-network", network)]
        self._run(
            "init", str(directory), "--origin", self.origin, "--roles", roles, "--name", name, *networks
        )


def set_up_link(place: Place) -> str:
    """The link to the first account: the last line of what the command prints."""
    return place.command("setup-link").splitlines()[-1]


@dataclass(frozen=True, slots=True)
class Site:
    """`letters` writes Russian and English, `door` German; some of the calls by name, with their addresses.

    `owners` have accounts, by the place's name.
    """

    hub: Place
    letters: Place
    door: Place
    calls: dict[str, str]
    owners: dict[str, Person]

    @property
    def places(self) -> dict[str, Place]:
        return {"hub": self.hub, "letters": self.letters, "door": self.door}

    def on_hub(self, call: str) -> str:
        """The path of the hub's page of a call."""
        for item in _all_calls(self.hub):
            if item["uri"] == self.calls[call]:
                return str(item["page"]).removeprefix(self.hub.origin)
        raise KeyError(call)


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    wanted = (
        (folder / "hub", 41, "hub", "Common Table"),
        (folder / "letters", 42, "initiative", "Letters and more"),
        (folder / "door", 43, "initiative", "Offene Tür"),
    )
    with ExitStack() as running:
        with ThreadPoolExecutor() as pool:
            made = list(pool.map(lambda how: Place(*how), wanted))
        hub, letters, door = (running.enter_context(place) for place in made)
        owners = {
            place.directory.name: founder(set_up_link(place), name)
            for place, name in ((hub, "Kim"), (letters, "Robin"), (door, "Dana"))
        }
        calls = _filled(hub, letters, door)
        answer_a_call(letters, owners["letters"], "letters", calls["everything"])
        yield Site(hub, letters, door, calls, owners)


def _filled(hub: Place, letters: Place, door: Place) -> dict[str, str]:
    """Everything that is said of initiatives and calls, and by two of them everything that may be left out."""
    calls = {}
    demonstration = {content.handle: content for content in initiatives()}
    for place, handle in ((letters, "letters"), (door, "offene-tuer")):
        place.ask("initiative.add", **demonstration[handle].profile())
    letters.ask("initiative.add", handle="quiet", name="Quiet", languages=["en"])
    door.ask(
        "initiative.add",
        handle="many",
        name=f"Ein Haus mit Türen und {LONG_WORD[:60]}",
        languages=["de", "fa", "uk"],
        themes=["education", "justice", "cooperation"],
        place="Leipzig, DE",
        summary=MARKED_UP,
        icon=demonstration["letters"].profile()["icon"],
        icon_alt="A ring",
    )
    for number in range(SMALL_CALLS):
        door.publish("many", title=f"Kleine Bitte {number + 1}", text="Zehn Minuten.", language="de")
    for place, handle in ((letters, "letters"), (door, "offene-tuer")):
        for call in demonstration[handle].calls():
            calls[call["title"]] = place.publish(**call)
    soon = datetime.now(UTC) + timedelta(days=7)
    calls["everything"] = letters.publish(
        "letters",
        title="Write a letter on Saturday",
        text=MARKED_UP,
        kind="write",
        size="hour",
        language="en",
        themes=["prisoners", "cooperation"],
        place="Berlin, DE",
        start=soon.isoformat(),
        deadline=(soon + timedelta(days=7)).date().isoformat(),
        link="https://letters.example/how-to-write",
    )
    calls["nothing"] = letters.publish("quiet", title="Be there", text="That is all.", language="en")
    calls["uk"] = door.publish(
        "many", title="Перекладіть сторінку", text="Одна година.", language="uk", size="hour"
    )
    calls["rtl"] = door.publish("many", title="نامه‌ای بنویسید", text="چند دقیقه.", language="fa")
    calls["closed"] = door.publish(
        "many", title="Ein Klavier tragen", text="Zu viert.", language="de", link="https://door.example/"
    )
    calls["withdrawn"] = door.publish("many", title="Aus Versehen", text="Nichts.", language="de")
    listed = ((letters, "letters"), (letters, "quiet"), (door, "offene-tuer"), (door, "many"))
    for place, handle in listed:
        place.list_on(hub, handle)
    published = letters.stats()["calls"] + door.stats()["calls"]
    _wait(lambda: len(_all_calls(hub)) == published, "the hub did not list every call", hub)
    door.ask("call.close", uri=calls["closed"])
    door.ask("call.withdraw", uri=calls["withdrawn"])
    _wait(
        lambda: (
            {item["uri"]: item["state"] for item in _all_calls(hub)}.get(calls["closed"]) == "closed"
            and len(_all_calls(hub)) == published - 1
        ),
        "the hub did not hear that calls ended",
        hub,
    )
    return calls


def _all_calls(hub: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: str | None = "/calls.json"
    while page:
        status, answer = hub.get(page)
        assert status == 200, answer
        found += answer["items"]
        page = answer["next"]
    return found


def _wait(condition: Callable[[], bool], otherwise: str, hub: Place) -> None:
    wait_until(condition, otherwise, SETTLE_SECONDS, hub.log)
