"""What an inbox believes, and what it answers to everything else."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.actors import RemoteActor
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
from federation.inbox import Ignored, RawRequest, VerifiedActivity, receive
from federation.integrity_proofs import attach
from tests.federation.small_world import NOW, OUR_AUTHORITY, Memory, Peer, World, rsa_key

pytestmark = pytest.mark.anyio

ALICE = Peer("alice")
BOB = Peer("bob")
MALLORY = Peer("mallory", "evil.example")
HUB = "https://home.example/hub"


async def take(world: World, request: RawRequest, **options: Any) -> VerifiedActivity | Ignored:
    return await receive(
        request,
        authority=OUR_AUTHORITY,
        client=world.client,
        actors=world.memory,
        clock=world.clock,
        **options,
    )


async def accepted(world: World, request: RawRequest) -> VerifiedActivity:
    result = await take(world, request)
    assert isinstance(result, VerifiedActivity)
    return result


def replaced(request: RawRequest, name: str, value: str | None) -> RawRequest:
    """The same request with one header changed, or taken away."""
    headers = [(n, v) for n, v in request.headers if n != name]
    return RawRequest(
        request.method, request.target, headers + ([(name, value)] if value is not None else []), request.body
    )


@pytest.fixture
def world() -> World:
    world = World()
    for peer in (ALICE, BOB, MALLORY):
        world.serve(peer.id, peer.document())
    return world


@pytest.fixture
def acquainted(world: World) -> World:
    world.memory.actors += [ALICE.read(), BOB.read(), MALLORY.read()]
    return world


# What is believed


async def test_a_follow_of_a_stranger_is_verified_with_a_fetched_key(world: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    activity = await accepted(world, request)
    assert (activity.type, activity.actor.id, activity.fresh) == ("Follow", ALICE.id, True)
    assert (activity.id, activity.object_id) == (f"{ALICE.id}/activities/1", HUB)
    assert activity.received_at == NOW
    assert activity.body == request.body
    assert world.asked == [ALICE.id]


async def test_a_remembered_actor_is_not_fetched(acquainted: World) -> None:
    activity = await accepted(acquainted, ALICE.post(ALICE.activity("Create", ALICE.note())))
    assert not activity.fresh
    assert activity.object_id == f"{ALICE.id}/notes/1"
    assert acquainted.requests == []


async def test_ac_1_7_a_key_at_an_address_of_its_own_verifies() -> None:
    """GoToSocial: the key id is a URL with a path, where a stub of the actor is found without a signature."""
    world = World()
    key_id = f"{ALICE.id}/main-key"
    gotosocial = Peer("alice", key_id=key_id)
    full = gotosocial.document()
    stub = {name: full[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
    world.serve(key_id, stub)
    world.serve(ALICE.id, full)
    activity = await accepted(world, gotosocial.post(ALICE.activity("Follow", HUB)))
    assert activity.actor.id == ALICE.id
    assert world.asked == [key_id, ALICE.id]


async def test_a_burst_of_a_new_sender_costs_one_fetch(world: World) -> None:
    for number in range(5):
        document = ALICE.activity("Like", HUB, id=f"{ALICE.id}/likes/{number}")
        assert (await accepted(world, ALICE.post(document))).fresh
    assert world.asked == [ALICE.id]


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
async def test_an_actor_may_be_written_out_and_only_its_id_is_used(world: World, actor: Any) -> None:
    activity = await accepted(world, ALICE.post(ALICE.activity("Follow", HUB, actor=actor)))
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


# What is not read at all


async def test_ac_2_3_a_body_over_256_kib_is_too_large_whatever_it_is(world: World) -> None:
    request = replaced(ALICE.post(b" " * (MAX_INBOX_BYTES + 1)), "content-type", "video/mp4")
    with pytest.raises(TooLarge) as caught:
        await take(world, request)
    assert caught.value.status == 413


@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain", "application/ld+json", "*/*"])
async def test_another_media_type_is_415(world: World, media_type: str | None) -> None:
    request = replaced(ALICE.post(ALICE.activity("Follow", HUB)), "content-type", media_type)
    with pytest.raises(WrongMediaType) as caught:
        await take(world, request)
    assert caught.value.status == 415


async def test_two_media_types_are_415(world: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    request = RawRequest("POST", "/inbox", [*request.headers, ("content-type", "text/html")], request.body)
    with pytest.raises(WrongMediaType):
        await take(world, request)


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
async def test_a_malformed_body_is_400_and_costs_nothing(world: World, body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        await take(world, ALICE.post(body))
    assert caught.value.status == 400
    assert world.requests == []


# Whose signature counts


async def test_sig_01_without_a_signature_nothing_is_fetched(world: World) -> None:
    request = replaced(ALICE.post(ALICE.activity("Follow", HUB)), "signature", None)
    with pytest.raises(NotAuthentic) as caught:
        await take(world, request)
    assert caught.value.status == 401
    assert world.requests == []


async def test_a_request_signed_only_after_rfc_9421_is_answered_with_401(world: World) -> None:
    """So that the sender's second knock, after the older draft, arrives."""
    request = ALICE.post(ALICE.activity("Follow", HUB))
    request = replaced(request, "signature", "sig1=:AAAA:")
    request = replaced(
        request, "signature-input", 'sig1=("@method" "@target-uri");created=1;keyid="https://peer.example/k"'
    )
    with pytest.raises(NotAuthentic):
        await take(world, request)
    assert world.requests == []


