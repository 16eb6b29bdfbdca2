"""Connections to other hosts: every name is resolved once, and only what was checked is connected to.

Kept by origin, so that a request looks at the connections of its own server only. One TLS context for all, because
building one loads the whole certificate store. Only `client` opens these doors.
Why no library's pool: decision 0015.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from federation.addresses import NetworkPolicy
from federation.errors import TooLarge, Unreachable
from federation.http1 import Broken, Conversation, Headers, request_bytes
from federation.origins import Origin
from federation.urls import IPAddress, ParsedUrl

if TYPE_CHECKING:
    import httpx2

MAX_ORIGINS = 512
CONNECT_SECONDS = 5.0
OPEN_AT_ONCE = 4
KEPT_OPEN = 2
KEPT_SECONDS = 30.0
# Who asks for a name gives up after five seconds, its thread goes on for up to thirty: with eight of them a few domains
# whose name servers never answer left no room for any delivery.
RESOLVING_THREADS = 64
MAX_ADDRESSES = 4

# OSError holds timeouts, TLS, name errors and what breaks within a conversation; UnicodeError is what getaddrinfo says
# of a name that it cannot encode.
FAILURES = (OSError, UnicodeError)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


class Answer(Protocol):
    """The head of an answer; `body` reads the rest, as it came over the wire.

    `body` raises `TooLarge` beyond what was agreed when asking, and one of `FAILURES`.
    """

    status: int
    headers: Headers

    async def body(self) -> bytes: ...


class Visit(Protocol):
    """A way to one origin, inside `async with`: a connection is there before anything is signed for it."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def ask(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, max_bytes: int
    ) -> Answer:
        """Raises one of `FAILURES`, and `Unreachable` for an address that may not be contacted."""
        ...


class _Door:
    """The connections to one origin."""

    __slots__ = ("idle", "places", "users")

    def __init__(self) -> None:
        self.idle: list[Conversation] = []
        self.places = asyncio.Semaphore(OPEN_AT_ONCE)
        self.users = 0

    def take(self, now: float) -> Conversation | None:
        """The one used last: the others may grow old."""
        while self.idle:
            conversation = self.idle.pop()
            if conversation.fit and now - conversation.idle_since < KEPT_SECONDS:
                return conversation
            conversation.close()
        return None

    def put_back(self, conversation: Conversation, now: float) -> None:
        if conversation.fit and len(self.idle) < KEPT_OPEN:
            conversation.idle_since = now
            self.idle.append(conversation)
        else:
            conversation.close()

    def close_old(self, before: float) -> None:
        for conversation in self.idle:
            if conversation.idle_since < before or not conversation.fit:
                conversation.close()
        self.idle = [conversation for conversation in self.idle if conversation.fit]


class _WireAnswer:
    __slots__ = ("_conversation", "headers", "status")

    def __init__(self, status: int, headers: Headers, conversation: Conversation) -> None:
        self.status = status
        self.headers = headers
        self._conversation = conversation

    async def body(self) -> bytes:
        return await self._conversation.read()


class _WireVisit:
    __slots__ = ("_connections", "_conversation", "_door", "_url")

    def __init__(self, connections: "Connections", url: ParsedUrl, door: _Door) -> None:
        self._connections = connections
        self._url = url
        self._door = door
        self._conversation: Conversation | None = None

    async def __aenter__(self) -> Self:
        door = self._door
        door.users += 1
        try:
            await door.places.acquire()
            try:
                now = asyncio.get_running_loop().time()
                self._conversation = door.take(now) or await self._connections.connect(self._url)
            except BaseException:
                door.places.release()
                raise
        except BaseException:
            door.users -= 1
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        door = self._door
        door.users -= 1
        door.places.release()
        if self._conversation is not None:
            door.put_back(self._conversation, asyncio.get_running_loop().time())
            self._connections.sweep_later()

    async def ask(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, max_bytes: int
    ) -> Answer:
        assert self._conversation is not None
        request = request_bytes(method, target, headers, body)
        try:
            status, answered = await self._conversation.ask(request, max_bytes)
        except Broken as error:
            if not (error.untouched and self._conversation.used):
                raise
            # It was kept open, and the other side had closed it just before we asked.
            self._conversation = None
            self._conversation = await self._connections.connect(self._url)
            status, answered = await self._conversation.ask(request, max_bytes)
        return _WireAnswer(status, answered, self._conversation)


