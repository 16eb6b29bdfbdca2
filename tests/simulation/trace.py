"""What happened, in order: to be read, and as a digest that is equal for equal histories."""

import asyncio
import hashlib


class Trace:
    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.lines: list[str] = []

    def note(self, who: str, what: str) -> None:
        line = f"{asyncio.get_running_loop().time():13.3f}  {who:22} {what}"
        self._hash.update(line.encode() + b"\n")
        self.lines.append(line)

    def stamp(self, data: bytes) -> None:
        """Counts for the digest, and is not shown."""
        self._hash.update(data)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()
