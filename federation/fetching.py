"""What a fetch gives and may cost, and how far an answer may lead: all of it but the network."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol
from urllib.parse import urljoin

from federation.documents import MAX_FETCH_BYTES, JsonObject
from federation.errors import Gone, Unreachable
from federation.origins import same_origin
from federation.urls import ParsedUrl

_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,256}"')
_LAST_MODIFIED = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT", re.ASCII)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the state of a document, to be sent back with the next question (RFC 9110 13.1).

    Only what has the shape of the field is kept: these words are stored, and sent again as they are.
    """

    etag: str | None = None
    last_modified: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Validators":
        etag, date = headers.get("etag", ""), headers.get("last-modified", "")
        return cls(
            etag if _ETAG.fullmatch(etag) else None,
            date if _LAST_MODIFIED.fullmatch(date) else None,
        )

    def headers(self) -> list[tuple[str, str]]:
        """The conditions of a GET."""
        conditions = (("if-none-match", self.etag), ("if-modified-since", self.last_modified))
        return [(name, value) for name, value in conditions if value is not None]


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """`document` was fetched from its own id; `url` equals that id, `body` holds the exact bytes.

    `validators` are those of this answer: give them as `known` when asking for the same id again.
    """

    url: str
    document: JsonObject
    body: bytes
    fetched_at: datetime
    validators: Validators = Validators()


@dataclass(slots=True)
class Budget:
    """What one verification may spend on other hosts, whatever chain of keys, owners and redirects it meets.

    RES-10, Fedify CVE-2026-34148: a key that names an owner that names a key, each with its redirects.
    """

    requests: int = 5
    bytes: int = 2 * 1024 * 1024

    def spend_request(self) -> None:
        """Raises `Unreachable("budget-spent")`."""
        if self.requests <= 0 or self.bytes <= 0:
            raise Unreachable("budget-spent", retry=False)
        self.requests -= 1

    def spend_bytes(self, count: int) -> None:
        self.bytes -= count


class DocumentSource(Protocol):
    """What reads of remote documents need of the client."""

    async def fetch_document(
        self,
        url: str,
        *,
        max_bytes: int = MAX_FETCH_BYTES,
        budget: Budget | None = None,
        known: Validators | None = None,
    ) -> FetchedDocument: ...


class deadline:
    """A limit on the whole: no read timeout strikes a server that sends a byte a second (CVE-2023-36461)."""

    def __init__(self, seconds: float) -> None:
        self._limit = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._limit.__aexit__(kind, error, trace)
            # One of a part, which nobody inside took for a failure.
            if isinstance(error, TimeoutError):
                raise error
        except TimeoutError:
            raise Unreachable("timeout") from None


def next_hop(url: ParsedUrl, location: str, *, stay: bool) -> str:
    """Where a redirect leads, unchecked; `stay` keeps it on the origin. Raises `Unreachable`."""
    try:
        target = urljoin(url.without_fragment, location) if location else ""
    except ValueError:
        target = ""
    if not target:
        raise Unreachable("bad-redirect", retry=False)
    if url.scheme == "https" and not target.lower().startswith("https://"):
        raise Unreachable("downgraded-redirect", retry=False)
    # A signed request is not led to a third party (Fedify CVE-2026-77632), and no open redirector on a good
    # host may vouch for a document of a bad one (IDC-09).
    if stay and not same_origin(url.text, target):
        raise Unreachable("redirected-elsewhere", retry=False)
    return target


def require_success(status: int) -> None:
    """Raises `Gone` for 404 and 410, `Unreachable` for every other status but 2xx."""
    if 200 <= status < 300:
        return
    if status in (404, 410):
        raise Gone("gone" if status == 410 else "not-found", deleted=status == 410)
    # 401 and 403 too: a peer that cannot fetch our key just now answers so.
    again = status >= 500 or status in (401, 403, 408, 429)
    raise Unreachable("bad-status", str(status), retry=again)


def bare_type(content_type: str | None) -> str:
    """The media type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()