@pytest.mark.parametrize("hours", [-13, -2, 2])
async def test_sig_02_a_date_far_off_is_401_unfetched(world: World, hours: int) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    world.clock.forward(hours=-hours)
    with pytest.raises(NotAuthentic, match="date-skew"):
        await take(world, request)
    assert world.requests == []


async def test_sig_04_a_body_changed_after_signing_is_not_even_parsed(world: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    for body in (request.body.replace(b"hub", b"hob"), request.body[:-1], b""):
        with pytest.raises(NotAuthentic, match="digest-mismatch"):
            await take(world, RawRequest("POST", "/inbox", request.headers, body))
    assert world.requests == []


async def test_sig_11_a_request_signed_for_another_server_does_not_count_here(world: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB), url="https://other.example/inbox")
    with pytest.raises(NotAuthentic, match="host-mismatch"):
        await take(world, request)
    assert world.requests == []


async def test_a_signature_for_another_path_does_not_count_here(acquainted: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", HUB))
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(acquainted, RawRequest("POST", "/users/other/inbox", list(request.headers), request.body))


async def test_idc_01_mallory_cannot_sign_for_alice(acquainted: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(acquainted, MALLORY.post(ALICE.activity("Follow", HUB)))
    assert acquainted.requests == []


async def test_sig_12_a_stranger_who_signs_for_a_stranger_costs_no_fetch(world: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(world, MALLORY.post(ALICE.activity("Follow", HUB)))
    assert world.requests == []


async def test_a_remembered_actor_that_does_not_list_the_key_proves_nothing(acquainted: World) -> None:
    class Confused(Memory):
        async def by_key_id(self, key_id: str) -> RemoteActor | None:
            return self.actors[0]

    acquainted.memory = Confused([ALICE.read(publicKey=None)])
    acquainted.serve(ALICE.id, ALICE.document(publicKey=None))
    with pytest.raises(Forbidden, match="key-not-listed"):
        await take(acquainted, Peer("alice", key_name="mallory's").post(ALICE.activity("Follow", HUB)))


async def test_idc_01_neither_can_a_neighbour_on_the_same_host(world: World) -> None:
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(world, BOB.post(ALICE.activity("Follow", HUB)))


async def test_idc_06_a_key_written_into_the_activity_is_not_believed(world: World) -> None:
    forged = Peer("alice", key_name="mallory's")
    with pytest.raises(NotAuthentic):
        await take(world, forged.post(ALICE.activity("Follow", HUB, actor=forged.document())))


async def test_sig_13_a_key_whose_owner_does_not_list_it_is_refused(world: World) -> None:
    key_id = "https://peer.example/uploads/key"
    world.serve(key_id, {"id": key_id, "owner": ALICE.id, "publicKeyPem": rsa_key("mallory").public.pem})
    with pytest.raises(Forbidden, match="key-not-listed") as caught:
        await take(
            world, Peer("alice", key_id=key_id, key_name="mallory").post(ALICE.activity("Follow", HUB))
        )
    assert caught.value.status == 403


async def test_sig_17_a_weak_or_broken_key_is_401(world: World) -> None:
    for pem in ("nonsense", rsa_key("x").public.pem.replace("PUBLIC", "PRIVATE"), ""):
        key = ALICE.document()["publicKey"] | {"publicKeyPem": pem}
        world = World()
        world.serve(ALICE.id, ALICE.document(publicKey=key))
        with pytest.raises(NotAuthentic):
            await take(world, ALICE.post(ALICE.activity("Follow", HUB)))


@pytest.mark.parametrize(
    "key_id",
    [
        "http://127.0.0.1:8000/key",
        "https://127.0.0.1/key",
        "https://localhost/key",
        "https://169.254.169.254/latest",
        "https://peer.example:6379/key",
        "http://peer.example/users/alice#main-key",
        "file:///etc/passwd",
        "https://peer.example@127.0.0.1/key",
        "acct:alice@peer.example",
    ],
)
async def test_ssr_01_a_key_id_that_leads_inside_is_never_asked_for(world: World, key_id: str) -> None:
    for actor in (ALICE.id, key_id):
        request = Peer("alice", key_id=key_id).post(ALICE.activity("Follow", HUB, actor=actor))
        with pytest.raises((NotAuthentic, Malformed)):
            await take(world, request)
    assert world.requests == []


async def test_a_blocked_host_is_403_before_anything_is_fetched(world: World) -> None:
    asked: list[str] = []

    def is_blocked(authority: str) -> bool:
        asked.append(authority)
        return authority == "peer.example"

    with pytest.raises(Forbidden, match="blocked"):
        await take(world, ALICE.post(ALICE.activity("Follow", HUB)), is_blocked=is_blocked)
    assert asked == ["peer.example"]
    assert world.requests == []


async def test_a_blocked_author_is_not_let_in_by_a_forwarder(world: World) -> None:
    document = attach(ALICE.activity("Follow", HUB), ALICE.proof_key, NOW)
    with pytest.raises(Forbidden, match="blocked"):
        await take(world, MALLORY.post(document), is_blocked=lambda authority: authority == "peer.example")
    assert world.requests == []


# Keys that change, and servers that do not answer


async def test_ac_1_6_a_changed_key_is_fetched_once_and_forgeries_do_not_fetch_it_again(
    acquainted: World,
) -> None:
    rotated = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, rotated.document())
    activity = await accepted(acquainted, rotated.post(ALICE.activity("Follow", HUB)))
    assert activity.fresh
    assert activity.actor.public_keys == {ALICE.key_id: rsa_key("alice's second").public.pem}
    forger = Peer("alice", key_name="mallory's")
    for _ in range(100):
        with pytest.raises(NotAuthentic, match="signature-mismatch"):
            await take(acquainted, forger.post(ALICE.activity("Follow", HUB)))
    assert acquainted.asked == [ALICE.id]


async def test_a_key_that_is_gone_is_401_and_a_silent_server_503(world: World) -> None:
    nobody = Peer("nobody")
    with pytest.raises(NotAuthentic, match="key-gone"):
        await take(world, nobody.post(nobody.activity("Follow", HUB)))
    silent = Peer("silent", "silent.example")
    world.routes[silent.id] = lambda _: httpx2.Response(502)
    with pytest.raises(TooBusy) as caught:
        await take(world, silent.post(silent.activity("Follow", HUB)))
    assert (caught.value.status, caught.value.reason) == (503, "key-unreachable")
    assert caught.value.retry_after > 0


async def test_a_silent_server_that_answers_again_is_heard(world: World) -> None:
    world.routes[ALICE.id] = lambda _: httpx2.Response(502)
    with pytest.raises(TooBusy) as caught:
        await take(world, ALICE.post(ALICE.activity("Follow", HUB)))
    world.serve(ALICE.id, ALICE.document())
    world.clock.forward(seconds=caught.value.retry_after)
    assert (await accepted(world, ALICE.post(ALICE.activity("Follow", HUB)))).fresh


@pytest.mark.parametrize(
    ("served", "media_type"),
    [
        (ALICE.document(), "application/json"),
        (b"not json", "application/activity+json"),
        (ALICE.document(inbox=None), "application/activity+json"),
        ({"id": ALICE.id, "type": "Note"}, "application/activity+json"),
    ],
)
async def test_an_unreadable_key_document_is_the_senders_fault(
    world: World, served: Any, media_type: str
) -> None:
    world.serve(ALICE.id, served, media_type=media_type)
    with pytest.raises(NotAuthentic, match="bad-key-document") as caught:
        await take(world, ALICE.post(ALICE.activity("Follow", HUB)))
    assert caught.value.status == 401


async def test_res_11_invented_keys_of_one_host_are_asked_for_thirty_times(world: World) -> None:
    refusals = []
    for number in range(40):
        invented = Peer(f"invented-{number}", key_name="mallory")
        with pytest.raises((NotAuthentic, TooBusy)) as caught:
            await take(world, invented.post(invented.activity("Follow", HUB)))
        refusals.append((caught.value.status, caught.value.reason))
    assert refusals == [(401, "key-gone")] * 30 + [(429, "too-many-strangers")] * 10
    assert len(world.requests) == 30


# What cannot concern us


@pytest.mark.parametrize("kind", ["Delete", "Update"])
@pytest.mark.parametrize("object", [ALICE.id, {"id": ALICE.id, "type": "Tombstone"}, [ALICE.id]])
async def test_ac_2_4_deletes_of_accounts_never_heard_of_cause_no_request(
    world: World, kind: str, object: Any
) -> None:
    for number in range(100):
        document = ALICE.activity(kind, object, id=f"{ALICE.id}#delete-{number}")
        assert await take(world, ALICE.post(document)) == Ignored("unknown-actor")
    assert world.requests == []


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


# Whose ids these are: AC-2.1, a spoof matrix


@pytest.mark.parametrize("identifier", [None, "", "urn:uuid:1", 5, ["https://peer.example/1"]])
async def test_an_activity_without_an_id_is_malformed(acquainted: World, identifier: Any) -> None:
    with pytest.raises(Malformed, match="no-id"):
        await take(acquainted, ALICE.post(ALICE.activity("Like", HUB, id=identifier)))


@pytest.mark.parametrize(
    "identifier",
    ["https://evil.example/1", "https://peer.example:8443/1", "http://peer.example/1", f"{HUB}/1"],
)
async def test_an_activity_id_elsewhere_is_403(acquainted: World, identifier: str) -> None:
    with pytest.raises(Forbidden, match="activity-elsewhere"):
        await take(acquainted, ALICE.post(ALICE.activity("Like", HUB, id=identifier)))


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", ALICE.note(id="https://evil.example/notes/1")),
        ("Create", ALICE.note(id="https://peer.example:8443/notes/1")),
        ("Create", ALICE.note(attributedTo=BOB.id)),
        ("Create", ALICE.note(attributedTo=MALLORY.id)),
        ("Create", {"type": "Note", "content": "anonymous", "attributedTo": BOB.id}),
        ("Create", "https://evil.example/notes/1"),
        ("Update", BOB.note()),
        ("Update", BOB.document()),
        ("Update", BOB.document(attributedTo=ALICE.id)),
        ("Update", MALLORY.note(attributedTo=ALICE.id)),
        ("Update", "https://evil.example/notes/1"),
        ("Delete", "https://evil.example/notes/1"),
        ("Delete", MALLORY.id),
        ("Delete", {"id": "https://evil.example/notes/1", "type": "Tombstone"}),
        ("Delete", BOB.note(type="Tombstone")),
        ("Undo", {"id": "https://peer.example/follows/1", "type": "Follow", "actor": BOB.id}),
        ("Undo", {"id": "https://evil.example/follows/1", "type": "Follow", "actor": ALICE.id}),
        ("Undo", "https://evil.example/follows/1"),
    ],
)
async def test_ac_2_1_what_is_not_the_actors_is_403(acquainted: World, kind: str, object: Any) -> None:
    with pytest.raises(Forbidden) as caught:
        await take(acquainted, ALICE.post(ALICE.activity(kind, object)))
    assert caught.value.status == 403
    assert acquainted.requests == []


