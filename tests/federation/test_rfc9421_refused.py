"""Requests signed after RFC 9421 that are refused before any key is looked for: SIG-15, SIG-22, SIG-23 and kin."""

import pytest

from federation.errors import NotAuthentic
from federation.http_signatures.scheme import RawRequest, inspect
from tests.federation.hand_signed import (
    BODY,
    COVERED,
    HOST_AND_TYPE,
    KEY_ID,
    NOW,
    ORIGIN,
    PARAMETERS,
    SECONDS,
    appended,
    at,
    content_digest,
    edited,
    replaced,
    signed,
    without,
)


def listed(*names: str) -> str:
    return " ".join(names)


M, U, D = '"@method"', '"@target-uri"', '"content-digest"'

REFUSED = {
    # SIG-22: too little is covered.
    "only date": (signed(covered=("date",), headers=[*HOST_AND_TYPE, ("date", "x")]), "uncovered"),
    "nothing": (signed(covered=()), "uncovered"),
    "no method": (signed(covered=COVERED[1:]), "uncovered"),
    "no target": (signed(covered=("@method", "content-digest")), "uncovered"),
    "path without authority": (signed(covered=("@method", "@path", "content-digest")), "uncovered"),
    "authority without path": (signed(covered=("@method", "@authority", "content-digest")), "uncovered"),
    "request target without authority": (
        signed(covered=("@method", "@request-target", "content-digest")),
        "uncovered",
    ),
    "a query that is not covered": (
        signed(target="/inbox?a=b", covered=("@method", "@path", "@authority", "content-digest")),
        "uncovered",
    ),
    "an empty query that is not covered": (
        signed(target="/inbox?", covered=("@method", "@path", "@authority", "content-digest")),
        "uncovered",
    ),
    "digest there and not covered": (signed(covered=COVERED[:2]), "digest-unsigned"),
    "no digest": (signed(covered=COVERED[:2], headers=HOST_AND_TYPE), "digest-missing"),
    "digest covered and not there": (signed(headers=HOST_AND_TYPE), "digest-missing"),
    "a GET with a body": (signed(method="GET", covered=COVERED[:2]), "digest-unsigned"),
    "DELETE without a digest": (
        signed(method="DELETE", body=b"", covered=COVERED[:2], headers=HOST_AND_TYPE),
        "digest-missing",
    ),
    "the older Digest instead": (
        signed(covered=(*COVERED[:2], "digest"), headers=[*HOST_AND_TYPE, ("digest", "SHA-256=x")]),
        "digest-missing",
    ),
    # The digest itself.
    "digest of another body": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", content_digest(b"{}"))]),
        "digest-mismatch",
    ),
    "body swapped under the signature": (
        RawRequest("POST", "/inbox", signed().headers, b'{"type":"Delete"}'),
        "digest-mismatch",
    ),
    "SHA-512 only": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY, "sha-512"))]),
        "digest-algorithm",
    ),
    "digest twice in one header": (
        signed(
            headers=[*HOST_AND_TYPE, ("content-digest", f"{content_digest(b'')}, {content_digest(BODY)}")]
        ),
        "digest-malformed",
    ),
    "digest as a string": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", 'sha-256="YQ=="')]),
        "digest-malformed",
    ),
    "digest as a list": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", "sha-256=(:YQ==:)")]),
        "digest-malformed",
    ),
    "digest in the older form": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", "SHA-256=YQ==")]),
        "digest-malformed",
    ),
    "digest of a megabyte": (
        signed(headers=[*HOST_AND_TYPE, ("content-digest", f"sha-256=:{'A' * 2**20}:")]),
        "digest-malformed",
    ),
    # SIG-23: time.
    "created in 2 h": (signed(parameters=at(7200)), "date-skew"),
    "created 2 h ago": (signed(parameters=at(-7200)), "date-skew"),
    "created 12 h ago": (signed(parameters=at(-12 * 3600)), "date-skew"),
    "created 2 h ago, expires tomorrow": (
        signed(parameters=at(-7200, f";expires={SECONDS + 86_400}")),
        "date-skew",
    ),
    "expired": (signed(parameters=at(-300, f";expires={SECONDS}")), "signature-expired"),
    "expires before created": (
        signed(parameters=at(600, f";expires={SECONDS + 300}")),
        "expires-before-created",
    ),
    "created missing": (signed(parameters=f'keyid="{KEY_ID}"'), "created-missing"),
    "created missing, Date signed": (
        signed(
            parameters=f'keyid="{KEY_ID}"',
            covered=(*COVERED, "date"),
            headers=[*HOST_AND_TYPE, ("content-digest", content_digest(BODY)), ("date", "x")],
        ),
        "created-missing",
    ),
    "created before Christ": (
        signed(parameters=f'created=-999999999999999;keyid="{KEY_ID}"'),
        "date-malformed",
    ),
    "created in the year 31 million": (
        signed(parameters=f'created=999999999999999;keyid="{KEY_ID}"'),
        "date-malformed",
    ),
    "expires in the year 31 million": (
        signed(parameters=at(0, ";expires=999999999999999")),
        "date-malformed",
    ),
    "created as a string": (
        signed(parameters=f'created="{SECONDS}";keyid="{KEY_ID}"'),
        "signature-malformed",
    ),
    "created as a decimal": (
        signed(parameters=f'created={SECONDS}.0;keyid="{KEY_ID}"'),
        "signature-malformed",
    ),
    "created as a date": (signed(parameters=f'created=@{SECONDS};keyid="{KEY_ID}"'), "signature-malformed"),
    "created as a flag": (signed(parameters=f'created;keyid="{KEY_ID}"'), "signature-malformed"),
    "created of 16 digits": (
        signed(parameters=f'created={"9" * 16};keyid="{KEY_ID}"'),
        "signature-malformed",
    ),
    "expires as a flag": (signed(parameters=at(0, ";expires")), "signature-malformed"),
    # The other parameters.
    "keyid missing": (signed(parameters=f"created={SECONDS}"), "keyid-missing"),
    "keyid empty": (signed(parameters=f'created={SECONDS};keyid=""'), "keyid-missing"),
    "keyid as a token": (signed(parameters=f"created={SECONDS};keyid=main-key"), "signature-malformed"),
    "keyid as bytes": (signed(parameters=f"created={SECONDS};keyid=:YQ==:"), "signature-malformed"),
    "keyid no URL": (signed(parameters=f'created={SECONDS};keyid="main-key"'), "bad-key-id"),
    "keyid with userinfo": (
        signed(parameters=f'created={SECONDS};keyid="https://a@b.example/k"'),
        "bad-key-id",
    ),
    "keyid a file": (signed(parameters=f'created={SECONDS};keyid="file:///etc/passwd"'), "bad-key-id"),
    "no parameters": (signed(parameters=""), "created-missing"),
    "an unknown parameter": (signed(parameters=at(0, ";critical")), "parameter-unknown"),
    "created twice": (signed(parameters=at(-7200, f";created={SECONDS}")), "signature-malformed"),
    "keyid twice": (
        signed(parameters=at(0, ';keyid="https://evil.example/k"')),
        "signature-malformed",
    ),
    "nonce as a number": (signed(parameters=at(0, ";nonce=1")), "signature-malformed"),
    # SIG-15: the algorithm is the key's.
    "HMAC with the public key": (signed(parameters=at(0, ';alg="hmac-sha256"')), "algorithm-unknown"),
    "RSA-PSS": (signed(parameters=at(0, ';alg="rsa-pss-sha512"')), "algorithm-unknown"),
    "ECDSA": (signed(parameters=at(0, ';alg="ecdsa-p256-sha256"')), "algorithm-unknown"),
    "none": (signed(parameters=at(0, ';alg="none"')), "algorithm-unknown"),
    "the older name": (signed(parameters=at(0, ';alg="rsa-sha256"')), "algorithm-unknown"),
    "alg as a token": (signed(parameters=at(0, ";alg=ed25519")), "signature-malformed"),
    # Components that are two readings of one request.
    "of the request (req)": (signed(listed=listed(f"{M};req", U, D)), "component-parameter"),
    "wrapped (bs)": (signed(listed=listed(M, U, f"{D};bs")), "component-parameter"),
    "a member (key)": (signed(listed=listed(M, U, f'{D};key="sha-256"')), "component-parameter"),
    "a trailer (tr)": (signed(listed=listed(M, U, f"{D};tr")), "component-parameter"),
    "re-serialised (sf)": (signed(listed=listed(M, U, f"{D};sf")), "component-parameter"),
    "one query parameter": (
        signed(listed=listed(M, U, D, '"@query-param";name="a"')),
        "component-parameter",
    ),
    "query-param without a name": (signed(covered=(*COVERED, "@query-param")), "component-unknown"),
    "a status in a request": (signed(covered=(*COVERED, "@status")), "component-unknown"),
    "the parameters themselves": (signed(covered=(*COVERED, "@signature-params")), "component-unknown"),
    "an invention": (signed(covered=(*COVERED, "@everything")), "component-unknown"),
    "an uppercase component": (
        signed(covered=(*COVERED, "Host")),
        "component-unknown",
    ),
    "a component with a line break": (
        signed(change=edited("signature-input", D, '"content-digest\n"')),
        "signature-malformed",
    ),
    "a component with a colon": (signed(covered=(*COVERED, "host: x")), "component-unknown"),
    "a component twice": (signed(covered=("@method", *COVERED)), "signature-malformed"),
    "a component as a token": (signed(listed=listed(M, U, D, "host")), "signature-malformed"),
    "a component as a number": (signed(listed=listed(M, U, D, "1")), "signature-malformed"),
    "a list in the list": (signed(listed=listed(M, U, D, '("host")')), "signature-malformed"),
    "65 components": (
        signed(covered=(*COVERED, *(f"x-{n}" for n in range(62)))),
        "signature-malformed",
    ),
    # The two headers.
    "Signature missing": (signed(change=without("signature")), "signature-missing"),
    "Signature of the older kind": (
        signed(change=replaced("signature", 'keyId="x",signature="YQ=="')),
        "signature-malformed",
    ),
    "two labels": (
        signed(
            change=lambda headers: [
                (name, f"{value}, {value.replace('sig1', 'sig2')}" if name.startswith("signature") else value)
                for name, value in headers
            ]
        ),
        "several-signatures",
    ),
    "a label twice": (
        signed(
            change=lambda headers: [
                (name, f"{value}, {value}" if name.startswith("signature") else value)
                for name, value in headers
            ]
        ),
        "signature-malformed",
    ),
    "a label only in Signature-Input": (
        signed(change=edited("signature-input", "sig1=", 'sig0=("@method"), sig1=')),
        "several-signatures",
    ),
    "a label only in Signature": (
        signed(change=edited("signature", "sig1=", "sig0=:YQ==:, sig1=")),
        "several-signatures",
    ),
    "labels that differ": (signed(change=edited("signature", "sig1=", "sig2=")), "signature-malformed"),
    "the input no list": (signed(change=replaced("signature-input", "sig1=1")), "signature-malformed"),
    "the signature a string": (signed(change=replaced("signature", 'sig1="x"')), "signature-malformed"),
    "the signature empty": (signed(change=replaced("signature", "sig1=::")), "signature-malformed"),
    "the signature a flag": (signed(change=replaced("signature", "sig1")), "signature-malformed"),
    "the input empty": (signed(change=replaced("signature-input", "")), "several-signatures"),
    "both empty": (
        signed(change=lambda headers: [(n, "" if n.startswith("sig") else v) for n, v in headers]),
        "several-signatures",
    ),
    "not ASCII": (signed(change=edited("signature-input", "sig1", "sïg1")), "signature-malformed"),
    "not even a character": (
        signed(change=edited("signature-input", "sig1", "sig1\udcff")),
        "signature-malformed",
    ),
    "a megabyte of input": (
        signed(change=replaced("signature-input", "sig1=" + "(" * 2**20)),
        "signature-malformed",
    ),
    "a megabyte of signature": (
        signed(change=replaced("signature", f"sig1=:{'A' * 2**20}:")),
        "signature-malformed",
    ),
    "deep": (signed(change=replaced("signature-input", "sig1=" + "(" * 4000)), "signature-malformed"),
    "a date beyond the calendar": (
        signed(parameters=at(0, ";nonce=@999999999999999")),
        "signature-malformed",
    ),
    "Signature-Input twice": (
        signed(change=appended("Signature-Input", f'sig1=("@method");{PARAMETERS}')),
        "duplicate-header",
    ),
    "Signature twice": (signed(change=appended("signature", "sig1=:YQ==:")), "duplicate-header"),
    "Content-Digest twice": (
        signed(change=appended("content-digest", content_digest(BODY))),
        "duplicate-header",
    ),
    # The target: what follows our origin must not become another one.
    "a target that continues our host": (signed(target=".evil.example/inbox"), "bad-target"),
    "a target that makes us userinfo": (signed(target="@evil.example/inbox"), "bad-target"),
    "a whole URL as the target": (signed(target="https://evil.example/inbox"), "bad-target"),
    "an empty target": (signed(target=""), "bad-target"),
    "an asterisk": (signed(target="*", method="OPTIONS"), "bad-target"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_ac_1_2_a_request_that_lacks_something_gets_401_with_a_reason(case: str) -> None:
    request, reason = REFUSED[case]
    with pytest.raises(NotAuthentic) as caught:
        inspect(request, origin=ORIGIN, now=NOW)
    assert caught.value.reason == reason
    assert caught.value.status == 401
