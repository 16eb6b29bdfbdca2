"""Connections to other hosts: every name is resolved once, and only what was checked is connected to.

One transport per origin, because the library's pool looks at every open connection on every request: 2000
hosts in one pool do not end within 100 s. One TLS context for all, because building one loads the whole
certificate store. Only `client` opens these doors.
"""

import asyncio
import contextlib
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

import httpcore2
import httpx2

from federation.addresses import NetworkPolicy
from federation.errors import Unreachable
from federation.origins import Origin
from federation.urls import IPAddress, ParsedUrl

MAX_ORIGINS = 512
# Who asks for a name gives up after five seconds, its thread goes on for up to thirty: with eight of them a few domains
# whose name servers never answer left no room for any delivery.
RESOLVING_THREADS = 64
MAX_ADDRESSES = 4

# OSError holds timeouts, TLS and name errors; UnicodeError is what getaddrinfo says of a name it cannot
# encode.
FAILURES = (
    httpx2.HTTPError,
    httpx2.StreamError,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    httpcore2.ConnectionNotAvailable,
    OSError,
    UnicodeError,
)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


class _CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves once, checks every address, connects to a checked one; Host and SNI keep the name.

    SSR-08: whoever lets the library resolve again connects to the second answer of a rebinding name server.
    """

    def __init__(self, policy: NetworkPolicy, resolve: Resolver, only_allowed: bool) -> None:
        self._policy = policy
        self._resolve = resolve
        self._only_allowed = only_allowed
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            addresses = [ip_address(host)]
        except ValueError:
            async with asyncio.timeout(timeout):
                addresses = [_address(text) for text in await self._resolve(host, port)]
        for address in addresses:
            accepted = self._policy.is_allowed if self._only_allowed else self._policy.check_address
            if not accepted(address):
                raise Unreachable("forbidden-address", retry=False)
        addresses = addresses[:MAX_ADDRESSES]
        for index, address in enumerate(addresses):
            share = None if timeout is None else timeout / (len(addresses) - index)
            try:
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if index == len(addresses) - 1:
                    raise
        raise Unreachable("no-address")


def _address(text: str) -> IPAddress:
    return ip_address(text.partition("%")[0])


class _Network(httpx2.AsyncBaseTransport):
    """The connections to one origin; httpx2's own transport takes no network backend."""

    def __init__(self, backend: httpcore2.AsyncNetworkBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=4,
            max_keepalive_connections=2,
            keepalive_expiry=30.0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@dataclass(slots=True)
class _Door:
    transport: httpx2.AsyncBaseTransport
    users: int = 0


class Connections:
    """Transports by origin; at most 512 are kept, and those in use are never closed for others.

    `mounts` and `fallback` are in-process transports that stand in for the network: see `FederationClient`.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None,
        fallback: httpx2.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._mounts = dict(mounts or {})
        self._fallback = fallback
        self._resolver = resolver or self._resolve
        self._ssl_context = ssl_context
        self._doors: OrderedDict[str, _Door] = OrderedDict()
        # Own threads: a name server that never answers must not occupy those in which we sign, or the
        # process's.
        self._resolving = ThreadPoolExecutor(RESOLVING_THREADS, thread_name_prefix="resolve")

    @contextlib.asynccontextmanager
    async def to(self, url: ParsedUrl) -> AsyncIterator[httpx2.AsyncBaseTransport]:
        """The transport to the origin of `url`, held open meanwhile."""
        origin = str(Origin(url.scheme, url.host, url.port))
        in_process = self._mounts.get(origin, self._fallback)
        if in_process is not None:
            yield in_process
            return
        door = self._doors.get(origin)
        if door is None:
            door = self._doors[origin] = _Door(self._open(url))
        self._doors.move_to_end(origin)
        door.users += 1
        try:
            await self._close_idle_doors()
            yield door.transport
        finally:
            door.users -= 1

    async def aclose(self) -> None:
        for door in self._doors.values():
            await door.transport.aclose()
        self._doors.clear()
        self._resolving.shutdown(wait=False, cancel_futures=True)

    def _open(self, url: ParsedUrl) -> _Network:
        if self._ssl_context is None:
            self._ssl_context = httpx2.create_ssl_context(trust_env=False)
        only_allowed = self._policy.needs_allowed_network(url)
        return _Network(_CheckedBackend(self._policy, self._resolver, only_allowed), self._ssl_context)

    async def _close_idle_doors(self) -> None:
        surplus = len(self._doors) - MAX_ORIGINS
        if surplus <= 0:
            return
        idle = [origin for origin, door in self._doors.items() if door.users == 0][:surplus]
        for door in [self._doors.pop(origin) for origin in idle]:
            await door.transport.aclose()

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._resolving, ask)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))