@pytest.mark.parametrize(
    ("kind", "object"),
    [
        ("Create", None),
        ("Create", [ALICE.note(), ALICE.note()]),
        ("Create", ALICE.note(id="note-1")),
        ("Create", "note-1"),
        ("Update", {"type": "Note", "content": "which?"}),
        ("Update", {"type": "Person"}),
        ("Delete", {"type": "Tombstone"}),
        ("Delete", 7),
        ("Undo", []),
    ],
)
async def test_what_has_to_name_an_object_and_does_not_is_malformed(
    acquainted: World, kind: str, object: Any
) -> None:
    with pytest.raises(Malformed):
        await take(acquainted, ALICE.post(ALICE.activity(kind, object)))


@pytest.mark.parametrize(
    ("kind", "object", "object_id"),
    [
        ("Create", {"type": "Note", "content": "anonymous"}, None),
        ("Create", ALICE.note(attributedTo=None), f"{ALICE.id}/notes/1"),
        ("Create", ALICE.note(attributedTo=[ALICE.document()]), f"{ALICE.id}/notes/1"),
        ("Delete", "https://peer.example/notes/1", "https://peer.example/notes/1"),
        ("Undo", {"type": "Follow", "actor": ALICE.id, "object": HUB}, None),
        ("Undo", "https://peer.example/follows/1", "https://peer.example/follows/1"),
    ],
)
async def test_what_is_the_actors_is_taken(
    acquainted: World, kind: str, object: Any, object_id: str | None
) -> None:
    assert (await accepted(acquainted, ALICE.post(ALICE.activity(kind, object)))).object_id == object_id


