"""The canonical form of JSON (RFC 8785) and base58btc."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from federation.canonical import canonicalize
from federation.documents import loads
from federation.errors import Malformed
from federation.multibase import MAX_CHARACTERS, decode, encode_base58btc

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-(2.0**53) + 1, 2.0**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), values))
def test_canonicalizing_is_idempotent(document: dict[str, Any]) -> None:
    once = canonicalize(document)
    assert canonicalize(json.loads(once)) == once


@given(st.dictionaries(st.text(alphabet="abcäß😀\ufb33"), values))
def test_what_our_loader_took_has_a_canonical_form_that_it_takes_again(document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    try:
        read = loads(body)
    except Malformed:
        return
    once = canonicalize(read)
    assert canonicalize(loads(once, max_bytes=10_000_000)) == once


@given(st.dictionaries(st.text(), values))
def test_it_is_byte_for_byte_what_the_library_of_the_standard_writes(document: dict[str, Any]) -> None:
    """Most documents go by a shorter way; not one may come out of it differently."""
    assert canonicalize(document) == rfc8785.dumps(document)


@given(
    st.dictionaries(st.text(st.characters(max_codepoint=127)), values.filter(lambda v: type(v) is not float))
)
def test_so_it_is_where_all_keys_are_ascii(document: dict[str, Any]) -> None:
    assert canonicalize(document) == rfc8785.dumps(document)


@given(st.dictionaries(st.text(), values), st.randoms())
def test_the_order_of_members_does_not_matter(document: dict[str, Any], random: Any) -> None:
    members = list(document.items())
    random.shuffle(members)
    assert canonicalize(dict(members)) == canonicalize(document)


def test_keys_sort_by_utf16_units_and_numbers_print_as_in_ecmascript() -> None:
    """RFC 8785, 3.2.3 and appendix B; json.dumps(sort_keys=True) gets both wrong."""
    document = {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "\r": 4, "1": 5}
    assert canonicalize(document) == '{"\\r":4,"1":5,"€":3,"😀":2,"\ufb33":1}'.encode()
    assert canonicalize([1e21, 1e-7, 1e-6, 100.0, -0.0, 333333333.33333329]) == (
        b"[1e+21,1e-7,0.000001,100,0,333333333.3333333]"
    )


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, "\ud800", {1: "key"}, {"\udfff": 1}, object(), b"bytes"]
)
def test_what_json_cannot_say_is_malformed(value: object) -> None:
    with pytest.raises(Malformed, match="not-canonical"):
        canonicalize({"value": value})


def test_endless_nesting_is_malformed() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(Malformed):
        canonicalize({"value": nested})


@given(st.binary(max_size=600))
def test_base58_round_trips(data: bytes) -> None:
    if data:
        assert decode(encode_base58btc(data)) == data


@pytest.mark.parametrize(
    "text", ["", "z", "Z6Mk", "f00", "z0OIl", "z6Mk ", "z6Mk\n", " z6Mk", "zä", "z" * (MAX_CHARACTERS + 1)]
)
def test_other_spellings_and_bases_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text)


@given(st.text())
def test_any_text_decodes_or_is_malformed(text: str) -> None:
    for spelling in (text, "z" + text):
        try:
            data = decode(spelling)
        except Malformed:
            continue
        assert encode_base58btc(data) == spelling
