"""The only door to other hosts: signed GET and POST, bounded in addresses, size, time and redirects.

One transport per origin, because the library's pool looks at every open connection on every request: 2000
hosts in one pool do not end within 100 s. One TLS context for all, because building one loads the whole
certificate store.
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
from federation.documents import MAX_DISCOVERY_BYTES, MAX_FETCH_BYTES, JsonObject, id_of, loads
from federation.errors import Forbidden, Malformed, TooLarge, Unreachable, WrongMediaType
from federation.fetching import Budget, FetchedDocument, bare_type, deadline, next_hop, require_success
from federation.http_signatures.scheme import sign_request
from federation.keys import SigningKey
from federation.origins import Origin, require_fetched_id
from federation.ports import Clock, SigningKeys
from federation.strangers import Strangers
from federation.urls import IPAddress, ParsedUrl
from federation.vocabulary import ACTIVITY_JSON, LD_JSON_PROFILE, is_activity_json

FETCH_SECONDS = 10.0
DELIVERY_SECONDS = 15.0
DRAIN_SECONDS = 2.0
MAX_REDIRECTS = 3
MAX_ORIGINS = 512
MAX_ADDRESSES = 4
MAX_ANSWER_BYTES = 65_536
_TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 10.0}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT_DOCUMENT = f"{ACTIVITY_JSON}, {LD_JSON_PROFILE}"

# OSError holds timeouts, TLS and name errors; UnicodeError is what getaddrinfo says of a name it cannot
# encode.
_FAILURES = (
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


@dataclass(frozen=True, slots=True)
class PostAnswer:
    status: int
    retry_after: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    url: str
    media_type: str | None
    body: bytes


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


class FederationClient:
    """Asks other servers, and delivers to them.

    `mounts` maps origins ("https://host[:port]") to in-process transports; `fallback`, when given, takes
    every other origin instead of the network. Both skip name resolution and nothing else. `resolver` gives
    the addresses of a name; `ssl_context` trusts another certificate authority than the system's. Both are
    for tests.

    Every method raises `Unreachable` or its kin when the other side or the way there fails; nothing else of
    the HTTP library comes through.
    """

    def __init__(
        self,
        *,
        policy: NetworkPolicy,
        keys: SigningKeys,
        clock: Clock,
        user_agent: str,
        mounts: Mapping[str, httpx2.AsyncBaseTransport] | None = None,
        fallback: httpx2.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.policy = policy
        self.strangers = Strangers()
        self._keys = keys
        self._clock = clock
        self._user_agent = user_agent
        self._mounts = dict(mounts or {})
        self._fallback = fallback
        self._resolver = resolver or self._resolve
        self._ssl_context = ssl_context
        self._doors: OrderedDict[str, _Door] = OrderedDict()
        # Own threads: a name server that never answers must not occupy those in which we sign, or the
        # process's.
        self._resolving = ThreadPoolExecutor(8, thread_name_prefix="resolve")
        self._signing = ThreadPoolExecutor(2, thread_name_prefix="sign")

    async def fetch_document(
        self, url: str, *, max_bytes: int = MAX_FETCH_BYTES, budget: Budget | None = None
    ) -> FetchedDocument:
        """The document at `url`, fetched from its own id (FEP-fe34 R1, R4); within 10 s, redirects included.

        A document that bears another id of the same origin is fetched once more from there; who needs one
        certain id compares. Signed by the instance key, per hop; redirects stay on the origin. Raises `Gone`
        for 404 and 410, `Unreachable`, `WrongMediaType`, `TooLarge`, `Malformed`, and `Forbidden` for an id
        that is not its origin's.
        """
        async with deadline(FETCH_SECONDS):
            answer = await self._get_document(url, max_bytes, budget)
            document = loads(answer.body, max_bytes=max_bytes)
            claimed = id_of(document.get("id"))
            if claimed is None:
                raise Malformed("no-id")
            require_fetched_id(claimed, answer.url)
            if claimed != answer.url:
                answer = await self._get_document(claimed, max_bytes, budget)
                document = loads(answer.body, max_bytes=max_bytes)
                if id_of(document.get("id")) != claimed:
                    raise Forbidden("id-mismatch")
            return FetchedDocument(claimed, document, answer.body, self._clock.now())

    async def fetch_json(self, url: str, accept: str, max_bytes: int = MAX_DISCOVERY_BYTES) -> JsonObject:
        """Discovery (WebFinger, NodeInfo): unsigned, may be redirected to another host, within 10 s.

        `accept` is the header to send; the answer's type must be one of its types.
        """
        types = frozenset(part.partition(";")[0].strip().lower() for part in accept.split(","))
        async with deadline(FETCH_SECONDS):
            answer = await self._get(url, accept, max_bytes, sign=False, budget=None)
        if bare_type(answer.media_type) not in types:
            raise WrongMediaType("media-type")
        return loads(answer.body, max_bytes=max_bytes)

    async def fetch_bytes(self, url: str, accept_types: frozenset[str], max_bytes: int) -> tuple[str, bytes]:
        """A picture: its type, one of `accept_types`, and its bytes. Unsigned, within 10 s."""
        async with deadline(FETCH_SECONDS):
            answer = await self._get(url, ", ".join(sorted(accept_types)), max_bytes, sign=False, budget=None)
        media_type = bare_type(answer.media_type)
        if media_type not in accept_types:
            raise WrongMediaType("media-type")
        return media_type, answer.body

    async def post(self, inbox_url: str, body: bytes, key: SigningKey) -> PostAnswer:
        """Deliver, signed at this moment, within 15 s; a redirect is an answer like any other."""
        url = self.policy.check_url(inbox_url)
        async with deadline(DELIVERY_SECONDS):
            headers = await self._sign("POST", url, body, key)
            async with self._send("POST", url, [*headers, ("accept", "*/*")], body) as response:
                # The text means nothing to us: a short one is drained so that the connection can be used
                # again, and a server that answered 202 and then dawdles has still taken the activity.
                with contextlib.suppress(Malformed, *_FAILURES):
                    async with asyncio.timeout(DRAIN_SECONDS):
                        await _read(response, MAX_ANSWER_BYTES)
                return PostAnswer(response.status_code, response.headers.get("retry-after"))

    async def aclose(self) -> None:
        for door in self._doors.values():
            await door.transport.aclose()
        self._doors.clear()
        self._resolving.shutdown(wait=False, cancel_futures=True)
        self._signing.shutdown(wait=False, cancel_futures=True)

    async def _get_document(self, url: str, max_bytes: int, budget: Budget | None) -> _Answer:
        answer = await self._get(url, _ACCEPT_DOCUMENT, max_bytes, sign=True, budget=budget)
        if not is_activity_json(answer.media_type):
            raise WrongMediaType("media-type")
        return answer

    async def _get(
        self, url: str, accept: str, max_bytes: int, *, sign: bool, budget: Budget | None
    ) -> _Answer:
        for _ in range(MAX_REDIRECTS + 1):
            parsed = self.policy.check_url(url)
            if budget is not None:
                budget.spend_request()
            headers = await self._sign("GET", parsed, None, await self._keys.instance_key()) if sign else []
            async with self._send("GET", parsed, [*headers, ("accept", accept)], None) as response:
                if response.status_code in _REDIRECTS:
                    url = next_hop(parsed, response.headers.get("location", ""), stay=sign)
                    continue
                require_success(response.status_code)
                body = await _read(response, max_bytes)
                if budget is not None:
                    budget.spend_bytes(len(body))
                types = response.headers.get_list("content-type")
                return _Answer(parsed.without_fragment, types[0] if len(types) == 1 else None, body)
        raise Unreachable("too-many-redirects", retry=False)

    async def _sign(
        self, method: str, url: ParsedUrl, body: bytes | None, key: SigningKey
    ) -> list[tuple[str, str]]:
        # The library normalises paths, so the signature is made over what it will really send.
        sent = f"{url.scheme}://{url.authority}{_wire_url(url).raw_path.decode('ascii')}"
        work = partial(sign_request, method=method, url=sent, body=body, key=key, now=self._clock.now())
        # RSA takes a millisecond; in the loop's thread a fan-out would hold up every other request.
        return await asyncio.get_running_loop().run_in_executor(self._signing, work)

    @contextlib.asynccontextmanager
    async def _send(
        self, method: str, url: ParsedUrl, headers: list[tuple[str, str]], body: bytes | None
    ) -> AsyncIterator[httpx2.Response]:
        # Identity: httpx2 inflates what it is sent, and 600 bytes become 256 MB (SAFETY 8.1).
        always = [("user-agent", self._user_agent), ("accept-encoding", "identity")]
        request = httpx2.Request(
            method,
            _wire_url(url),
            headers=[*headers, *always],
            content=body,
            extensions={"timeout": _TIMEOUTS},
        )
        async with self._transport_to(url) as transport:
            try:
                response = await transport.handle_async_request(request)
                try:
                    yield response
                finally:
                    await response.aclose()
            except _FAILURES as error:
                raise Unreachable("no-answer", type(error).__name__) from error

    @contextlib.asynccontextmanager
    async def _transport_to(self, url: ParsedUrl) -> AsyncIterator[httpx2.AsyncBaseTransport]:
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

    def _open(self, url: ParsedUrl) -> _Network:
        if self._ssl_context is None:
            self._ssl_context = httpx2.create_ssl_context(trust_env=False)
        only_allowed = self.policy.needs_allowed_network(url)
        return _Network(_CheckedBackend(self.policy, self._resolver, only_allowed), self._ssl_context)

    async def _close_idle_doors(self) -> None:
        surplus = len(self._doors) - MAX_ORIGINS
        idle = [origin for origin, door in self._doors.items() if door.users == 0][: max(surplus, 0)]
        for door in [self._doors.pop(origin) for origin in idle]:
            await door.transport.aclose()

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._resolving, ask)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _wire_url(url: ParsedUrl) -> httpx2.URL:
    try:
        wire = httpx2.URL(f"{url.scheme}://{url.authority}{url.target}")
    except httpx2.InvalidURL:
        raise Unreachable("forbidden-url", retry=False) from None
    # What was checked is what is asked: the library's reading of the host has to be ours.
    if wire.raw_host.decode("ascii") != url.host:
        raise Unreachable("forbidden-url", retry=False)
    return wire


async def _read(response: httpx2.Response, max_bytes: int) -> bytes:
    """The body as it came over the wire. Raises `Malformed("compressed")` unread, and `TooLarge`."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Malformed("compressed")
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > max_bytes):
        raise TooLarge("too-large")
    assert isinstance(response.stream, httpx2.AsyncByteStream)  # the type also allows the blocking kind
    body = bytearray()
    async for part in response.stream:
        body += part
        if len(body) > max_bytes:
            raise TooLarge("too-large")
    return bytes(body)
