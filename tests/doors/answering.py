"""An application behind the door that `serve` opens, in this process, and both ends of its connections."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from server.cli.bounded_http import Limits, bounded_http

HOST = "hub.example"
SHORT = Limits(head=0.6, last_bytes=0.3, reading=0.6, closing=0.3)


@asynccontextmanager
async def answering(
    app: ASGIApp, limits: Limits, *, unsent: int = 0
) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """A server as `serve` starts one, and its port. `unsent`: how much the system keeps of an answer."""
    config = uvicorn.Config(app, http=bounded_http(limits), lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as bound:
        if unsent:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent)
        serving = asyncio.create_task(server._serve([bound]))
        await until(lambda: server.started)
        try:
            yield server, bound.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            await serving


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Until the other side ends it; raises TimeoutError when it does not."""
    parts = []
    try:
        async with asyncio.timeout(5):
            while part := await reader.read(65536):
                parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def slow_reader(port: int) -> socket.socket:
    """A connection whose other end takes next to nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    connection.connect(("127.0.0.1", port))
    return connection


async def empty(server: uvicorn.Server) -> None:
    """Nothing is open any more, nothing at work."""
    await until(lambda: not server.server_state.connections and not server.server_state.tasks)


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nobody sets an event for a test's condition
            await asyncio.sleep(0.02)
