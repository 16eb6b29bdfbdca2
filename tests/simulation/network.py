"""The way between servers: requests travel, are lost, break off, come twice and late; answers are lost as well."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

from tests.simulation.machine import Crashed, Machine
from tests.simulation.trace import Trace
from tests.simulation.weather import Weather

_AS_LOST = 10.0
"""Seconds after which the sender's socket gives up on an answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request on its way. `whole` is False for one whose sender was cut off in mid-body."""

    method: str
    url: httpx2.URL
    headers: list[tuple[bytes, bytes]]
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Peer(Protocol):
    """Somebody else's server."""

    host: str
    away: bool

    async def answer(self, message: Message) -> Reply: ...


Heard = Callable[[str, Message, int | None], None]
"""(host, request, status): what a machine of ours has answered, whether or not the answer arrives; None when it crashed
over it."""


class Network:
    """Everybody by host."""

    def __init__(self, weather: Weather, trace: Trace) -> None:
        self.machines: dict[str, Machine] = {}
        self.peers: dict[str, Peer] = {}
        self.bugs: list[str] = []
        self.heard: list[Heard] = []
        self._weather = weather
        self._trace = trace
        self._late: set[asyncio.Task[Any]] = set()

    async def send(self, source: str, message: Message) -> Reply:
        """Raises the errors of httpx2."""
        fate = self._weather.fate()
        await asyncio.sleep(self._weather.travel())
        target = message.url.netloc.decode()
        if fate == "lost":
            self._trace.note(source, f"{_shown(message)} is lost")
            await asyncio.sleep(_AS_LOST)
            raise httpx2.ConnectTimeout("no answer")
        if fate == "cut" and message.body:
            message = Message(message.method, message.url, message.headers, message.body[:-1], whole=False)
        reply = await self._deliver(source, target, message)
        # Only what has arrived can arrive twice: a first copy that is days late is refused everywhere by its date.
        again = self._weather.again_after()
        if again is not None:
            # Nobody's: what is on its way arrives although its sender has crashed meanwhile.
            repeat = self._repeat(source, message, again)
            task = asyncio.get_running_loop().create_task(repeat, context=Context())
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        await asyncio.sleep(self._weather.travel())
        if fate == "unheard" or not message.whole:
            self._trace.note(source, f"{_shown(message)} stays unanswered")
            raise httpx2.ReadError("connection reset")
        return reply

    async def _repeat(self, source: str, message: Message, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with contextlib.suppress(httpx2.HTTPError):
            await self._deliver(f"{source} (again)", message.url.netloc.decode(), message)

    async def _deliver(self, source: str, target: str, message: Message) -> Reply:
        machine, peer = self.machines.get(target), self.peers.get(target)
        reply: Reply | None = None
        try:
            if machine is not None:
                try:
                    reply = await machine.within(_ask(machine.door, message))
                finally:
                    for heard in self.heard:
                        heard(target, message, None if reply is None else reply.status)
            elif peer is not None and not peer.away:
                reply = await peer.answer(message)
            else:
                raise httpx2.ConnectError("nobody there")
        except Crashed:
            raise httpx2.ReadError("connection reset") from None
        except httpx2.HTTPError:
            raise
        except Exception as error:
            self.bugs.append(f"{_shown(message)}: {error!r}")
            reply = Reply(500, [], b"")
        self._trace.note(source, f"{_shown(message)} {reply.status}")
        self._trace.stamp(
            b"".join(name + value for name, value in message.headers) + message.body + reply.body
        )
        return reply


class Way(httpx2.AsyncBaseTransport):
    """What the client of one server is given in place of the internet."""

    def __init__(self, network: Network, source: str) -> None:
        self._network = network
        self._source = source

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        message = Message(request.method, request.url, list(request.headers.raw), body)
        machine = self._network.machines.get(self._source)
        if machine is not None:
            await machine.weather.step(machine, "before a request")
        reply = await self._network.send(self._source, message)
        if machine is not None:
            await machine.weather.step(machine, "after a request")
        return httpx2.Response(reply.status, headers=reply.headers, content=reply.body)


def _shown(message: Message) -> str:
    what = ""
    if message.method == "POST":
        try:
            document = json.loads(message.body)
            what = f" {document['type']} {document['id']}"
        except (ValueError, KeyError, TypeError, RecursionError):
            what = " (no activity)"
    return f"{message.method} {message.url}{what}{'' if message.whole else ' (cut off)'}"


async def _ask(app: Any, message: Message) -> Reply:
    """One request to an ASGI application; a message that is not whole ends in a disconnect."""
    url = message.url
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": message.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in message.headers],
        "server": (url.host, 443),
        "client": ("192.0.2.1", 50_000),
    }
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": message.body, "more_body": not message.whole}
    ]
    gone = asyncio.Event()
    if not message.whole:
        gone.set()
    started: dict[str, Any] = {}
    body = bytearray()

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        if event["type"] == "http.response.start":
            started.update(event)
        else:
            body.extend(event.get("body", b""))
            if not event.get("more_body", False):
                gone.set()

    await app(scope, receive, send)
    return Reply(started["status"], list(started["headers"]), bytes(body))
