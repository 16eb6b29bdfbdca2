"""DESIGN 4, row by row, over real sockets: what is refused leaves no row, and honest requests pass right afterwards."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.doors.conftest import Served
from tests.doors.stranger import ACTIVITY_JSON, COVERED, Account, Answer, Stranger, ask

LIMIT = 256 * 1024
Json = dict[str, Any]


@pytest.fixture(scope="module")
def mallory(stranger: Stranger) -> Account:
    return stranger.account("mallory")


@pytest.fixture(scope="module")
def eve(acquaintance: Stranger, served: Served) -> Account:
    """Follows the hub, so the hub knows her and her server."""
    eve = acquaintance.account("eve")
    assert eve.post(served.inbox, eve.activity("Follow", served.hub)).status == 202
    return eve


@contextmanager
def nothing_written(served: Served, honest: Account) -> Iterator[None]:
    before = served.rows()
    yield
    assert served.rows() == before
    assert honest.post(served.inbox, honest.activity("Like", served.hub)).status == 202


def test_what_is_sound_is_taken_once(served: Served, mallory: Account) -> None:
    like = mallory.activity("Like", served.hub)
    before = served.rows()["received_activities"]
    assert [mallory.post(served.inbox, like).status for _ in range(3)] == [202, 202, 202]
    assert served.rows()["received_activities"] == before + 1
    for kind in ("Frobnicate", "Announce", "Question", ["Like", "Thing"]):
        assert mallory.post(served.inbox, mallory.activity("", served.hub, type=kind)).status == 202
    for inbox in (
        f"{served.hub}/inbox",
        f"{served.origin}/actors/garden/inbox",
        f"{served.origin}/actor/inbox",
    ):
        assert mallory.post(inbox, mallory.activity("Like", served.hub)).status == 202


def test_the_same_id_with_another_body_is_refused(served: Served, mallory: Account, eve: Account) -> None:
    like = mallory.activity("Like", served.hub)
    assert mallory.post(served.inbox, like).status == 202
    with nothing_written(served, eve):
        answer = mallory.post(served.inbox, {**like, "object": f"{served.hub}/other"})
        assert (answer.status, answer.error) == (403, "id-reused")


UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "half of it": lambda body: body[:-9],
    "a list": lambda body: b"[" + body + b"]",
    "two documents": lambda body: body + body,
    "a hundred thousand levels": lambda body: body[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a name twice": lambda body: body[:-1] + b',"type":"Delete"}',
    "NaN": lambda body: body[:-1] + b',"x":NaN}',
    "an infinite number": lambda body: body[:-1] + b',"x":1e999}',
    "five thousand digits": lambda body: body[:-1] + b',"x":' + b"9" * 5000 + b"}",
    "no UTF-8": lambda body: body[:-1] + b',"x":"\xff"}',
    "half a character": lambda body: body[:-1] + b',"x":"\\ud800"}',
    "NUL": lambda body: body[:-1] + b',"x":"\\u0000"}',
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "no id": lambda body: _without(body, "id"),
    "no type": lambda body: _without(body, "type"),
    "no actor": lambda body: _without(body, "actor"),
    "an id that is no address": lambda body: _with(body, id="javascript:alert(1)"),
    "an id that is a number": lambda body: _with(body, id=7),
    "an endless id": lambda body: _with(body, id=json.loads(body)["id"] + "x" * 5000),
}


def _without(body: bytes, name: str) -> bytes:
    return json.dumps({key: value for key, value in json.loads(body).items() if key != name}).encode()


def _with(body: bytes, **members: Any) -> bytes:
    return json.dumps({**json.loads(body), **members}).encode()


@pytest.mark.parametrize("what", UNREADABLE)
def test_400_for_what_cannot_be_read(served: Served, mallory: Account, eve: Account, what: str) -> None:
    with nothing_written(served, eve):
        body = UNREADABLE[what](json.dumps(mallory.activity("Like", served.hub)).encode())
        assert mallory.post(served.inbox, body).status == 400


UNPROVED: dict[str, tuple[str, Json]] = {
    "a digest of other bytes": ("digest-mismatch", {"digest_of": b"other"}),
    "the digest left out of the signature": (
        "digest-unsigned",
        {"covered": tuple(name for name in COVERED if name != "digest")},
    ),
    "the host left out": ("uncovered", {"covered": tuple(name for name in COVERED if name != "host")}),
    "the target left out": ("uncovered", {"covered": COVERED[1:]}),
    "no date in it": ("date-missing", {"covered": tuple(name for name in COVERED if name != "date")}),
    "a date of yesterday": ("date-skew", {"age": timedelta(hours=13)}),
    "a date in two hours": ("date-skew", {"age": -timedelta(hours=2)}),
    "a key that nobody has": ("key-gone", {"key_id": "{stranger}/users/nobody#main-key"}),
    "a key on another server": ("signer-is-not-actor", {"key_id": "{acquaintance}/users/eve#main-key"}),
}


@pytest.mark.parametrize("what", UNPROVED)
def test_401_for_what_is_not_proved(
    served: Served, mallory: Account, eve: Account, acquaintance: Stranger, what: str
) -> None:
    reason, how = UNPROVED[what]
    if "key_id" in how:
        origins = {"stranger": mallory.stranger.origin, "acquaintance": acquaintance.origin}
        how = {"key_id": how["key_id"].format(**origins)}
    with nothing_written(served, eve):
        answer = mallory.post(served.inbox, mallory.activity("Like", served.hub), **how)
        assert (answer.status, answer.error) == (401, reason)


def test_401_for_a_signature_with_somebody_elses_key(served: Served, mallory: Account, eve: Account) -> None:
    with nothing_written(served, eve):
        for activity in (
            mallory.activity("Like", served.hub),
            mallory.activity("Like", served.hub, actor=eve.id),
        ):
            assert mallory.post(served.inbox, activity, key=eve.rsa).status == 401
    nowhere = "http://127.0.0.99:9/users/nobody"
    with nothing_written(served, eve):
        activity = mallory.activity("Like", served.hub, actor=nowhere, id=f"{nowhere}/1")
        answer = mallory.post(served.inbox, activity, key_id=f"{nowhere}#main-key")
        assert (answer.status, answer.error) == (401, "key-unreachable")


def _unsigned(_: dict[str, str]) -> dict[str, str]:
    return {"content-type": ACTIVITY_JSON}


def _newer_scheme_only(headers: dict[str, str]) -> dict[str, str]:
    covers = 'sig1=("@method" "@target-uri" "content-digest");created=1700000000;keyid="k"'
    return {**headers, "signature": "sig1=:AAAA:", "signature-input": covers}


UNSIGNED: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "nothing": _unsigned,
    "no digest": lambda headers: {name: text for name, text in headers.items() if name != "digest"},
    "RFC 9421 alone": _newer_scheme_only,
    "RFC 9421 beside it": lambda headers: {**_newer_scheme_only({}), **headers},
    "noise": lambda headers: {**headers, "signature": 'keyId="a",' * 300},
    "an HMAC": lambda headers: {
        **headers,
        "signature": headers["signature"].replace("rsa-sha256", "hmac-sha256"),
    },
    "a date that is none": lambda headers: {**headers, "date": "Mon, 99 Foo 2026 99:99:99 GMT"},
}


@pytest.mark.parametrize("what", UNSIGNED)
def test_401_for_headers_that_are_no_signature(
    served: Served, mallory: Account, eve: Account, what: str
) -> None:
    with nothing_written(served, eve):
        body = json.dumps(mallory.activity("Like", served.hub)).encode()
        answer = ask("POST", served.inbox, UNSIGNED[what](mallory.signed(served.inbox, body)), body)
        assert answer.status == 401


def test_403_for_what_is_another_persons(served: Served, mallory: Account, eve: Account) -> None:
    elsewhere = eve.stranger.origin
    note = {"id": f"{elsewhere}/notes/1", "type": "Note", "attributedTo": eve.id}
    follow = {"id": f"{elsewhere}/follows/1", "type": "Follow", "actor": eve.id, "object": served.hub}
    forgeries = [
        mallory.activity("Like", served.hub, id=f"{elsewhere}/likes/1"),
        mallory.activity("Delete", eve.id),
        mallory.activity("Update", note),
        mallory.activity("Create", {**note, "id": f"{mallory.stranger.origin}/notes/1"}),
        mallory.activity("Undo", follow),
        mallory.activity("Delete", served.hub),
        mallory.activity("Update", {"id": served.hub, "type": "Group"}),
    ]
    with nothing_written(served, eve):
        assert [mallory.post(served.inbox, forgery).status for forgery in forgeries] == [403] * len(forgeries)


def test_403_for_who_is_blocked(served: Served, stranger: Stranger, eve: Account) -> None:
    pest = stranger.account("pest")
    assert pest.post(served.inbox, pest.activity("Follow", served.hub)).status == 202
    served.command("block", "add", pest.id)
    try:
        with nothing_written(served, eve):
            answer = pest.post(served.inbox, pest.activity("Like", served.hub))
            assert (answer.status, answer.error) == (403, "blocked")
    finally:
        served.command("block", "remove", pest.id)
    assert pest.post(served.inbox, pest.activity("Like", served.hub)).status == 202


def test_413_for_one_byte_too_many(served: Served, mallory: Account, eve: Account) -> None:
    activity = mallory.activity("Like", served.hub, content="")
    activity["content"] = "x" * (LIMIT - len(json.dumps(activity)))
    assert mallory.post(served.inbox, activity).status == 202
    with nothing_written(served, eve):
        body = json.dumps(mallory.activity("Like", served.hub, content="x" * LIMIT)).encode()
        assert mallory.post(served.inbox, body).status == 413
        assert _chunked(served, mallory, b"x" * 65536, 5).status == 413
        # A hundred megabytes are not waited for.
        assert _chunked(served, mallory, b"x" * 65536, 1600).status == 413


def _chunked(served: Served, account: Account, piece: bytes, count: int) -> Answer:
    """A body whose length nobody says beforehand."""
    connection = http.client.HTTPConnection(served.authority, timeout=20)
    try:
        connection.putrequest("POST", "/inbox", skip_host=True, skip_accept_encoding=True)
        for name, value in account.signed(served.inbox, b"").items():
            connection.putheader(name, value)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        for _ in range(count):
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        answer = connection.getresponse()
        return Answer(answer.status, {}, answer.read())
    finally:
        connection.close()


def test_a_body_in_chunks_is_read_like_any_other(served: Served, mallory: Account) -> None:
    body = json.dumps(mallory.activity("Like", served.hub)).encode()
    headers = {**mallory.signed(served.inbox, body), "transfer-encoding": "chunked"}
    connection = http.client.HTTPConnection(served.authority, timeout=20)
    connection.request("POST", "/inbox", iter([body[:10], body[10:]]), headers, encode_chunked=True)
    assert connection.getresponse().status == 202
    connection.close()


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "text/plain", "application/ld+json", 'text/html; x="application/activity+json"'],
)
def test_415_for_what_is_no_activity(served: Served, mallory: Account, eve: Account, media_type: str) -> None:
    with nothing_written(served, eve):
        activity = mallory.activity("Like", served.hub)
        assert mallory.post(served.inbox, activity, content_type=media_type).status == 415


def test_404_and_405_where_there_is_no_inbox(served: Served, mallory: Account, eve: Account) -> None:
    with nothing_written(served, eve):
        activity = mallory.activity("Like", served.hub)
        assert mallory.post(f"{served.origin}/actors/nobody/inbox", activity).status == 404
        assert mallory.post(f"{served.origin}/actors/garden", activity).status == 405
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            assert ask(method, served.inbox).status == 405
