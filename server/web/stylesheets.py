"""CSS blocks joined at start-up into one hashed file per layout, so that a page costs two responses."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOUNDATION = ("tokens.css", "base.css", "layout.css")
COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")
SPACE = re.compile(r"\s+")
AROUND = re.compile(r"\s*([{};,>])\s*")


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """`name` carries the hash of the content, so the file may be cached for a year."""

    name: str
    body: bytes

    @property
    def path(self) -> str:
        return f"/static/css/{self.name}"


def join_blocks(directory: Path) -> Stylesheet:
    """`tokens`, `base`, `layout`, every block in alphabetical order, `print`; comments and slack removed."""
    foundation = [directory / name for name in FOUNDATION]
    blocks = sorted((directory / "blocks").glob("*.css"))
    # Last, or a block's own rules for the screen would win on paper as well.
    return _joined("page", [*foundation, *blocks, directory / "print.css"])


def join_desk(directory: Path) -> Stylesheet:
    """What only the pages of people who are signed in need, after the page's own."""
    return _joined("desk", sorted((directory / "desk").glob("*.css")))


def _joined(layout: str, files: Sequence[Path]) -> Stylesheet:
    body = "".join(squeeze(file.read_text(encoding="utf-8")) for file in files).encode()
    return Stylesheet(f"{layout}.{hashlib.sha256(body).hexdigest()[:12]}.css", body)


def squeeze(css: str) -> str:
    """White space and comments out; nothing else is touched, so what is written is what is served."""
    css = SPACE.sub(" ", COMMENT.sub("", css)).strip()
    return AROUND.sub(r"\1", css).replace(";}", "}")
