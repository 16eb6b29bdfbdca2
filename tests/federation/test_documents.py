"""Reading untrusted JSON."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import documents
from federation.documents import (
    audience,
    id_of,
    is_public,
    loads,
    many,
    one,
    raw_member,
    text_of,
    time_of,
    type_of,
)
from federation.errors import Malformed, TooLarge
from federation.vocabulary import PUBLIC, is_activity_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
names = st.sampled_from(
    ["id", "type", "to", "cc", "actor", "object", "name", "published", "@context", "href"]
)
json_texts = st.one_of(
    st.binary(),
    st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(names, json_values).map(lambda value: json.dumps(value).encode()),
    st.text(alphabet='{}[]",:\\ud8019eE+-.tf nul').map(str.encode),
)


@given(json_texts)
def test_no_json_text_whatever_raises_anything_but_malformed(body: bytes) -> None:
    try:
        document = loads(body)
    except Malformed:
        return
    for key in (*document, "to"):
        for read in (one, many, raw_member):
            source: Any = body if read is raw_member else document
            try:
                read(source, key)
            except Malformed:
                continue
        text_of(document, key, 50)
        time_of(document, key)
        id_of(document.get(key))
        is_public(document.get(key))
    type_of(document)
    try:
        audience(document)
    except Malformed:
        return


@given(
    st.dictionaries(st.text(), st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none())
)
def test_a_decent_document_is_read_as_it_was_written(document: dict[str, Any]) -> None:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    decent = not any("\0" in text or "@" in text for text in _texts(document))
    if decent:
        assert loads(body) == document


def _texts(document: dict[str, Any]) -> list[str]:
    return [*document, *(value for value in document.values() if isinstance(value, str))]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"[]", "not-an-object"),
        (b'"text"', "not-an-object"),
        (b'{"a":1} x', "not-json"),
        (b'\xef\xbb\xbf{"a":1}', "not-json"),
        (b'{"a":"\xff"}', "not-json"),
        (b'{"a":"\xed\xa0\x80"}', "not-json"),
        (b'{"a":1,"a":2}', "duplicate-key"),
        (b'{"x":{"a":1,"\\u0061":2}}', "duplicate-key"),
        (b'{"a":NaN}', "number-out-of-range"),
        (b'{"a":-Infinity}', "number-out-of-range"),
        (b'{"a":1e400}', "number-out-of-range"),
        (b'{"a":9007199254740992}', "number-out-of-range"),
        (b'{"a":9007199254740992.0}', "number-out-of-range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number-out-of-range"),
        (b'{"a":"\\ud800"}', "bad-character"),
        (b'{"\\udfff":1}', "bad-character"),
        (b'{"a":[["\\u0000"]]}', "bad-character"),
        (b'{"@graph":[]}', "json-ld-keyword"),
        (b'{"a":[{"@reverse":{}}]}', "json-ld-keyword"),
        (b'{"a":{"@included":[]}}', "json-ld-keyword"),
        (b'{"@context":{"x":"@nest"},"@nest":{}}', "json-ld-keyword"),
        (b'{"@context":{"actor":"as:summary"}}', "remapped-term"),
        (b'{"@context":["x",{"to":{"@id":"as:cc"}}]}', "remapped-term"),
        (b'{"@context":{"id":"as:url"}}', "remapped-term"),
        (b'{"@context":{"object":null}}', "remapped-term"),
        (b'{"@context":{"as":"https://evil.example/#"}}', "remapped-term"),
        (b'{"@context":{"x":{"@id":"y:z","@context":{"type":"y:type"}}}}', "remapped-term"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
        (b'{"a":[' + b"1," * 10_000 + b"1]}", "too-many-nodes"),
        (b"]" * 1000, "not-json"),
    ],
)
def test_what_json_loads_would_take_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        loads(body)
    assert caught.value.reason == reason
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":9007199254740991,"b":-9007199254740991,"c":-71.184902,"d":1e-300}',
        b'{"a":"\\ud83d\\ude00 \\u00e4 \\\\u0000"}',
        b'{"@context":["https://www.w3.org/ns/activitystreams",{"id":"@id","to":"as:to",'
        b'"actor":{"@id":"as:actor","@type":"@id"},"location":{"@id":"sc:location"}}]}',
        b'{"a":' * 32 + b"1" + b"}" * 32,
        b'{"a":"' + b"[" * 1000 + b'\\"[[["}',
    ],
)
def test_what_is_unusual_but_sound_is_read(body: bytes) -> None:
    assert loads(body) == json.loads(body)


def test_one_byte_too_many_is_told_from_bad_shape() -> None:
    body = b'{"a":"' + b"x" * 100 + b'"}'
    assert loads(body, max_bytes=len(body))
    with pytest.raises(TooLarge) as caught:
        loads(body, max_bytes=len(body) - 1)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 262_144,
        b'{"a":' * 10_000,
        b'"' * 262_144,
        b'{"' + b'\\"' * 131_000,
        b'"' + b"\\" * 262_143,
        b'{"a":[' + b"1," * 130_000 + b"1]}",
        b'{"a":' + b"9" * 262_000 + b"}",
    ],
)
def test_hostile_shapes_are_refused_in_linear_time(body: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(Malformed):
        loads(body)
    # A quadratic scan of these takes minutes; the bound is wide for a busy machine.
    assert time.perf_counter() - start < 1


def test_a_tower_of_combining_marks_does_not_cost_quadratic_time() -> None:
    start = time.perf_counter()
    text = text_of({"name": "a" + "\u0316\u0301" * 100_000}, "name", 50_000)
    assert time.perf_counter() - start < 1
    assert text is not None
    assert len(text) <= 31


def test_one_takes_a_value_or_the_only_element_and_never_the_first_of_two() -> None:
    assert one({"actor": "a"}, "actor") == "a"
    assert one({"actor": ["a"]}, "actor") == "a"
    assert one({"actor": []}, "actor") is None
    assert one({}, "actor") is None
    with pytest.raises(Malformed, match="many-actor"):
        one({"actor": ["a", "b"]}, "actor")


def test_many_takes_one_for_a_list_of_one_and_has_a_limit() -> None:
    assert many({"to": "a"}, "to") == ["a"]
    assert many({"to": ["a", None, {"id": "b"}]}, "to") == ["a", {"id": "b"}]
    assert many({"to": None}, "to") == many({}, "to") == []
    assert len(many({"to": ["a"] * 256}, "to")) == 256
    with pytest.raises(Malformed, match="too-many-to"):
        many({"to": ["a"] * 257}, "to")
    with pytest.raises(Malformed, match="too-many-attachment"):
        many({"attachment": [{}] * 17}, "attachment", limit=documents.MAX_ATTACHMENTS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/1#x", "https://a.example/1#x"),
        ("http://127.0.0.2:8001/1", "http://127.0.0.2:8001/1"),
        ({"id": "https://a.example/1", "href": "https://b.example/"}, "https://a.example/1"),
        ({"type": "Link", "href": "https://a.example/1"}, "https://a.example/1"),
        ({"id": None, "href": "https://a.example/1"}, None),
        ("https://good.example@evil.example/", None),
        ("https://good.example\\@evil.example/", None),
        ("https://a.example/a b", None),
        ("https://a.example/\n", None),
        ("https://a.example/\u202egnp", None),
        ("https:///path", None),
        ("javascript:alert(1)", None),
        ("acct:a@a.example", None),
        ("did:key:z6Mk", None),
        ("https://a.example/" + "x" * 2048, None),
        (["https://a.example/"], None),
        ({"id": ["https://a.example/"]}, None),
        (7, None),
        (None, None),
    ],
)
def test_an_id_is_an_http_url_and_nothing_else(value: object, expected: str | None) -> None:
    assert id_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  plain\ttext\n", "  plain\ttext\n"),
        ("e\u0301", "é"),
        ("a\u202egpj.exe\u2066\u0007", "agpj.exe"),
        ("שלום\u200f!", "שלום\u200f!"),
        (["one"], "one"),
        (["one", "two"], None),
        ({"en": "x"}, None),
        (None, None),
        ("12345678901", "1234567890"),
    ],
)
def test_text_is_normalised_and_cannot_turn_its_surroundings_around(
    value: object, expected: str | None
) -> None:
    assert text_of({"name": value}, "name", 10 if value == "12345678901" else 100) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T08:00:00.1239Z", datetime(2026, 11, 23, 8, 0, 0, 123_000, UTC)),
        ("2026-11-23T08:00:00.5+01:00", datetime(2026, 11, 23, 7, 0, 0, 500_000, UTC)),
        ("2026-11-23T08:00-03:30", datetime(2026, 11, 23, 11, 30, tzinfo=UTC)),
        ("2026-11-23T08:00:00", None),
        ("2026-11-23", None),
        ("2026-02-30T08:00:00Z", None),
        ("2026-11-23T08:00:00+24:00", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("٢٠٢٦-11-23T08:00:00Z", None),
        ("tomorrow", None),
        (1795392000, None),
        (["2026-11-23T08:00:00Z"], None),
    ],
)
def test_a_time_has_an_offset_or_is_none(text: object, expected: datetime | None) -> None:
    assert time_of({"published": text}, "published") == expected


def test_a_time_keeps_the_offset_of_its_sender() -> None:
    read = time_of({"startTime": "2026-12-05T10:00:00+01:00"}, "startTime")
    assert read is not None
    assert (read.hour, read.utcoffset()) == (10, timedelta(hours=1))


def test_the_type_is_a_string_or_the_first_one() -> None:
    assert type_of({"type": "Note"}) == "Note"
    assert type_of({"type": [3, "Note", "Other"]}) == "Note"
    assert type_of({"type": []}) == type_of({}) == type_of({"type": {}}) == ""


def test_public_is_known_in_its_three_spellings() -> None:
    for spelling in (PUBLIC, "as:Public", "Public", ["x", "Public"], {"id": "as:Public"}):
        assert is_public(spelling)
    others: list[object] = ["public", None, [], {}, "https://www.w3.org/ns/activitystreams"]
    assert not any(is_public(other) for other in others)


def test_the_audience_is_the_ids_of_to_and_cc() -> None:
    document = {"to": "as:Public", "cc": ["https://a.example/f", {"id": "https://b.example/"}, 7], "bcc": "x"}
    assert audience(document) == {PUBLIC, "https://a.example/f", "https://b.example/"}
    with pytest.raises(Malformed, match="too-many-cc"):
        audience({"cc": ["https://a.example/"] * 257})


def test_a_member_keeps_its_bytes() -> None:
    body = b'{ "a" : 1, "object" :  {"n": 1.0, "\\u0061":"\xc3\xa4" }, "z":[] }'
    assert raw_member(body, "object") == b'{"n": 1.0, "\\u0061":"\xc3\xa4" }'
    assert raw_member(body, "a") == b"1"
    for broken, key in ((body, "b"), (b"{", "a"), (b"[]", "a"), (b"\xff", "a")):
        with pytest.raises(Malformed):
            raw_member(broken, key)


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/activity+json", True),
        ("Application/Activity+JSON; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json;charset="utf-8" ; profile=https://www.w3.org/ns/activitystreams', True),
        ('application/ld+json; profile="http://x.example/ https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams#"', False),
        ('application/ld+json; profile="a"; profile="https://www.w3.org/ns/activitystreams"', False),
        ("application/json", False),
        ("text/html; profile=application/activity+json", False),
        ("application/activity+json, text/html", False),
        ("application/activity+json; =", False),
        ("application/activity+json;" + "a=b;" * 10_000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_the_two_media_types_of_activitypub_are_documents(
    content_type: str | None, accepted: bool
) -> None:
    assert is_activity_json(content_type) is accepted


@given(st.text(max_size=600))
def test_any_content_type_is_judged_without_an_error(content_type: str) -> None:
    assert is_activity_json(content_type) in (True, False)
    is_activity_json("application/ld+json;" + content_type)
