"""Reading untrusted JSON: a strict loader, and accessors that accept the shapes servers really send.

Received documents are JSON with fixed key names, never JSON-LD: no context is fetched, and the keywords by
which JSON-LD could move members somewhere else are refused. Nothing in here raises anything but Malformed.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, TypeAlias

import msgspec

from federation.errors import Malformed, TooLarge
from federation.vocabulary import AS_CONTEXT, PUBLIC, PUBLIC_SPELLINGS

Json: TypeAlias = "bool | int | float | str | list[Any] | dict[str, Any] | None"
JsonObject: TypeAlias = dict[str, Any]

MAX_DEPTH: Final = 32
MAX_NODES: Final = 10_000
MAX_AUDIENCE: Final = 256
MAX_MEMBERS: Final = 256
MAX_ATTACHMENTS: Final = 16
MAX_URL_CHARACTERS: Final = 2048
MAX_INBOX_BYTES: Final = 262_144
MAX_FETCH_BYTES: Final = 1_048_576
MAX_DISCOVERY_BYTES: Final = 65_536

_MAX_NUMBER: Final = 2**53
_JSON_LD_KEYWORDS: Final = frozenset({"@graph", "@included", "@reverse", "@nest"})
_KEYWORD_BYTES: Final = tuple(keyword.encode() for keyword in _JSON_LD_KEYWORDS)

# Names whose meaning a document's own context may repeat but not change: a JSON-LD reader must see the same
# actor, object and audience as we do. No others: Mobilizon, for one, maps `location` to schema.org.
_FIXED_TERMS: Final = {
    "id": ("@id",),
    "type": ("@type",),
    "as": (AS_CONTEXT + "#",),
    **{
        term: ("as:" + term, AS_CONTEXT + "#" + term)
        for term in (
            "actor",
            "object",
            "target",
            "attributedTo",
            "to",
            "cc",
            "bto",
            "bcc",
            "audience",
            "content",
        )
    },
}

# An escape of a letter or of "@": a keyword may be spelled by it.
_ASCII_ESCAPE = re.compile(rb"\\u00[4-7]")
_NO_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
# U+0000 and surrogates come into a string only by these: UTF-8 has no surrogates, and JSON no control characters.
_RISKY_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_HTTP_URL = re.compile(r"https?://[^\s/?#@\\]++(?:[/?#][^\s\\]*+)?", re.IGNORECASE)
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,18}))?)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
# Overrides and isolates reorder the text around them ("exe.gpj"); the plain marks U+200E and U+200F stay,
# right-to-left languages need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)


def loads(body: bytes, *, max_bytes: int = MAX_INBOX_BYTES) -> JsonObject:
    """The JSON object in `body`. Raises TooLarge and Malformed, nothing else.

    Refused although `json.loads` would take it: depth over 32, more than 10 000 nodes, duplicate keys (two
    readers would see two documents), NaN, numbers of 2^53 and more, lone surrogates and U+0000 in strings
    (later errors in the database), and the JSON-LD keywords that restructure a signed document
    (CVE-2026-46349, CVE-2026-48028) or an own context that gives a core term another meaning.
    """
    if len(body) > max_bytes:
        raise TooLarge("too-large")
    _check_structure(body)
    try:
        document = _decoder_for(body).decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not-json") from error
    if not isinstance(document, dict):
        raise Malformed("not-an-object")
    return document


def raw_member(body: bytes, key: str) -> bytes:
    """The exact bytes of a top-level member, for keeping what was signed as it was sent.

    `body` has passed `loads`. Raises Malformed("no-member") if it has no such member.
    """
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("not-json") from error
    if key not in members:
        raise Malformed("no-member", key)
    return bytes(members[key])


def one(document: Mapping[str, Any], key: str) -> Json:
    """The value, or the only element of an array; None if absent or empty.

    Raises Malformed("many-" + key) for more: taking the first of two actors lets the second go unchecked.
    """
    value: Json = document.get(key)
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise Malformed("many-" + key)
    return value[0] if value else None


def many(document: Mapping[str, Any], key: str, *, limit: int = MAX_MEMBERS) -> list[Json]:
    """The elements without nulls; a single value is a list of one. Raises Malformed("too-many-" + key)."""
    value = document.get(key)
    values = value if isinstance(value, list) else [value]
    if len(values) > limit:
        raise Malformed("too-many-" + key)
    return [element for element in values if element is not None]


def id_of(value: object) -> str | None:
    """The URL that a value names: itself, its `id`, or the `href` of a Link; None if that is no http(s) URL.

    User information (`https://good@evil/`), white space, backslashes and control characters are no URL here.
    """
    if isinstance(value, dict):
        value = value.get("id", value.get("href"))
    if not isinstance(value, str) or len(value) > MAX_URL_CHARACTERS:
        return None
    if _HTTP_URL.fullmatch(value) is None or _UNWANTED.search(value) is not None:
        return None
    return value


def text_of(document: Mapping[str, Any], key: str, limit: int) -> str | None:
    """Plain text of at most `limit` characters: NFC, without control and direction-override characters.

    Line breaks and tabs stay. None if there is no string (or a list of exactly one).
    """
    value = document.get(key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return None
    return unicodedata.normalize("NFC", _stream_safe(_UNWANTED.sub("", value[:limit])))[:limit]


def time_of(document: Mapping[str, Any], key: str) -> datetime | None:
    """An aware time in the sender's offset, cut to milliseconds; None if unreadable or without offset."""
    value = document.get(key)
    match = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute = (int(group) for group in match.groups()[:5])
    milliseconds = int((match[7] or "0")[:3].ljust(3, "0"))
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        zone = timezone(-offset if match[8] == "-" else offset)
        time = datetime(year, month, day, hour, minute, int(match[6] or 0), milliseconds * 1000, zone)
        time.astimezone(UTC)  # the first and the last hours of the calendar have no time in UTC
    except (ValueError, OverflowError):
        return None
    return time


