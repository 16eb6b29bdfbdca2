"""draft-cavage-http-signatures-12, the bare mechanism."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import NotAuthentic
from federation.http_signatures import cavage
from federation.http_signatures.digests import check_digest, sha256_digest
from federation.keys import SigningKey, generate_rsa

KEY = SigningKey("https://a.example/actor#main-key", generate_rsa())
OTHER = generate_rsa()
HEADERS = [
    ("host", "b.example"),
    ("date", "Mon, 23 Nov 2026 00:00:00 GMT"),
    ("digest", "SHA-256=x"),
    ("content-type", "y"),
]
SIGNED = cavage.parse(cavage.sign("POST", "/inbox", HEADERS, KEY))


def test_what_is_signed_is_read_back() -> None:
    assert SIGNED.key_id == KEY.key_id
    assert SIGNED.algorithm == "rsa-sha256"
    assert SIGNED.covered == cavage.POST_COVERS
    assert cavage.verify(SIGNED, "POST", "/inbox", HEADERS, KEY.private.public)
    assert not cavage.verify(SIGNED, "POST", "/inbox", HEADERS, OTHER.public)
    assert cavage.parse(cavage.sign("get", "/", HEADERS, KEY)).covered == cavage.GET_COVERS


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("PUT", "/inbox", HEADERS),
        ("POST", "/inbox2", HEADERS),
        ("POST", "/inbox?a", [("host", "c.example"), *HEADERS[1:]]),
        ("POST", "/inbox", [("host", "b.example "), ("host", "b.example"), *HEADERS[1:]]),
    ],
)
def test_a_changed_request_does_not_verify(method: str, target: str, headers: list[tuple[str, str]]) -> None:
    assert not cavage.verify(SIGNED, method, target, headers, KEY.private.public)


def test_a_request_without_a_covered_header_is_refused() -> None:
    with pytest.raises(NotAuthentic, match="covered-header-missing"):
        cavage.verify(SIGNED, "POST", "/inbox", HEADERS[1:], KEY.private.public)


def test_ac_1_3_a_query_may_be_signed_or_left_out_but_not_changed() -> None:
    for signed_target in ("/outbox?page=2", "/outbox"):
        header = cavage.parse(cavage.sign("GET", signed_target, HEADERS, KEY))
        assert cavage.verify(header, "GET", "/outbox?page=2", HEADERS, KEY.private.public)
        assert not cavage.verify(header, "GET", "/inbox?page=2", HEADERS, KEY.private.public)
    with_query = cavage.parse(cavage.sign("GET", "/outbox?page=2", HEADERS, KEY))
    assert not cavage.verify(with_query, "GET", "/outbox?page=3", HEADERS, KEY.private.public)
    assert not cavage.verify(with_query, "GET", "/outbox", HEADERS, KEY.private.public)


def test_hs2019_with_created_and_expires_covers_them() -> None:
    covered = ("(request-target)", "(created)", "(expires)", "host")
    text = cavage.signing_string("GET", "/a", HEADERS, covered, created=1402170695, expires=1402170699)
    assert text == b"(request-target): get /a\n(created): 1402170695\n(expires): 1402170699\nhost: b.example"
    signature = base64.b64encode(KEY.private.sign(text)).decode()
    value = (
        f'keyId="k",algorithm="hs2019",created=1402170695,expires=%d,'
        f'headers="{" ".join(covered)}",signature="{signature}"'
    )
    assert cavage.verify(cavage.parse(value % 1402170699), "GET", "/a", HEADERS, KEY.private.public)
    assert not cavage.verify(cavage.parse(value % 1402170700), "GET", "/a", HEADERS, KEY.private.public)
    with pytest.raises(NotAuthentic, match="covered-header-missing"):
        cavage.signing_string("GET", "/a", HEADERS, covered)


def test_the_signing_string_joins_repeated_headers_and_trims_values() -> None:
    headers = [("X-A", " 1\t"), ("x-b", ""), ("x-a", "2, 3")]
    assert cavage.signing_string("GET", "/", headers, ("x-a", "x-b")) == b"x-a: 1, 2, 3\nx-b: "


@pytest.mark.parametrize("value", ["b.example\ndate: x", "b.example\r", "b.exämple\u0142"])
def test_a_header_value_cannot_forge_a_line(value: str) -> None:
    with pytest.raises(NotAuthentic, match="bad-header"):
        cavage.signing_string("GET", "/", [("host", value)], ("host",))


@pytest.mark.parametrize(
    "value",
    [
        'keyId="k",signature="YQ=="',
        'keyId = "k" , signature="YQ=="',
        'signature="YQ==",KEYID="k"',
        'keyId="k",algorithm=hs2019,signature="YQ=="',
        'keyId="k",x="a,b\\"c,signature=",signature="YQ=="',
    ],
)
def test_quoting_spacing_order_and_case_of_parameters_are_free(value: str) -> None:
    header = cavage.parse(value)
    assert (header.key_id, header.signature) == ("k", b"a")
    assert header.covered == ("(created)",)


def test_without_a_list_of_headers_the_date_is_meant_where_the_algorithm_is_named() -> None:
    assert cavage.parse('keyId="k",algorithm="rsa-sha256",signature="YQ=="').covered == ("date",)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Signature",
        'signature="YQ=="',
        'keyId="k"',
        'keyId="",signature="YQ=="',
        'keyId="k",signature=""',
        'keyId="k",signature="YQ="',
        'keyId="k",signature="Y!Q=="',
        'keyId="k",signature="YQ==",',
        ',keyId="k",signature="YQ=="',
        'keyId="k" signature="YQ=="',
        'keyId="k,signature="YQ=="',
        'keyId="k",signature="YQ=="x',
        'keyId="k",signature="YQ==',
        'keyId="k",keyId="l",signature="YQ=="',
        'keyId="k",keyid="l",signature="YQ=="',
        'keyId="k",signature="YQ==",signature="Yg=="',
        'keyId="k",headers="",signature="YQ=="',
        'keyId="k",headers="date  host",signature="YQ=="',
        'keyId="k",headers="date Date",signature="YQ=="',
        'keyId="k",created=1.5,signature="YQ=="',
        'keyId="k",created=-1,signature="YQ=="',
        'keyId="k",created=٣,signature="YQ=="',
        'keyId="k",expires=9999999999999,signature="YQ=="',
        'keyId="' + "k" * 8192 + '",signature="YQ=="',
        'keyId="k",signature="YQ==",headers="' + " ".join(f"x{number}" for number in range(65)) + '"',
    ],
)
def test_a_malformed_signature_header_is_refused(value: str) -> None:
    with pytest.raises(NotAuthentic, match="signature-malformed"):
        cavage.parse(value)


@given(st.text() | st.text(alphabet='keyId=",\\ signature algorithmheaders(created)123'))
def test_any_header_value_parses_or_is_refused(value: str) -> None:
    for candidate in (value, f'keyId="k",signature="YQ==",{value}', f'keyId="{value}",signature="YQ=="'):
        try:
            header = cavage.parse(candidate)
        except NotAuthentic:
            continue
        assert header.signature
        assert header.covered


@given(st.integers(min_value=0))
def test_one_flipped_bit_of_a_signature_always_fails(position: int) -> None:
    signature = bytearray(SIGNED.signature)
    bit = position % (len(signature) * 8)
    signature[bit // 8] ^= 1 << bit % 8
    flipped = cavage.SignatureHeader(SIGNED.key_id, SIGNED.algorithm, SIGNED.covered, bytes(signature))
    assert not cavage.verify(flipped, "POST", "/inbox", HEADERS, KEY.private.public)


@given(st.binary(), st.integers(min_value=0))
def test_a_digest_is_of_exactly_these_bytes(body: bytes, position: int) -> None:
    headers = [("digest", sha256_digest(body))]
    check_digest(headers, body)
    with pytest.raises(NotAuthentic, match="digest-mismatch"):
        check_digest(headers, body + b"\0")
    if body:
        flipped = bytearray(body)
        bit = position % (len(body) * 8)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NotAuthentic, match="digest-mismatch"):
            check_digest(headers, bytes(flipped))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "digest-missing"),
        ([sha256_digest(b"x"), sha256_digest(b"x")], "duplicate-header"),
        ([sha256_digest(b"x") + "," + sha256_digest(b"x")], "digest-malformed"),
        (["SHA-256=!"], "digest-malformed"),
        (["SHA-256=\u00e4"], "digest-malformed"),
        (["SHA-256=" + base64.b64encode(b"short").decode()], "digest-mismatch"),
        (["SHA-512=" + base64.b64encode(bytes(64)).decode()], "digest-algorithm"),
        ([""], "digest-algorithm"),
    ],
)
def test_another_digest_is_refused(values: list[str], reason: str) -> None:
    with pytest.raises(NotAuthentic, match=reason):
        check_digest([("digest", value) for value in values], b"x")


def test_a_sha256_digest_is_found_beside_others() -> None:
    check_digest([("Digest", "SHA-512=abc=, sha-256" + sha256_digest(b"x").removeprefix("SHA-256"))], b"x")
