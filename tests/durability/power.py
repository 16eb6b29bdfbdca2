"""What a disk holds after the power went: all that was synced, and of the rest whatever the disk had got round to."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.recorder import Asked

SECTOR = 512
"""A disk writes so many bytes whole or not at all."""

Images = Mapping[str, bytes]
"""The files of a directory, by name."""


@dataclass
class _File:
    """`safe` is on the disk for certain; `loose` was asked for and not synced yet, in order."""

    safe: bytearray = field(default_factory=bytearray)
    loose: list[Asked] = field(default_factory=list)

    def now(self) -> bytearray:
        content = bytearray(self.safe)
        for asked in self.loose:
            _apply(content, asked)
        return content


class Disk:
    """Replays a record. `images` are the disks that a cut at this moment may leave."""

    def __init__(self, before: Images) -> None:
        self._files = {name: _File(bytearray(content)) for name, content in before.items()}

    def ask(self, asked: Asked) -> None:
        file = self._files.setdefault(asked.name, _File())
        if asked.kind == "sync":
            file.safe, file.loose = file.now(), []
        elif asked.kind == "delete":
            # Worst case for SQLite, which relies on nothing here: it is gone at once.
            del self._files[asked.name]
        elif asked.kind != "open":
            file.loose.append(asked)

    @property
    def loose_bytes(self) -> int:
        return sum(len(asked.content) for file in self._files.values() for asked in file.loose)

    def images(self, chance: random.Random, most: int) -> Iterator[Images]:
        """Nothing unsynced survives; all of it; each 512-byte boundary of it in turn, cut off and zeroed; and sectors
        in any order. At most about `most`, chosen by chance where there are more.
        """
        yield self._with(lambda file: file.safe)
        if not any(file.loose for file in self._files.values()):
            return
        yield self._with(_File.now)
        boundaries = range(SECTOR, self.loose_bytes, SECTOR)
        chosen = chance.sample(boundaries, min(len(boundaries), most // 3))
        for boundary in chosen:
            for zeroed in (False, True):
                yield self._with(lambda file, at=boundary, zero=zeroed: _up_to(file, at, zero))  # type: ignore[misc] # mypy reads no defaults
        for _ in range(most // 3):
            yield self._with(lambda file: _some_of(file, chance))

    def _with(self, content: Callable[[_File], bytearray]) -> Images:
        return {name: bytes(content(file)) for name, file in self._files.items()}


def _up_to(file: _File, bytes_kept: int, zeroed: bool) -> bytearray:
    """What was asked for first has arrived; the file is as long as before or, `zeroed`, as it should be."""
    content = bytearray(file.safe)
    left = bytes_kept
    for asked in file.loose:
        if asked.kind == "write":
            _apply(content, asked, max(left, 0))
            left -= len(asked.content)
        elif left > 0:
            _apply(content, asked)
    if zeroed:
        content.extend(bytes(max(len(file.now()) - len(content), 0)))
    return content


def _some_of(file: _File, chance: random.Random) -> bytearray:
    content = bytearray(file.safe)
    for asked in file.loose:
        for start in range(0, len(asked.content), SECTOR):
            if chance.random() < 0.5:
                _put(content, asked.at + start, asked.content[start : start + SECTOR])
        if asked.kind == "truncate" and chance.random() < 0.5:
            _apply(content, asked)
    return content


def _apply(content: bytearray, asked: Asked, most: int | None = None) -> None:
    if asked.kind == "truncate":
        del content[asked.at :]
    else:
        _put(content, asked.at, asked.content[:most])


def _put(content: bytearray, at: int, more: bytes) -> None:
    if more:
        content.extend(bytes(max(at - len(content), 0)))
        content[at : at + len(more)] = more


def lay_out(images: Images, folder: Path) -> None:
    for name, content in images.items():
        (folder / name).write_bytes(content)


def moments(record: Sequence[Asked], cuts: int, chance: random.Random) -> list[int]:
    """Places in the record, after each of which the power goes: half of them right after a write."""
    writes = [place for place, asked in enumerate(record) if asked.kind == "write"]
    half = chance.sample(writes, min(cuts // 2, len(writes)))
    return sorted({*half, *chance.sample(range(len(record)), cuts - len(half))})