def type_of(document: Mapping[str, Any]) -> str:
    """The type, or the first string of several; "" if there is none."""
    value = document.get("type")
    for candidate in value if isinstance(value, list) else [value]:
        if isinstance(candidate, str):
            return candidate
    return ""


def is_public(value: object) -> bool:
    """Whether a value, or an element of it, is the Public collection in one of its three spellings."""
    elements = value if isinstance(value, list) else [value]
    return any(_public_spelling(element) for element in elements)


def audience(document: Mapping[str, Any]) -> set[str]:
    """Ids in `to` and `cc`; Public appears as its full address. Raises Malformed above 256 in either."""
    ids: set[str] = set()
    for key in ("to", "cc"):
        for element in many(document, key, limit=MAX_AUDIENCE):
            if _public_spelling(element):
                ids.add(PUBLIC)
            elif (identifier := id_of(element)) is not None:
                ids.add(identifier)
    return ids


def _public_spelling(value: object) -> bool:
    if isinstance(value, dict):
        value = value.get("id")
    return isinstance(value, str) and value in PUBLIC_SPELLINGS


def _stream_safe(text: str) -> str:
    """At most 30 combining marks in a row (UAX #15, stream-safe text).

    Normalising takes quadratic time in such a run, and a tower of marks covers its neighbours on the screen.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= 30:
            kept.append(character)
    return "".join(kept)


def _check_structure(body: bytes) -> None:
    """Depth and number of nodes before parsing: json.loads answers depth 1000 with RecursionError."""
    # Strings are left out so that brackets inside them do not count: what stands between the quotes that no backslash
    # escapes. Behind a backslash outside of a string we may count wrong, but there every parser stops.
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    structure = b"".join(unescaped.split(b'"')[::2])
    brackets = structure.translate(None, _NO_BRACKETS)
    nodes = brackets.count(b"[") + brackets.count(b"{") + structure.count(b",")
    if nodes > MAX_NODES or not _is_shallow(brackets):
        _check_depth(brackets)
    if nodes > MAX_NODES:
        raise Malformed("too-many-nodes")


def _is_shallow(brackets: bytes) -> bool:
    """True when they fit together and are not too deep. Each pass takes one or two levels away."""
    for _ in range(MAX_DEPTH // 2):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return True
    return False


def _check_depth(brackets: bytes) -> None:
    depth = 0
    for bracket in brackets:
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed("too-deep")
        else:
            depth -= 1
            if depth < 0:
                raise Malformed("not-json")


def _decoder_for(body: bytes) -> json.JSONDecoder:
    """The one that looks for no more than can be in there."""
    if b"\\u" in body:
        if _RISKY_ESCAPE.search(body):
            return _careful
        if _ASCII_ESCAPE.search(body):
            return _quick
    return _quick if any(keyword in body for keyword in _KEYWORD_BYTES) else _plain


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("duplicate-key")
    if "@context" in members:
        _check_context(members["@context"])
    return members


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = _plain_object(pairs)
    if not _JSON_LD_KEYWORDS.isdisjoint(members):
        raise Malformed("json-ld-keyword")
    return members


def _checked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = _object(pairs)
    for key, value in members.items():
        _check_text(key)
        _check_texts(value)
    return members


def _check_context(context: object) -> None:
    """Contexts within term definitions come by here too, each as the member of its own object."""
    for part in context if isinstance(context, list) else [context]:
        if not isinstance(part, dict) or _FIXED_TERMS.keys().isdisjoint(part):
            continue
        for term, meanings in _FIXED_TERMS.items():
            definition: object = part.get(term, meanings[0])
            if isinstance(definition, dict):
                definition = definition.get("@id", meanings[0])
            if definition not in meanings:
                raise Malformed("remapped-term", term)


def _check_texts(value: object) -> None:
    """Strings of a member's value; objects within have been through `_checked_object` themselves."""
    pending = [value]
    while pending:
        element = pending.pop()
        if isinstance(element, str):
            _check_text(element)
        elif isinstance(element, list):
            pending.extend(element)


def _check_text(text: str) -> None:
    if "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None):
        raise Malformed("bad-character")


_SURROGATE = re.compile("[\ud800-\udfff]")


def _integer(digits: str) -> int:
    if len(digits) > 17 or not abs(number := int(digits)) < _MAX_NUMBER:
        raise Malformed("number-out-of-range")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    # An integral float of 2^53 and more prints as an integer in the canonical form, which we then refuse.
    if not abs(number) < _MAX_NUMBER:
        raise Malformed("number-out-of-range")
    return number


def _constant(name: str) -> float:
    raise Malformed("number-out-of-range", name)


def _decoder(read_object: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=read_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
    )


# Made once: a decoder takes longer to make than a small document to read.
_plain, _quick, _careful = _decoder(_plain_object), _decoder(_object), _decoder(_checked_object)
