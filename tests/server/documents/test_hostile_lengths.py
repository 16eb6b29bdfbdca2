"""RES-15: no reader of foreign text takes long, whatever fills the most that it is given."""

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from federation.documents import MAX_FETCH_BYTES, id_of, loads, text_of
from federation.errors import FederationError
from federation.host_meta import template_in
from federation.http_signatures.digests import check_content_digest, check_digest
from federation.http_signatures.scheme import RawRequest, inspect
from federation.urls import ascii_host, parse_url
from federation.vocabulary import is_activity_json
from federation.webfinger import parse_handle, parse_resource
from server.documents.rich_text import clean, plain_text
from server.fediverse.moderation.lists import read_list

LENGTH = 256 * 1024
CONTENT = 100_000
"""What is read of somebody's words (`federation.objects.MAX_TEXT`)."""

ENOUGH = 0.05
ENOUGH_FOR_HTML = 0.15
"""It is parsed up to four times, until it stays as it is."""

FILLINGS = [
    "<a",
    "<",
    "<!--",
    "<p>",
    "</p>",
    "<b><i>",
    "&",
    "&#",
    "&amp",
    "(((",
    '"',
    "\\",
    '="',
    "a.",
    "xn--",
    "é",
    "%",
    "?a=",
    "a,",
    'a="b",',
    "=,",
    ";q=",
    "[",
    '{"a":',
    "\n",
    " \n ",
    "\u0301",
    "http://",
    "@",
    "<pre> ",
    "[a](",
    "> ",
    '""",',
]


def cavage(text: str) -> object:
    headers = [("host", "h.example"), ("date", "Mon, 23 Nov 2026 08:00:00 GMT"), ("signature", text)]
    return inspect(
        RawRequest("POST", "/inbox", headers, b""), origin="https://h.example", now=datetime.now(UTC)
    )


def rfc9421(text: str) -> object:
    headers = [("host", "h.example"), ("signature-input", text), ("signature", text)]
    return inspect(
        RawRequest("POST", "/inbox", headers, b""), origin="https://h.example", now=datetime.now(UTC)
    )


READERS: dict[str, tuple[int, Callable[[str], object]]] = {
    "clean": (CONTENT, clean),
    "plain_text": (CONTENT, plain_text),
    "loads": (LENGTH, lambda text: loads(text.encode(), max_bytes=MAX_FETCH_BYTES)),
    "text_of": (LENGTH, lambda text: text_of({"a": text}, "a", LENGTH)),
    "id_of": (LENGTH, id_of),
    "parse_url": (LENGTH, parse_url),
    "parse_url of a host": (LENGTH, lambda text: parse_url(f"https://{text}/")),
    "ascii_host": (LENGTH, ascii_host),
    "host-meta": (LENGTH // 4, lambda text: template_in(text.encode())),
    "cavage": (LENGTH, cavage),
    "RFC 9421": (LENGTH, rfc9421),
    "digest": (LENGTH, lambda text: check_digest([("digest", text)], b"")),
    "content-digest": (LENGTH, lambda text: check_content_digest([("content-digest", text)], b"")),
    "handle": (LENGTH, parse_handle),
    "resource": (LENGTH, parse_resource),
    "media type": (LENGTH, lambda text: is_activity_json(f"application/ld+json;{text}")),
}


def seconds(read: Callable[[str], object], text: str) -> float:
    """Of processor time, whatever comes of it."""
    begun = time.thread_time()
    with contextlib.suppress(FederationError):
        read(text)
    return time.thread_time() - begun


@pytest.mark.parametrize("reader", READERS)
def test_res_15_what_fills_it_to_the_brim_takes_less_than_50_ms(reader: str) -> None:
    length, read = READERS[reader]
    enough = ENOUGH_FOR_HTML if read in (clean, plain_text) else ENOUGH
    slow = {}
    for filling in FILLINGS:
        text = filling * (length // len(filling))
        took = min(seconds(read, text) for _ in range(2))
        if took >= enough:
            slow[filling] = took
    assert slow == {}


def test_a_list_of_blocks_is_read_in_a_moment_too() -> None:
    """Chosen by an editor, so seconds would do."""
    for filling in FILLINGS:
        text = f"{filling}\n" * (LENGTH // (len(filling) + 1) // 10)
        begun = time.thread_time()
        read_list(text.encode(), "https://hub.example")
        assert time.thread_time() - begun < 1, filling
