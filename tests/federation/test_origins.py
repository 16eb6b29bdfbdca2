"""Who may speak for what."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Forbidden, Malformed
from federation.origins import (
    Origin,
    authority_of,
    origin_of,
    require_actor_is_key_owner,
    require_embedded_object_belongs,
    require_fetched_id,
    require_key_is_at_home,
    require_own_id,
    require_own_object,
    require_undone_activity_belongs,
    same_origin,
)
from federation.urls import parse_url

ALICE = "https://peer.example/users/alice"


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("https://peer.example/a", Origin("https", "peer.example", 443), "peer.example"),
        ("HTTPS://Peer.Example:443/a", Origin("https", "peer.example", 443), "peer.example"),
        ("https://peer.example:8443", Origin("https", "peer.example", 8443), "peer.example:8443"),
        ("http://127.0.0.2:8001/a?b#c", Origin("http", "127.0.0.2", 8001), "127.0.0.2:8001"),
        ("http://[0:0::1]:80/", Origin("http", "::1", 80), "[::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: Origin, authority: str) -> None:
    assert origin_of(url) == origin
    assert authority_of(url) == authority
    assert origin_of(str(origin)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://peer.example.evil.example/users/alice",
        "https://peer.example:8443/users/alice",
        "http://peer.example/users/alice",
        "https://www.peer.example/users/alice",
        "https://peer.example@evil.example/",
        "https://peer.example\\@evil.example/",
        "https://peer.example./users/alice",
        "https:///peer.example/",
        "acct:alice@peer.example",
        "",
    ],
)
def test_everything_else_is_another_origin(url: str) -> None:
    assert not same_origin(url, ALICE)
    assert not same_origin(ALICE, url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:/",
        "https://a..example/",
        "https://1.2.3/",
    ],
)
def test_what_is_no_url_has_no_origin(url: str) -> None:
    with pytest.raises(Malformed, match="bad-url"):
        origin_of(url)


def test_what_is_no_url_shares_no_origin_with_itself() -> None:
    assert not same_origin("nonsense", "nonsense")


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z0-9.@:\[\]\\%/-]{0,40}", fullmatch=True))
def test_a_read_url_reads_the_same_again(text: str) -> None:
    try:
        url = parse_url(text)
    except Malformed:
        return
    again = parse_url(f"{url.scheme}://{url.authority}{url.target}")
    assert (again.scheme, again.host, again.port, again.target) == (
        url.scheme,
        url.host,
        url.port,
        url.target,
    )
    assert "@" not in url.host
    assert url.host == url.host.lower()


@pytest.mark.parametrize(
    ("law", "mine", "foreign"),
    [
        (require_own_id, "https://peer.example/activities/1", "https://other.example/activities/1"),
        (require_own_object, "https://peer.example/notes/1", "https://peer.example:8443/notes/1"),
        (require_key_is_at_home, "https://peer.example/keys/alice", "https://evil.example/keys/alice"),
        (require_fetched_id, "https://peer.example/notes/2", "http://peer.example/notes/2"),
        (require_actor_is_key_owner, ALICE, "https://peer.example/users/bob"),
    ],
)
def test_a_law_lets_the_own_pass_and_stops_the_foreign(
    law: Callable[[str, str], None], mine: str, foreign: str
) -> None:
    law(mine, ALICE)
    with pytest.raises(Forbidden):
        law(foreign, ALICE)


@pytest.mark.parametrize(
    "embedded",
    [
        {"id": "https://evil.example/notes/1", "attributedTo": ALICE},
        {"id": "https://peer.example/notes/1", "attributedTo": "https://peer.example/users/bob"},
        {"id": "https://peer.example/notes/1", "attributedTo": [ALICE, "https://peer.example/users/bob"]},
        {"id": "https://peer.example/notes/1", "attributedTo": {"id": "https://evil.example/users/alice"}},
        {"id": "https://peer.example/notes/1", "attributedTo": 7},
        {"id": "https://peer.example/users/bob", "type": "Person"},
        {"id": "https://peer.example/users/bob", "type": "Group", "attributedTo": ALICE},
    ],
)
def test_an_embedded_object_of_another_is_refused(embedded: dict[str, object]) -> None:
    with pytest.raises(Forbidden):
        require_embedded_object_belongs(embedded, ALICE)


@pytest.mark.parametrize(
    "embedded",
    [
        {},
        {"content": "anonymous"},
        {"id": "https://peer.example/notes/1"},
        {"id": "https://peer.example/notes/1", "attributedTo": [ALICE]},
        {"id": "https://peer.example/notes/1", "attributedTo": {"type": "Person", "id": ALICE}},
        {"id": ALICE, "type": "Organization", "attributedTo": "https://elsewhere.example/makers"},
    ],
)
def test_an_embedded_object_of_ones_own_passes(embedded: dict[str, object]) -> None:
    require_embedded_object_belongs(embedded, ALICE)


@pytest.mark.parametrize("identifier", ["", "note-1", 5, {}, ["https://peer.example/notes/1"]])
def test_an_embedded_object_with_an_unreadable_id_is_malformed(identifier: object) -> None:
    with pytest.raises(Malformed, match="bad-object-id"):
        require_embedded_object_belongs({"id": identifier}, ALICE)


def test_only_who_did_it_can_undo_it() -> None:
    follow = {"id": "https://peer.example/follows/1", "type": "Follow", "actor": ALICE}
    require_undone_activity_belongs(follow, ALICE)
    for changed in ({"actor": "https://peer.example/users/bob"}, {"id": "https://evil.example/follows/1"}):
        with pytest.raises(Forbidden):
            require_undone_activity_belongs(follow | changed, ALICE)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.just(ALICE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "attributedTo", "href"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["id", "type", "attributedTo", "actor"]), JSON))
def test_no_object_whatever_breaks_the_laws(document: dict[str, object]) -> None:
    for law in (require_embedded_object_belongs, require_undone_activity_belongs):
        with contextlib.suppress(Forbidden, Malformed):
            law(document, ALICE)
