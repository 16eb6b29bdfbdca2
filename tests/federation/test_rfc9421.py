"""What counts of requests signed after RFC 9421, and what never verifies; what is refused unread has its own file."""

import base64
import string
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import NotAuthentic
from federation.http_signatures import rfc9421
from federation.http_signatures.digests import check_content_digest
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.keys import generate_ed25519, generate_rsa
from tests.federation.hand_signed import (
    BODY,
    COVERED,
    ED25519_KEY,
    HOST_AND_TYPE,
    KEY_ID,
    NOW,
    ORIGIN,
    PARAMETERS,
    RSA_KEY,
    SECONDS,
    Headers,
    appended,
    at,
    check,
    content_digest,
    edited,
    replaced,
    signed,
)

TWO_DIGESTS = f"{content_digest(BODY, 'sha-512')}, {content_digest(BODY)}"


def get(target: str = "/actor", **options: object) -> RawRequest:
    chosen: dict[str, object] = {"method": "GET", "body": b"", "covered": COVERED[:2], "target": target}
    return signed(**(chosen | options))  # type: ignore[arg-type]  # the options of `signed`


TAKEN = {
    "as Mastodon 4.7 sends it": signed(),
    "alg says the key's type": signed(parameters=at(0, ';alg="rsa-v1_5-sha256"')),
    "with nonce, tag and expires": signed(parameters=at(0, f';expires={SECONDS + 300};nonce="n";tag="t"')),
    "parameters in another order": signed(parameters=f'keyid="{KEY_ID}";created={SECONDS}'),
    "more headers covered": signed(covered=(*COVERED, "content-type", "host")),
    "another label": signed(label="proxy-2.b_*"),
    "path and authority": signed(covered=("@method", "@path", "@authority", "content-digest")),
    "path, authority and query": signed(
        target="/inbox?a=b", covered=("@method", "@path", "@authority", "@query", "content-digest")
    ),
    "request target and authority": signed(
        target="/inbox?a=b", covered=("@method", "@request-target", "@authority", "content-digest")
    ),
    "two kinds of digest": signed(headers=[*HOST_AND_TYPE, ("content-digest", TWO_DIGESTS)]),
    "an unknown kind of digest beside it": signed(
        headers=[*HOST_AND_TYPE, ("content-digest", f"md5=:YQ==:, {content_digest(BODY)}")]
    ),
    "a GET": get(),
    "a GET with a query": get("/outbox?page=2&a=%C3%A4"),
    "a POST of nothing": signed(body=b""),
    "65 minutes old": signed(parameters=at(-65 * 60)),
    "65 minutes ahead": signed(parameters=at(65 * 60)),
    "a life of a day, made now": signed(parameters=at(0, f";expires={SECONDS + 86_400}")),
    "a repeated header, joined": signed(
        covered=(*COVERED, "x-list"),
        headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-list", "a"), ("x-list", "b")],
    ),
    "spaces that the standard allows": signed(
        change=edited("signature-input", '("@method" "@target-uri"', '(  "@method"   "@target-uri"')
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_requests_as_peers_sign_them_are_taken(case: str) -> None:
    request = TAKEN[case]
    check(request)
    claim = inspect(request, origin=ORIGIN, now=NOW)
    assert (claim.key_id, claim.scheme) == (KEY_ID, "rfc9421")


def test_an_ed25519_key_signs_as_well() -> None:
    for parameters in (PARAMETERS, at(0, ';alg="ed25519"')):
        check(signed(key=ED25519_KEY, parameters=parameters), ED25519_KEY)


def test_what_is_covered_is_told_and_nothing_else() -> None:
    request = signed(covered=(*COVERED, "content-type"), change=appended("x-added", "by anybody"))
    check(request)
    assert inspect(request, origin=ORIGIN, now=NOW).covered == {*COVERED, "content-type"}


UNPROVEN = {
    "another method": (RawRequest("PUT", "/inbox", signed().headers, BODY), "signature-mismatch"),
    "a method in lower case": (RawRequest("post", "/inbox", signed().headers, BODY), "signature-mismatch"),
    "another path": (RawRequest("POST", "/users/b/inbox", signed().headers, BODY), "signature-mismatch"),
    "signed for another server": (signed(origin="https://c.example"), "signature-mismatch"),
    "signed for another port": (signed(origin="https://b.example:8443"), "signature-mismatch"),
    "a covered header changed": (
        signed(covered=(*COVERED, "content-type"), change=replaced("content-type", "text/html")),
        "signature-mismatch",
    ),
    "a covered header added to": (
        signed(
            covered=(*COVERED, "x-list"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-list", "a")],
            change=appended("x-list", "b"),
        ),
        "signature-mismatch",
    ),
    "another created": (
        signed(change=edited("signature-input", str(SECONDS), str(SECONDS + 1))),
        "signature-mismatch",
    ),
    "another key id": (
        signed(change=edited("signature-input", "a.example", "evil.example")),
        "signature-mismatch",
    ),
    "one component fewer": (
        signed(covered=(*COVERED, "host"), change=edited("signature-input", ' "host"', "")),
        "signature-mismatch",
    ),
    "components in another order": (
        signed(change=edited("signature-input", '"@method" "@target-uri"', '"@target-uri" "@method"')),
        "signature-mismatch",
    ),
    "a covered header that is not there": (signed(covered=(*COVERED, "x-none")), "covered-header-missing"),
    "a folded header": (
        signed(
            covered=(*COVERED, "x-list"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-list", "a b")],
            change=replaced("x-list", "a\r\n b"),
        ),
        "bad-header",
    ),
    "a header that forges a line": (
        signed(
            covered=(*COVERED, "x-list"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-list", 'a\n"x-more": b')],
        ),
        "bad-header",
    ),
    "a covered header of a megabyte": (
        signed(
            covered=(*COVERED, "x-long"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-long", "a" * 2**20)],
        ),
        "bad-header",
    ),
    "a covered header that is not ASCII": (
        signed(
            covered=(*COVERED, "x-list"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("x-list", "ä")],
        ),
        "signature-mismatch",
    ),
    "a target that is no URL": (signed(target="/in box<>%zz"), "signature-mismatch"),
    "no signature at all": (signed(change=replaced("signature", "sig1=:AA==:")), "signature-mismatch"),
    "Ed25519 said, RSA key": (signed(parameters=at(0, ';alg="ed25519"')), "algorithm-mismatch"),
}


@pytest.mark.parametrize("case", UNPROVEN)
def test_what_was_not_signed_so_is_not_proven(case: str) -> None:
    request, reason = UNPROVEN[case]
    claim = inspect(request, origin=ORIGIN, now=NOW)
    with pytest.raises(NotAuthentic) as caught:
        prove(claim, request, RSA_KEY.public)
    assert caught.value.reason == reason


def test_another_key_proves_nothing_whatever_its_kind() -> None:
    for key in (generate_rsa(), generate_ed25519()):
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            check(signed(), key)
    with pytest.raises(NotAuthentic, match="algorithm-mismatch"):
        check(signed(parameters=at(0, ';alg="rsa-v1_5-sha256"')), ED25519_KEY)


def test_ac_1_3_only_the_exact_uri_verifies() -> None:
    check(get("/outbox?page=2"))
    for target, signed_target in (
        ("/outbox?page=2", "/outbox"),
        ("/outbox", "/outbox?page=2"),
        ("/outbox?page=2", "/outbox?page=3"),
        ("/outbox?", "/outbox"),
        ("/outbox/", "/outbox"),
        ("/%6futbox", "/outbox"),
    ):
        for covered in (COVERED[:2], ("@method", "@authority", "@path", "@query")):
            if "@query" in covered and target.rstrip("?") == signed_target.rstrip("?"):
                continue  # `@query` is "?" for an empty query and for none (section 2.2.7)
            with pytest.raises(NotAuthentic, match="signature-mismatch"):
                check(get(target, signed_target=signed_target, covered=covered))


@pytest.mark.parametrize("year", [2001, 2200])
def test_our_clock_counts_and_not_the_machine_s(year: int) -> None:
    """By itself the library asks the machine's clock, and allows it five seconds."""
    made = NOW.replace(year=year)
    seconds = int(made.timestamp())
    request = signed(parameters=f'created={seconds};expires={seconds + 7200};keyid="{KEY_ID}"')
    for away in (timedelta(0), timedelta(hours=1, minutes=5), -timedelta(hours=1, minutes=5)):
        check(request, now=made + away)
    for away in (timedelta(hours=1, minutes=6), -timedelta(hours=1, minutes=6)):
        with pytest.raises(NotAuthentic, match="date-skew"):
            check(request, now=made + away)


def test_hostile_headers_are_cheap() -> None:
    hostile = [
        "sig1=" + "(" * 8000,
        "sig1=(" + '"a" ' * 2000 + ")",
        "sig1=(" + " ".join(f'"{a}{b}{c}"' for a in "abcdefghij" for b in "abcdefghij" for c in "abcd") + ")",
        "sig1=(" + '"a"' + ";b" * 4000 + ")",
        "a," * 4000,
        " " * 8190,
        "sig1=" + "\\" * 8000,
        "x" * 2**20,
    ]
    begun = time.process_time()
    for value in hostile:
        for header in ("signature-input", "signature"):
            with pytest.raises(NotAuthentic):
                check(signed(change=replaced(header, value)))
    assert time.process_time() - begun < 1.0  # sixteen RSA signatures of the test itself included


structured = st.text(
    alphabet=string.ascii_lowercase + string.digits + "\"'();:=,?@%*-_. \\\t/+", max_size=200
)
values = structured | st.text(max_size=100) | st.just(dict(signed().headers)["signature-input"])
names = st.sampled_from(["signature-input", "signature", "content-digest", "content-type", "host", "x"])


@given(values, values)
def test_any_two_headers_are_read_or_refused_and_nothing_else(signature_input: str, signature: str) -> None:
    try:
        rfc9421.parse(signature_input, signature)
    except NotAuthentic:
        return


@given(st.lists(st.tuples(names, values)), st.text(), st.binary(max_size=50))
def test_any_request_is_refused_with_401_and_nothing_else(headers: Headers, target: str, body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        check(RawRequest("POST", target, [*headers, ("signature-input", "sig1=()")], body))


@given(structured | st.text(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_any_covered_text_is_refused_or_proven_and_nothing_else(value: str, target: str, method: str) -> None:
    """Past `inspect` too: header text, target and method are the sender's as well."""
    good = signed(covered=(*COVERED, "x-any"), change=appended("x-any", value))
    for request in (
        good,
        RawRequest("POST", f"/{target}", good.headers, BODY),
        RawRequest(method, "/inbox", good.headers, BODY),
    ):
        try:
            prove(inspect(request, origin=ORIGIN, now=NOW), request, RSA_KEY.public)
        except NotAuthentic:
            continue
        assert value.strip(" \t") == ""


@given(values | structured.map(lambda text: f"sha-256=:{text}:"), st.binary(max_size=50))
def test_any_content_digest_is_the_body_s_or_refused(value: str, body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        check_content_digest([("content-digest", value)], body)


COVERS_ALL = signed(covered=(*COVERED, "content-type", "host"))
PARTS = ["method", "target", "body", "content-digest", "content-type", "host", "signature-input"]


@given(st.sampled_from(PARTS), st.integers(min_value=0))
def test_one_flipped_bit_in_any_covered_part_always_fails(part: str, position: int) -> None:
    def flip(data: bytes) -> bytes:
        bit = position % (len(data) * 8)
        return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]

    method, target, body = COVERS_ALL.method, COVERS_ALL.target, COVERS_ALL.body
    headers = dict(COVERS_ALL.headers)
    if part == "method":
        method = flip(method.encode()).decode("latin-1")
    elif part == "target":
        target = flip(target.encode()).decode("latin-1")
    elif part == "body":
        body = flip(body)
    elif part == "signature-input":
        # The label before it is under no signature.
        headers[part] = "sig1=" + flip(headers[part].removeprefix("sig1=").encode()).decode("latin-1")
    else:
        headers[part] = flip(headers[part].encode()).decode("latin-1")
    with pytest.raises(NotAuthentic):
        check(RawRequest(method, target, list(headers.items()), body))


@given(st.integers(min_value=0), st.sampled_from([RSA_KEY, ED25519_KEY]))
def test_one_flipped_bit_of_the_signature_always_fails(position: int, key: object) -> None:
    chosen = RSA_KEY if key is RSA_KEY else ED25519_KEY
    request = signed(key=chosen)
    headers = dict(request.headers)
    signature = bytearray(base64.b64decode(headers["signature"].removeprefix("sig1=:").removesuffix(":")))
    bit = position % (len(signature) * 8)
    signature[bit // 8] ^= 1 << bit % 8
    headers["signature"] = f"sig1=:{base64.b64encode(bytes(signature)).decode()}:"
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        check(RawRequest("POST", "/inbox", list(headers.items()), BODY), chosen)