# Documents that somebody else delivers


async def test_a_forwarded_activity_with_a_proof_counts_as_its_authors(world: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    activity = await accepted(world, MALLORY.post(document))
    assert (activity.actor.id, activity.fresh) == (ALICE.id, True)
    assert set(world.asked) == {MALLORY.id, ALICE.id}


async def test_a_forwarded_activity_of_a_remembered_author_is_not_fresh(acquainted: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    activity = await accepted(acquainted, MALLORY.post(document))
    assert (activity.actor.id, activity.fresh) == (ALICE.id, False)
    assert acquainted.requests == []


async def test_a_changed_proof_key_of_a_remembered_author_is_asked_for_once(acquainted: World) -> None:
    rotated = Peer("alice", key_name="alice's second")
    acquainted.serve(ALICE.id, rotated.document())
    document = attach(ALICE.activity("Create", ALICE.note()), rotated.proof_key, NOW)
    assert (await accepted(acquainted, MALLORY.post(document))).fresh
    assert acquainted.asked == [ALICE.id]


def forged(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    change(document)
    return document


@pytest.mark.parametrize(
    "document",
    [
        forged(lambda d: d["object"].update(content="<p>changed</p>")),
        forged(lambda d: d["proof"].update(created="2026-11-23T11:59:00Z")),
        forged(lambda d: d["proof"].update(domain="home.example")),
        forged(lambda d: d["proof"].update(verificationMethod=MALLORY.method)),
        forged(lambda d: d["proof"].update(verificationMethod=BOB.method)),
        forged(lambda d: d["proof"].update(verificationMethod="did:key:z6Mk")),
        forged(lambda d: d.update(proof=[d["proof"], d["proof"]])),
        forged(lambda d: d.update(proof="trust me")),
        forged(lambda d: d.update(signature={"type": "RsaSignature2017"}, proof=None)),
        attach(ALICE.activity("Create", ALICE.note()), MALLORY.proof_key, NOW),
        attach(ALICE.activity("Create", ALICE.note()), BOB.proof_key, NOW),
    ],
)
async def test_ac_1_11_a_forwarded_activity_without_its_authors_proof_is_401(
    acquainted: World, document: dict[str, Any]
) -> None:
    with pytest.raises(NotAuthentic):
        await take(acquainted, MALLORY.post(document))


async def test_sig_27_a_proof_by_a_key_of_another_host_does_not_fetch_its_victim(world: World) -> None:
    world.memory.actors.append(MALLORY.read())
    document = attach(ALICE.activity("Create", ALICE.note()), MALLORY.proof_key, NOW)
    with pytest.raises(NotAuthentic, match="signer-is-not-actor"):
        await take(world, MALLORY.post(document))
    assert world.requests == []


async def test_a_forwarder_has_to_sign_its_own_request(acquainted: World) -> None:
    document = attach(ALICE.activity("Create", ALICE.note()), ALICE.proof_key, NOW)
    forger = Peer("mallory", "evil.example", key_name="somebody's")
    with pytest.raises(NotAuthentic, match="signature-mismatch"):
        await take(acquainted, forger.post(document))


async def test_a_proof_does_not_widen_what_its_author_may_do(acquainted: World) -> None:
    document = attach(ALICE.activity("Delete", MALLORY.id), ALICE.proof_key, NOW)
    with pytest.raises(Forbidden, match="object-elsewhere"):
        await take(acquainted, MALLORY.post(document))


# Anything whatever

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
