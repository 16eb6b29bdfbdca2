"""Other people's servers on one machine: they show their accounts and write down what they get, line by line."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_HOST = re.compile(rb"\r\nhost: ([^\r]+)", re.IGNORECASE)


class Receivers:
    """`accounts` are documents by their id. Each line of `journal`: {"url", "id", "type", "object"}, without the last
    three for what was only asked for.
    """

    def __init__(self, accounts: Mapping[str, Any], journal: Path) -> None:
        self._accounts = accounts
        self._journal: TextIO = journal.open("a", buffering=1)

    async def listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._converse, "0.0.0.0", port)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length, host = _LENGTH.search(head), _HOST.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                method, target, _ = head.split(b" ", 2)
                url = f"http://{host[1].decode() if host else ''}{target.decode()}"
                writer.write(self._answer(method, url, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    def _answer(self, method: bytes, url: str, body: bytes) -> bytes:
        if method == b"POST":
            said = json.loads(body)
            about = said.get("object")
            about = about["id"] if isinstance(about, dict) else about
            self._note({"url": url, "id": said["id"], "type": said["type"], "object": about})
            return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
        self._note({"url": url})
        document = self._accounts.get(url)
        if document is None:
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        shown = json.dumps(document).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\ncontent-length: {len(shown)}\r\n\r\n"
        return head.encode() + shown

    def _note(self, line: Mapping[str, Any]) -> None:
        self._journal.write(json.dumps(line) + "\n")
