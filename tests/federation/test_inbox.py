"""What an inbox takes, what it reads at all, and what it passes over."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.documents import MAX_INBOX_BYTES
from federation.errors import (
    FederationError,
    Forbidden,
    Malformed,
    NotAuthentic,
    TooBusy,
    TooLarge,
    WrongMediaType,
)
from federation.inbox import Ignored, RawRequest, VerifiedActivity
from tests.federation.small_world import (
    ALICE,
    BOB,
    HUB,
    MALLORY,
    NOW,
    OUR_AUTHORITY,
    Peer,
    World,
    accepted,
    replaced,
    take,
)

pytestmark = pytest.mark.anyio


async def test_a_follow_of_a_stranger_is_verified_with_a_fetched_key(town: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    activity = await accepted(town, request)
    assert (activity.type, activity.actor.id, activity.fresh) == ("Follow", ALICE.id, True)
    assert (activity.id, activity.object_id) == (f"{ALICE.id}/activities/1", HUB)
    assert activity.received_at == NOW
    assert activity.body == request.body
    assert town.asked == [ALICE.id]


async def test_a_remembered_actor_is_not_fetched(acquainted: World) -> None:
    activity = await accepted(acquainted, ALICE.post(ALICE.activity("Create", ALICE.note())))
    assert not activity.fresh
    assert activity.object_id == f"{ALICE.id}/notes/1"
    assert acquainted.requests == []


async def test_ac_1_7_a_key_at_an_address_of_its_own_verifies() -> None:
    """GoToSocial: the key id is a URL with a path, where a stub of the actor is found without a signature."""
    town = World()
    key_id = f"{ALICE.id}/main-key"
    gotosocial = Peer("alice", key_id=key_id)
    full = gotosocial.document()
    stub = {name: full[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
    town.serve(key_id, stub)
    town.serve(ALICE.id, full)
    activity = await accepted(town, gotosocial.post(ALICE.activity("Follow", HUB)))
    assert activity.actor.id == ALICE.id
    assert town.asked == [key_id, ALICE.id]


async def test_a_burst_of_a_new_sender_costs_one_fetch(town: World) -> None:
    for number in range(5):
        document = ALICE.activity("Like", HUB, id=f"{ALICE.id}/likes/{number}")
        assert (await accepted(town, ALICE.post(document))).fresh
    assert town.asked == [ALICE.id]


@pytest.mark.parametrize(
    "kind", ["Accept", "Add", "Announce", "Block", "Flag", "Like", "Move", "Question", "View", "x:Unheard"]
)
async def test_an_activity_of_any_type_is_verified_and_left_to_the_application(
    acquainted: World, kind: str
) -> None:
    document = ALICE.activity(kind, "https://elsewhere.example/notes/9")
    activity = await accepted(acquainted, ALICE.post(document))
    assert (activity.type, activity.object_id) == (kind, "https://elsewhere.example/notes/9")


@pytest.mark.parametrize(
    ("object", "object_id"),
    [
        ([HUB], HUB),
        ([HUB, "https://home.example/notes/1"], None),
        ({"type": "Person", "id": HUB}, HUB),
        ({"type": "Place", "name": "somewhere"}, None),
        (None, None),
        (7, None),
    ],
)
async def test_the_objects_id_is_told_where_there_is_exactly_one(
    acquainted: World, object: Any, object_id: str | None
) -> None:
    activity = await accepted(acquainted, ALICE.post(ALICE.activity("Flag", object)))
    assert activity.object_id == object_id


async def test_an_update_of_oneself_by_a_remembered_actor_is_taken(acquainted: World) -> None:
    activity = await accepted(acquainted, ALICE.post(ALICE.activity("Update", ALICE.document(name="New"))))
    assert activity.object_id == ALICE.id
    assert activity.document["object"]["name"] == "New"


@pytest.mark.parametrize("actor", [ALICE.document(), [ALICE.id], [{"type": "Person", "id": ALICE.id}]])
async def test_an_actor_may_be_written_out_and_only_its_id_is_used(town: World, actor: Any) -> None:
    activity = await accepted(town, ALICE.post(ALICE.activity("Follow", HUB, actor=actor)))
    assert activity.actor.id == ALICE.id
    assert json.loads(activity.actor.document) == ALICE.document()


async def test_the_body_hash_ignores_spelling_and_the_date_of_an_announce(acquainted: World) -> None:
    async def hash_of(document: Any) -> str:
        return (await accepted(acquainted, ALICE.post(document))).body_hash

    document = ALICE.activity("Announce", "https://elsewhere.example/1", published="2026-11-23T12:00:00Z")
    spelled = json.dumps(dict(reversed(document.items())), indent=2).encode()
    first = await hash_of(document)
    assert await hash_of(spelled) == first
    assert await hash_of(document | {"published": "2026-11-23T12:00:05Z"}) == first
    assert await hash_of(document | {"cc": [HUB]}) != first
    like = document | {"type": "Like"}
    assert await hash_of(like) != await hash_of(like | {"published": "2026-11-23T12:00:05Z"})


async def test_ac_2_3_a_body_over_256_kib_is_too_large_whatever_it_is(town: World) -> None:
    request = replaced(ALICE.post(b" " * (MAX_INBOX_BYTES + 1)), "content-type", "video/mp4")
    with pytest.raises(TooLarge) as caught:
        await take(town, request)
    assert caught.value.status == 413


@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain", "application/ld+json", "*/*"])
async def test_another_media_type_is_415(town: World, media_type: str | None) -> None:
    request = replaced(ALICE.post(ALICE.activity("Follow", HUB)), "content-type", media_type)
    with pytest.raises(WrongMediaType) as caught:
        await take(town, request)
    assert caught.value.status == 415


async def test_two_media_types_are_415(town: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    request = RawRequest("POST", "/inbox", [*request.headers, ("content-type", "text/html")], request.body)
    with pytest.raises(WrongMediaType):
        await take(town, request)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b"\xff",
        b'{"a":' * 10_000,
        b'{"type":"Follow"}',
        b'{"actor":7,"type":"Follow"}',
        b'{"actor":"alice","type":"Follow"}',
        b'{"actor":"https://[/","type":"Follow"}',
        b'{"actor":"https://peer.example/users/alice"}',
        b'{"actor":"https://peer.example/users/alice","type":7}',
        b'{"actor":["https://peer.example/a","https://peer.example/b"],"type":"Follow"}',
        b'{"actor":"https://peer.example/users/alice","type":"Follow","@graph":[]}',
        b'{"actor":"https://peer.example/users/alice","type":"Follow","object":{"@reverse":{}}}',
    ],
)
async def test_a_malformed_body_is_400_and_costs_nothing(town: World, body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        await take(town, ALICE.post(body))
    assert caught.value.status == 400
    assert town.requests == []


@pytest.mark.parametrize("kind", ["Delete", "Update"])
@pytest.mark.parametrize("object", [ALICE.id, {"id": ALICE.id, "type": "Tombstone"}, [ALICE.id]])
async def test_ac_2_4_deletes_of_accounts_never_heard_of_cause_no_request(
    town: World, kind: str, object: Any
) -> None:
    for number in range(100):
        document = ALICE.activity(kind, object, id=f"{ALICE.id}#delete-{number}")
        assert await take(town, ALICE.post(document)) == Ignored("unknown-actor")
    assert town.requests == []


async def test_a_delete_of_an_account_we_know_has_to_be_signed(acquainted: World) -> None:
    with pytest.raises(NotAuthentic):
        await take(acquainted, MALLORY.post(ALICE.activity("Delete", ALICE.id)))
    activity = await accepted(acquainted, ALICE.post(ALICE.activity("Delete", ALICE.id)))
    assert activity.object_id == ALICE.id


async def test_an_object_of_several_owners_is_ignored(acquainted: World) -> None:
    """PeerTube: a video belongs to a person and a channel."""
    video = ALICE.note(type="Video", attributedTo=[ALICE.id, "https://peer.example/channels/1"])
    assert await take(acquainted, ALICE.post(ALICE.activity("Create", video))) == Ignored("many-owners")
    with pytest.raises(Forbidden):
        await take(acquainted, BOB.post(BOB.activity("Create", video)))


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["signature", "digest", "date", "host", "content-type", "signature-input", "x"]),
        st.text(max_size=60)
        | st.sampled_from(["application/activity+json", OUR_AUTHORITY, "SHA-256=AAAA", 'keyId="a",x="b"']),
    ),
    max_size=8,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([ALICE.id, MALLORY.id, f"{ALICE.id}/1", "Create", "Undo", "Note", "Person"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "actor", "object", "attributedTo", "proof", "href"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.binary(max_size=300), HEADERS, st.text(max_size=20))
async def test_ac_2_5_no_bytes_whatever_are_more_than_refused(
    acquainted: World, body: bytes, headers: list[tuple[str, str]], target: str
) -> None:
    with pytest.raises(FederationError) as caught:
        await take(acquainted, RawRequest("POST", target, headers, body))
    assert caught.value.status in (400, 401, 413, 415)


@QUICK
@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "actor", "object", "published", "proof", "@context"]), VALUES
    ),
    st.booleans(),
)
async def test_ac_2_5_no_signed_document_whatever_is_more_than_refused(
    acquainted: World, changes: dict[str, Any], keep_actor: bool
) -> None:
    document = ALICE.activity("Create", ALICE.note()) | changes | ({"actor": ALICE.id} if keep_actor else {})
    result: object = None
    with contextlib.suppress(Malformed, NotAuthentic, Forbidden, TooBusy):
        result = await take(acquainted, ALICE.post(document))
    if isinstance(result, VerifiedActivity):
        assert result.actor.id == ALICE.id
