"""The body of a form: read within bounds of size, time and fields, in memory, and never more than needed of it."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from server.web.forms import Form, Upload
from server.web.texts import TEXTS, PageError

MAX_URLENCODED: Final = 128 * 1024
MAX_MULTIPART: Final = 9 * 1024 * 1024
MAX_UPLOAD: Final = 8 * 1024 * 1024
MAX_HELD: Final = 32 * 1024 * 1024
"""Bytes of files that all forms together may hold at one time."""

MAX_FIELDS: Final = 200
SECONDS = 60.0
SECONDS_OF_STRANGERS = 15.0
"""A connection that drips costs little but is one (RES-05, R6), and whoever has no session sends no pictures."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,39}")
_MULTIPART: Final = re.compile(
    r"multipart/form-data\s*;\s*boundary=(\"?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1\s*", re.IGNORECASE
)


class Room:
    """What requests may hold of files together. One request's share of it is taken byte by byte as they come, so that
    whoever drips holds little, and all of it is given back when the request has been answered."""

    def __init__(self, size: int = MAX_HELD) -> None:
        self.left = size

    @contextmanager
    def share(self) -> Iterator["Share"]:
        share = Share(self)
        try:
            yield share
        finally:
            self.left += share.taken


class Share:
    def __init__(self, room: Room) -> None:
        self._room = room
        self.taken = 0

    def take(self, size: int) -> None:
        """Raises `PageError` 503 when there is no room."""
        if size > self._room.left:
            raise PageError(503, *TEXTS[503])
        self._room.left -= size
        self.taken += size


async def read_form(request: Request, share: Share | None = None, *, multipart: bool = True) -> Form:
    """The body of a POST, urlencoded or multipart, bounded in size, time, fields and files. Raises `PageError`.

    Without a `share` of the memory for files it comes from somebody we do not know: a file is read past and not kept,
    and the form then holds an empty one, which says that there was one. `multipart` False: no form with a file is
    expected here.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(SECONDS_OF_STRANGERS if share is None else SECONDS):
            if kind == "application/x-www-form-urlencoded":
                pairs, upload, upload_name = await _urlencoded(request), None, ""
            elif kind == "multipart/form-data" and multipart:
                pairs, upload, upload_name = await _multipart(request, share)
            else:
                # text/plain is how a foreign page would smuggle JSON past a browser's checks (WEB-01).
                raise PageError(415, *TEXTS[415])
    except TimeoutError:
        raise PageError(400, *TEXTS[400]) from None
    return _form_from(pairs, upload, upload_name)


def _form_from(pairs: Sequence[tuple[str, str]], upload: Upload | None, upload_name: str) -> Form:
    values: dict[str, tuple[str, ...]] = {}
    internal: dict[str, str] = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise PageError(400, *TEXTS[400])
        if name.startswith("_"):
            internal[name] = value
        else:
            values[name] = (*values.get(name, ()), value)
    return Form(sent=True, values=values, internal=internal, upload=upload, upload_name=upload_name)


async def _urlencoded(request: Request) -> list[tuple[str, str]]:
    body = b"".join([part async for part in _bounded(request, MAX_URLENCODED)])
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise PageError(400, *TEXTS[400]) from None


async def _multipart(
    request: Request, share: Share | None
) -> tuple[list[tuple[str, str]], Upload | None, str]:
    kind = _MULTIPART.fullmatch(request.headers.get("content-type", ""))
    if kind is None:
        # A charset above all: the parser would decode by it, and Python knows codecs that need a second for 100 KB,
        # others that make lone surrogates. Browsers name none.
        raise PageError(400, *TEXTS[400])
    # Latin-1 has a character for each byte, so the text can be read as UTF-8 here, strictly, as urlencoded text is.
    plain_kind = {"content-type": f'multipart/form-data; charset=latin-1; boundary="{kind[2]}"'}
    parser = _InMemory(
        Headers(plain_kind),
        _bounded(request, MAX_MULTIPART),
        max_files=1,
        max_fields=MAX_FIELDS,
        max_part_size=MAX_URLENCODED,
    )
    parser.share = share
    try:
        found = await parser.parse()
        pairs: list[tuple[str, str]] = []
        upload, upload_name = None, ""
        for name, value in found.multi_items():
            if isinstance(value, UploadFile):
                body = await value.read()
                await value.close()
                if parser.file_size > MAX_UPLOAD:
                    raise PageError(413, *TEXTS[413])
                if parser.file_size:
                    upload, upload_name = Upload(body), name
            else:
                pairs.append((name, value.encode("latin-1").decode()))
    except (MultiPartException, UnicodeDecodeError):
        raise PageError(400, *TEXTS[400]) from None
    return pairs, upload, upload_name


class _InMemory(MultiPartParser):
    """Starlette's parser, which writes files over 1 MB to disk: the original of a picture must never be there.

    `file_size` is the size of the file that came, also of one that is not kept because there is no `share` for it.
    """

    spool_max_size = MAX_MULTIPART
    share: Share | None = None
    file_size = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        # Starlette gives no public sign of which part is a file; tests/server/web/test_forms.py holds it to this one.
        if self._current_part.file is not None:
            self.file_size += end - start
            if self.share is None:
                return
            self.share.take(end - start)
        super().on_part_data(data, start, end)


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise PageError(413, *TEXTS[413])
        yield part