class Connections:
    """Ways to origins; connections to at most 512 are kept, and those in use are never closed for others.

    `mounts` and `fallback` are in-process transports that stand in for the network: see `FederationClient`.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        mounts: "Mapping[str, httpx2.AsyncBaseTransport] | None" = None,
        fallback: "httpx2.AsyncBaseTransport | None" = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._mounts = dict(mounts or {})
        self._fallback = fallback
        self._resolver = resolver or self._resolve
        self._ssl_context = ssl_context
        self._doors: OrderedDict[str, _Door] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None
        # Own threads: a name server that never answers must not occupy those in which we sign, or the
        # process's.
        self._resolving = ThreadPoolExecutor(RESOLVING_THREADS, thread_name_prefix="resolve")

    def to(self, url: ParsedUrl) -> Visit:
        """A way to the origin of `url`; its connection is held open inside `async with`."""
        origin = str(Origin(url.scheme, url.host, url.port))
        in_process = self._mounts.get(origin, self._fallback)
        if in_process is not None:
            return _InProcess(in_process, url)
        door = self._doors.get(origin)
        if door is None:
            door = self._doors[origin] = _Door()
        self._doors.move_to_end(origin)
        if len(self._doors) > MAX_ORIGINS:
            self._close_idle_doors(door)
        return _WireVisit(self, url, door)

    async def aclose(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for door in self._doors.values():
            _close_all(door)
        self._doors.clear()
        self._resolving.shutdown(wait=False, cancel_futures=True)
        # The transports end in the next turn of the loop.
        await asyncio.sleep(0)

    async def connect(self, url: ParsedUrl) -> Conversation:
        """Resolves once, checks every address, connects to a checked one; Host and SNI keep the name.

        SSR-08: whoever lets a library resolve again connects to the second answer of a rebinding name server.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.timeout(CONNECT_SECONDS):
            found = [url.address] if url.address is not None else await self._addresses(url)
            accepted = (
                self._policy.is_allowed
                if self._policy.needs_allowed_network(url)
                else self._policy.check_address
            )
            for address in found:
                if not accepted(address):
                    raise Unreachable("forbidden-address", retry=False)
            left = found[:MAX_ADDRESSES]
            while left:
                address = left.pop(0)
                share = (begun + CONNECT_SECONDS - loop.time()) / (len(left) + 1)
                try:
                    async with asyncio.timeout(share):
                        return await self._connect_to(address, url)
                except OSError:
                    if not left:
                        raise
        raise Unreachable("no-address")

    def sweep_later(self) -> None:
        """A connection that nobody uses any more is not held until the other side tires of it."""
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._sweep_now)

    async def _addresses(self, url: ParsedUrl) -> list[IPAddress]:
        return [ip_address(text.partition("%")[0]) for text in await self._resolver(url.host, url.port)]

    async def _connect_to(self, address: IPAddress, url: ParsedUrl) -> Conversation:
        """`address` as it was checked, in figures: nothing is looked up any more."""
        tls = self._tls() if url.scheme == "https" else None
        return await dial(str(address), url.port, tls, url.host if tls else None)

    def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            import httpx2

            # It knows where each system keeps its certificates. Imported here: it takes long, and memory.
            self._ssl_context = httpx2.create_ssl_context(trust_env=False)
        return self._ssl_context

    def _sweep_now(self) -> None:
        self._sweep = None
        loop = asyncio.get_running_loop()
        for door in self._doors.values():
            door.close_old(loop.time() - KEPT_SECONDS / 2)
        if any(door.idle for door in self._doors.values()):
            self._sweep = loop.call_later(KEPT_SECONDS, self._sweep_now)

    def _close_idle_doors(self, wanted: _Door) -> None:
        surplus = len(self._doors) - MAX_ORIGINS
        unused = [name for name, door in self._doors.items() if door.users == 0 and door is not wanted]
        for name in unused[:surplus]:
            _close_all(self._doors.pop(name))

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._resolving, ask)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def dial(address: str, port: int, tls: ssl.SSLContext | None, name: str | None) -> Conversation:
    """The one place in which a connection to another host is made; `name` is what its certificate has to say."""
    loop = asyncio.get_running_loop()
    _, conversation = await loop.create_connection(Conversation, address, port, ssl=tls, server_hostname=name)
    return conversation


def _close_all(door: _Door) -> None:
    while door.idle:
        door.idle.pop().close()


class _InProcess:
    """An httpx2 transport that stands in for the network; see `mounts` and `fallback`."""

    def __init__(self, transport: "httpx2.AsyncBaseTransport", url: ParsedUrl) -> None:
        self._transport = transport
        self._url = url
        self._response: httpx2.Response | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response is not None:
            await self._response.aclose()

    async def ask(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes | None, max_bytes: int
    ) -> Answer:
        # Whoever gave us the transport has imported it already.
        import httpx2

        url = f"{self._url.scheme}://{self._url.authority}{target}"
        request = httpx2.Request(method, url, headers=list(headers), content=body)
        # What is signed is what is asked: the library's reading of the target has to be ours.
        if request.url.raw_path.decode("ascii") != target:
            raise Unreachable("forbidden-url", retry=False)
        try:
            self._response = response = await self._transport.handle_async_request(request)
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Broken(type(error).__name__) from error
        return _InProcessAnswer(response, max_bytes)


class _InProcessAnswer:
    def __init__(self, response: "httpx2.Response", max_bytes: int) -> None:
        self.status = response.status_code
        self.headers = Headers([(name.lower(), value) for name, value in response.headers.multi_items()])
        self._stream = response.stream
        self._max_bytes = max_bytes

    async def body(self) -> bytes:
        import httpx2

        assert isinstance(self._stream, httpx2.AsyncByteStream)  # the type also allows the blocking kind
        body = bytearray()
        try:
            async for part in self._stream:
                body += part
                if len(body) > self._max_bytes:
                    raise TooLarge("too-large")
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Broken(type(error).__name__) from error
        return bytes(body)
