"""Real sockets on loopback, for what an in-process transport cannot show."""

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network

from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.keys import SigningKey
from tests.federation.small_world import HandTurnedClock, OurKeys, rsa_key

LOOPBACK = NetworkPolicy((ip_network("127.0.0.0/8"),))
OUR_KEY = SigningKey("https://home.example/users/garten#main-key", rsa_key("garten"))

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """A server that answers each request with what `answer` writes."""

    def __init__(self, answer: Handler) -> None:
        self.answer = answer
        self.connections = 0
        self.open = 0
        self.heads: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await self.answer(writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def listening(answer: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(answer)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()


@asynccontextmanager
async def real_client(
    policy: NetworkPolicy = LOOPBACK,
    resolver: Callable[[str, int], Awaitable[Sequence[str]]] | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[FederationClient]:
    client = FederationClient(
        policy=policy,
        keys=OurKeys(),
        clock=HandTurnedClock(),
        user_agent="antipole-test",
        resolver=resolver,
        ssl_context=ssl_context,
    )
    try:
        yield client
    finally:
        await client.aclose()


def says(body: bytes, *headers: bytes) -> Handler:
    head = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *headers,
    ]

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"\r\n".join([*head, b"", b""]) + body)

    return answer


# Of an answer that is long enough to drip.
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


class _Impatient(selectors.DefaultSelector):
    """Where the loop would wait idly, a second at the most passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        # Long enough for a thread that signs to report, so that only real waiting is skipped.
        ready = super().select(min(timeout, 0.03))
        if not ready:
            self.skipped += min(timeout, 1.0)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return super().time() + self._impatient.skipped


def without_waiting(main: Coroutine[None, None, None]) -> None:
    """Runs `main` on a loop whose clock jumps ahead while nothing happens: real limits of seconds, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(main)
