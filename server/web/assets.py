"""Scripts, styles of scripts and shipped pictures: what each is called in an address, and its bytes."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from server.paths import static_dir
from server.web.stylesheets import squeeze

TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
VENDOR: Final = "vendor/"
_JOINED: Final = "css/"
_PACKED: Final = frozenset({".png"})


@dataclass(frozen=True)
class Asset:
    """`name` is the path below `server/static`; `address` changes whenever the content does."""

    name: str
    address: str
    media_type: str
    body: bytes

    @cached_property
    def squeezed(self) -> bytes | None:
        """Compressed once, when it is first asked for; None for what is packed already."""
        if Path(self.name).suffix in _PACKED:
            return None
        return gzip.compress(self.body, compresslevel=9, mtime=0)


def asset_path(name: str) -> str:
    """Where browsers find `server/static/<name>`, e.g. "js/map.js"; may be kept for a year.

    Raises KeyError for a file that is not shipped, so that a page with a dead link is never rendered.
    """
    return assets_in(static_dir())[name].address


@lru_cache(maxsize=4)
def assets_in(directory: Path) -> dict[str, Asset]:
    """By name. The blocks of the joined stylesheets are left out: nobody asks for one of them alone."""
    found = {}
    for file in sorted(directory.rglob("*")):
        name = file.relative_to(directory).as_posix()
        if file.is_file() and file.suffix in TYPES and not name.startswith(_JOINED):
            found[name] = _read(file, name)
    return found


def _read(file: Path, name: str) -> Asset:
    body = file.read_bytes()
    stem, suffix = name.removesuffix(file.suffix), file.suffix
    if name.startswith(VENDOR):
        # The version is in the path, and the bytes stay as their authors published them.
        return Asset(name, f"/static/{name}", TYPES[suffix], body)
    if suffix == ".css":
        body = squeeze(body.decode()).encode()
    address = f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}{suffix}"
    return Asset(name, address, TYPES[suffix], body)
