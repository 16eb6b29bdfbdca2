"""HTTP over a Unix socket, by hand: what came back whole counts, and nothing else."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


async def exchange(door: Path, request: bytes) -> tuple[int, bytes] | None:
    """Status and body; None when nobody answered to the end."""
    try:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_unix_connection(str(door))
            try:
                writer.write(request)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                return int(head.split(b" ", 2)[1]), body
            finally:
                writer.close()
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return None


async def ask(control: Path, path: str, **arguments: Any) -> Any:
    """What a command line would ask; None when nobody answered to the end. A refusal is an AssertionError."""
    body = json.dumps(arguments).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: control\r\ncontent-length: {len(body)}\r\n\r\n"
    answer = await exchange(control, head.encode() + body)
    if answer is None or answer[0] == 503:
        return None
    assert answer[0] == 200, answer
    return json.loads(answer[1])
