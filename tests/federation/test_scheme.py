"""Our policy for signed requests: what counts, and the reason word of what does not."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from federation.errors import NotAuthentic
from federation.http_signatures import cavage
from federation.http_signatures.dates import http_date, parse_http_date
from federation.http_signatures.digests import sha256_digest
from federation.http_signatures.scheme import RawRequest, inspect, prove, sign_request
from federation.keys import SigningKey, generate_ed25519, generate_rsa

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
KEY = SigningKey("https://a.example/actor#main-key", generate_rsa())
BODY = b'{"type":"Follow"}'
Headers = list[tuple[str, str]]


def post(
    *,
    covered: tuple[str, ...] = cavage.POST_COVERS,
    change: Callable[[Headers], Headers] = lambda headers: headers,
    parameters: str = 'algorithm="rsa-sha256",',
    created: datetime | None = None,
    date: datetime = NOW,
    method: str = "POST",
    body: bytes = BODY,
    key: SigningKey = KEY,
) -> RawRequest:
    """A request whose signature is right for its headers, whatever they are."""
    headers: Headers = [
        ("host", "b.example"),
        ("date", http_date(date)),
        ("digest", sha256_digest(body)),
        ("content-type", "application/activity+json"),
    ]
    headers = change(headers)
    seconds = None if created is None else int(created.timestamp())
    text = cavage.signing_string(method, "/inbox", headers, covered, created=seconds)
    signature = base64.b64encode(key.private.sign(text)).decode()
    if seconds is not None:
        parameters += f"created={seconds},"
    value = f'keyId="{key.key_id}",{parameters}headers="{" ".join(covered)}",signature="{signature}"'
    return RawRequest(method, "/inbox", [*headers, ("signature", value)], body)


SIGNED = post()
SIGNED_GET = post(method="GET", body=b"", covered=cavage.GET_COVERS)


def without(name: str) -> Callable[[Headers], Headers]:
    return lambda headers: [header for header in headers if header[0] != name]


def replaced(name: str, value: str) -> Callable[[Headers], Headers]:
    return lambda headers: [(n, value if n == name else v) for n, v in headers]


def check(request: RawRequest, now: datetime = NOW) -> None:
    prove(inspect(request, origin="https://b.example", now=now), request, KEY.private.public)


def less(*names: str) -> tuple[str, ...]:
    return tuple(name for name in cavage.POST_COVERS if name not in names)


@pytest.mark.parametrize(
    "request_",
    [
        post(),
        post(covered=less("content-type")),
        post(covered=("digest", "date", "host", "(request-target)")),
        post(parameters=""),
        post(parameters='algorithm="hs2019",'),
        post(parameters="", created=NOW, covered=("(request-target)", "(created)", "host", "digest")),
        post(parameters='algorithm="hs2019",', created=NOW, covered=(*cavage.POST_COVERS, "(created)")),
        post(change=replaced("host", "B.example")),
        post(change=replaced("host", "b.example:443")),
        post(date=NOW - timedelta(hours=1, minutes=5)),
        post(date=NOW + timedelta(hours=1, minutes=5)),
        post(method="GET", body=b"", covered=cavage.GET_COVERS),
    ],
    ids=range(12),
)
def test_requests_as_peers_sign_them_are_taken(request_: RawRequest) -> None:
    check(request_)


CREATED = ("(request-target)", "(created)", "host", "digest")

REFUSED = {
    "no signature": (RawRequest("POST", "/inbox", [("host", "b.example")], BODY), "signature-missing"),
    "missing digest": (post(covered=less("digest"), change=without("digest")), "digest-missing"),
    "digest right but unsigned": (post(covered=less("digest")), "digest-unsigned"),
    "wrong digest": (post(change=replaced("digest", sha256_digest(b"{}"))), "digest-mismatch"),
    "SHA-512 digest only": (post(change=replaced("digest", "SHA-512=YQ==")), "digest-algorithm"),
    "no date": (post(covered=less("date"), change=without("date")), "date-missing"),
    "date unsigned": (post(covered=less("date")), "date-missing"),
    "date unreadable": (post(change=replaced("date", "2026-11-23T08:30:00Z")), "date-malformed"),
    "date in month 13": (post(change=replaced("date", "Mon, 23 Xyz 2026 08:30:00 GMT")), "date-malformed"),
    "date 2 h ago": (post(date=NOW - timedelta(hours=2)), "date-skew"),
    "date in 2 h": (post(date=NOW + timedelta(hours=2)), "date-skew"),
    "date 12 h ago": (post(date=NOW - timedelta(hours=12)), "date-skew"),
    "created 2 h ago": (post(parameters="", covered=CREATED, created=NOW - timedelta(hours=2)), "date-skew"),
    "old created, fresh date": (
        post(parameters="", covered=(*CREATED, "date"), created=NOW - timedelta(hours=2)),
        "date-skew",
    ),
    "duplicate parameter": (post(parameters='keyId="x",'), "signature-malformed"),
    "unknown algorithm": (post(parameters='algorithm="rsa-sha512",'), "algorithm-unknown"),
    "hmac keyed with the public key": (post(parameters='algorithm="hmac-sha256",'), "algorithm-unknown"),
    "algorithm none": (post(parameters='algorithm="none",'), "algorithm-unknown"),
    "ed25519 said, RSA key": (post(parameters='algorithm="ed25519",'), "algorithm-unknown"),
    "host unsigned on POST": (post(covered=less("host")), "uncovered"),
    "host unsigned on GET": (post(method="GET", body=b"", covered=("(request-target)", "date")), "uncovered"),
    "no host on GET": (
        post(method="GET", body=b"", covered=("(request-target)", "date"), change=without("host")),
        "uncovered",
    ),
    "host signed on GET and not there": (
        RawRequest("GET", "/inbox", without("host")(list(SIGNED_GET.headers)), b""),
        "host-mismatch",
    ),
    "(request-target) unsigned": (post(covered=less("(request-target)")), "uncovered"),
    "(created) with rsa-sha256": (
        post(created=NOW, covered=(*cavage.POST_COVERS, "(created)")),
        "created-with-rsa",
    ),
    "GET with a body, no digest": (post(method="GET", covered=cavage.GET_COVERS), "digest-unsigned"),
    "DELETE without digest": (post(method="DELETE", body=b"", covered=cavage.GET_COVERS), "digest-unsigned"),
    "signed for another server": (post(change=replaced("host", "c.example")), "host-mismatch"),
    "signed for another port": (post(change=replaced("host", "b.example:8443")), "host-mismatch"),
    "no list of headers": (post(covered=("date",)), "uncovered"),
    "expired": (post(parameters=f'expires={int(NOW.timestamp())},algorithm="hs2019",'), "signature-expired"),
    "expires before it was created": (
        post(
            parameters=f'expires={int(NOW.timestamp()) + 10},algorithm="hs2019",',
            covered=CREATED,
            created=NOW + timedelta(minutes=1),
        ),
        "expires-before-created",
    ),
    "alive for 13 h by its own word, 2 h old": (
        post(
            parameters=f'expires={int(NOW.timestamp()) + 11 * 3600},algorithm="hs2019",',
            covered=CREATED,
            created=NOW - timedelta(hours=2),
        ),
        "date-skew",
    ),
    "host without the port of our origin's scheme": (
        post(change=replaced("host", "b.example:80")),
        "host-mismatch",
    ),
    "key id is no URL": (post(key=SigningKey("main-key", KEY.private)), "bad-key-id"),
    "key id with userinfo": (post(key=SigningKey("https://a@b.example/", KEY.private)), "bad-key-id"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_ac_1_2_a_request_that_lacks_something_gets_401_with_a_reason(case: str) -> None:
    request, reason = REFUSED[case]
    with pytest.raises(NotAuthentic) as caught:
        inspect(request, origin="https://b.example", now=NOW)
    assert caught.value.reason == reason
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "name",
    [
        "digest",
        "signature",
        "host",
        "date",
        "content-type",
        "content-length",
        "content-digest",
        "signature-input",
    ],
)
def test_a_repeated_security_header_is_refused_even_with_one_value(name: str) -> None:
    signed = post()
    value = dict(signed.headers).get(name, "1")
    missing = 2 if name not in dict(signed.headers) else 1
    request = RawRequest("POST", "/inbox", [*signed.headers, *[(name.title(), value)] * missing], BODY)
    with pytest.raises(NotAuthentic, match="duplicate-header"):
        inspect(request, origin="https://b.example", now=NOW)


@pytest.mark.parametrize("value", ['sig1=("@method")', "", "nonsense"])
def test_a_request_that_says_it_follows_rfc_9421_is_never_read_the_older_way(value: str) -> None:
    signed = post()
    check(signed)
    request = RawRequest("POST", "/inbox", [*signed.headers, ("signature-input", value)], BODY)
    with pytest.raises(NotAuthentic, match="signature-malformed"):
        inspect(request, origin="https://b.example", now=NOW)


def test_a_signature_by_another_key_is_a_mismatch() -> None:
    request = post()
    claim = inspect(request, origin="https://b.example", now=NOW)
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        prove(claim, request, generate_rsa().public)
    with pytest.raises(NotAuthentic, match="algorithm-mismatch"):
        prove(claim, request, generate_ed25519().public)


@given(st.sampled_from(["method", "target", "body", *cavage.POST_COVERS[1:]]), st.integers(min_value=0))
def test_one_flipped_bit_in_any_covered_part_always_fails(part: str, position: int) -> None:
    def flip(data: bytes) -> bytes:
        bit = position % (len(data) * 8)
        return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]

    method, target, body, headers = "POST", "/inbox", BODY, dict(SIGNED.headers)
    if part == "method":
        method = flip(method.encode()).decode("latin-1")
        # The scheme signs the method in lower case, so a letter's case is the one thing it does not cover.
        assume(method.upper() != "POST")
    elif part == "target":
        target = flip(target.encode()).decode("latin-1")
    elif part == "body":
        body = flip(body)
    else:
        headers[part] = flip(headers[part].encode()).decode("latin-1")
    with pytest.raises(NotAuthentic):
        check(RawRequest(method, target, list(headers.items()), body))


@given(st.integers(min_value=0))
def test_one_flipped_bit_of_the_signature_always_fails(position: int) -> None:
    request = post()
    header = cavage.parse(dict(request.headers)["signature"])
    signature = bytearray(header.signature)
    bit = position % (len(signature) * 8)
    signature[bit // 8] ^= 1 << bit % 8
    before, after = (base64.b64encode(bytes(value)).decode() for value in (header.signature, signature))
    headers = [(name, value.replace(before, after)) for name, value in request.headers]
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        check(RawRequest("POST", "/inbox", headers, BODY))


names = st.sampled_from(["signature", "digest", "date", "host", "content-type", "x"])


@given(
    st.lists(st.tuples(names, st.text() | st.just(dict(post().headers)["signature"]))), st.text(), st.binary()
)
def test_any_request_is_refused_with_401_and_nothing_else(headers: Headers, target: str, body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        check(RawRequest("POST", target, headers, body))


def test_ac_1_3_a_query_may_be_left_out_of_the_signing_string_but_not_be_another() -> None:
    headers: Headers = [("host", "b.example"), ("date", http_date(NOW))]
    for signed_target in ("/outbox?page=2", "/outbox"):
        value = cavage.sign("GET", signed_target, headers, KEY)
        check(RawRequest("GET", "/outbox?page=2", [*headers, ("signature", value)], b""))
    value = cavage.sign("GET", "/outbox?page=2", headers, KEY)
    for target in ("/outbox?page=3", "/outbox", "/outbox?page=2&", "/inbox?page=2"):
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            check(RawRequest("GET", target, [*headers, ("signature", value)], b""))


def test_ac_1_3_we_sign_the_query_unless_told_otherwise() -> None:
    url = "https://b.example/outbox?page=2"
    for with_query, target in ((True, "/outbox?page=2"), (False, "/outbox")):
        headers = sign_request(method="GET", url=url, body=None, key=KEY, now=NOW, with_query=with_query)
        header = cavage.parse(dict(headers)["signature"])
        text = cavage.signing_string("GET", target, headers, header.covered)
        assert KEY.private.public.verify(header.signature, text)


def test_ac_1_5_a_retry_an_hour_later_bears_a_new_date() -> None:
    first, later = (
        dict(sign_request(method="POST", url="https://b.example/inbox", body=BODY, key=KEY, now=now))
        for now in (NOW, NOW + timedelta(hours=1))
    )
    assert first["date"] == "Mon, 23 Nov 2026 08:30:00 GMT"
    assert later["date"] == "Mon, 23 Nov 2026 09:30:00 GMT"
    assert first["signature"] != later["signature"]
    assert first["digest"] == later["digest"]
    later_request = RawRequest("POST", "/inbox", list(later.items()), BODY)
    check(later_request, NOW + timedelta(hours=2))


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://b.example/inbox", "b.example", "/inbox"),
        ("https://b.example", "b.example", "/"),
        ("https://b.example:443/a/../b%20c?x=1&y=%2F#fragment", "b.example", "/a/../b%20c?x=1&y=%2F"),
        ("https://b.example:8443/?", "b.example:8443", "/?"),
        ("https://b.example?x=/y", "b.example", "/?x=/y"),
        ("http://127.0.0.2:8001/inbox", "127.0.0.2:8001", "/inbox"),
        ("http://127.0.0.2:80/inbox", "127.0.0.2", "/inbox"),
        ("http://127.0.0.2:443/inbox", "127.0.0.2:443", "/inbox"),
        ("https://[2001:db8::1]:8001/i", "[2001:db8::1]:8001", "/i"),
    ],
)
def test_host_and_target_are_signed_as_they_are_sent(url: str, host: str, target: str) -> None:
    for method, body in (("GET", None), ("POST", BODY)):
        headers = sign_request(method=method, url=url, body=body, key=KEY, now=NOW)
        assert dict(headers)["host"] == host
        request = RawRequest(method, target, headers, body or b"")
        origin = f"{url.partition(':')[0]}://{host}"
        prove(inspect(request, origin=origin, now=NOW), request, KEY.private.public)


def test_a_get_signs_target_host_and_date_and_sends_nothing_else() -> None:
    headers = sign_request(method="GET", url="https://b.example/actor", body=None, key=KEY, now=NOW)
    assert [name for name, _ in headers] == ["host", "date", "signature"]
    assert cavage.parse(dict(headers)["signature"]).covered == ("(request-target)", "host", "date")


def test_dates_are_written_in_english_and_utc() -> None:
    east = datetime(2026, 3, 1, 1, 5, 9, tzinfo=UTC).astimezone()
    assert http_date(east) == "Sun, 01 Mar 2026 01:05:09 GMT"
    assert parse_http_date("Sun, 1 Mar 2026 01:05:09 GMT") == east


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2400, 1, 1), timezones=st.just(UTC)))
def test_dates_round_trip(time: datetime) -> None:
    assert parse_http_date(http_date(time)) == time.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "Mon, 31 Feb 2026 00:00:00 GMT",
        "Mon, 23 Nov 2026 24:00:00 GMT",
        "Mon, 23 Nov 2026 08:30:00 +0100",
    ],
)
def test_other_dates_are_malformed(text: str) -> None:
    with pytest.raises(NotAuthentic, match="date-malformed"):
        parse_http_date(text)
