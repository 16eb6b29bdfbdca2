"""An application asked without anything between: exactly the header lines and bytes that it sends."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Told:
    """`headers` in alphabetical order, as their order means nothing."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")


async def ask(
    app: ASGIApp, host: str, target: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> Told:
    path, _, query = target.partition("?")
    lines = [
        (name.lower().encode(), value.encode()) for name, value in {"host": host, **(headers or {})}.items()
    ]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": lines,
        "client": ("192.0.2.7", 4711),
        "server": (host, 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    return Told(
        start["status"],
        tuple(sorted((name.decode(), value.decode("latin-1")) for name, value in start["headers"])),
        b"".join(message.get("body", b"") for message in rest),
    )
