"""Reading actors, and finding who owns a key."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.actors import RemoteActor, fetch_actor, fetch_key, read_actor
from federation.errors import Forbidden, Gone, Malformed, Unreachable
from federation.fetching import Budget
from federation.integrity_proofs import attach
from federation.keys import Ed25519PrivateKey, ProofKey, generate_ed25519
from federation.multibase import did_key, multikey_ed25519
from tests.federation.small_world import NOW, Peer, World, ed25519_key, rsa_key

ALICE = Peer("alice")
BOB = Peer("bob")


@pytest.fixture
def world() -> World:
    return World()


def test_an_actor_is_read() -> None:
    actor = ALICE.read(
        name="  Alice\n Doe ",
        url=[
            {"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://peer.example/v"},
            {"type": "Link", "mediaType": "text/html", "href": "https://peer.example/@alice"},
        ],
        webfinger="alice@example.org",
        discoverable=True,
        movedTo="https://new.example/users/alice",
    )
    assert actor.id == "https://peer.example/users/alice"
    assert actor.inbox == "https://peer.example/users/alice/inbox"
    assert actor.shared_inbox == "https://peer.example/inbox"
    assert actor.name == "Alice Doe"
    assert actor.handle == "@alice@peer.example"
    assert actor.webfinger == "alice@example.org"
    assert actor.url == "https://peer.example/@alice"
    assert actor.moved_to == "https://new.example/users/alice"
    assert (actor.discoverable, actor.indexable) == (True, False)
    assert actor.public_keys == {ALICE.key_id: rsa_key(ALICE.key_name).public.pem}
    assert actor.assertion_methods == {ALICE.method: ed25519_key(ALICE.key_name).public}
    assert actor.fetched_at == NOW


def test_identities_are_those_that_say_they_are_this_actor() -> None:
    """FEP-c390: the statement is the key's half of the tie, showing it is the actor's."""
    keys = [generate_ed25519() for _ in range(7)]

    def statement(key: Ed25519PrivateKey, actor_id: str = ALICE.id) -> dict[str, Any]:
        subject = did_key(key.public)
        bare = {"type": "VerifiableIdentityStatement", "subject": subject, "alsoKnownAs": actor_id}
        return attach(bare, ProofKey(subject, key), NOW)

    mine, another_s, changed = statement(keys[0]), statement(keys[1], BOB.id), statement(keys[2])
    shown = [
        {"type": "PropertyValue", "name": "did"},
        "text",
        another_s,
        {**changed, "name": "x"},
        mine,
        mine,
    ]
    assert ALICE.read(attachment=shown).identities == (mine["subject"],)
    assert ALICE.read(attachment=mine).identities == (mine["subject"],)
    assert ALICE.read(attachment=[statement(key) for key in keys]).identities == tuple(
        did_key(key.public) for key in keys[:4]
    )
    assert ALICE.read(attachment=[{"type": "PropertyValue"}] * 300).identities == ()


def test_a_handle_keeps_the_port_of_the_id() -> None:
    peer = "http://127.0.0.2:8001/actor"
    document = {"id": peer, "type": "Group", "preferredUsername": "hub", "inbox": f"{peer}/inbox"}
    assert read_actor(document, b"", NOW).handle == "@hub@127.0.0.2:8001"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "no-id"),
        ({"id": "alice"}, "no-id"),
        ({"id": ["https://peer.example/users/alice"]}, "no-id"),
        ({"type": "Note"}, "not-an-actor"),
        ({"type": None}, "not-an-actor"),
        ({"inbox": None}, "no-inbox"),
        ({"inbox": "https://evil.example/inbox"}, "no-inbox"),
        ({"inbox": "https://peer.example:8443/inbox"}, "no-inbox"),
        ({"inbox": "http://peer.example/inbox"}, "no-inbox"),
        ({"inbox": ["https://peer.example/1", "https://peer.example/2"]}, "many-inbox"),
        ({"preferredUsername": "a b"}, "no-username"),
        ({"preferredUsername": "alice@evil.example"}, "no-username"),
        ({"preferredUsername": "al\u202eice/.."}, "no-username"),
        ({"preferredUsername": "."}, "no-username"),
        ({"preferredUsername": "алиса"}, "no-username"),
    ],
)
def test_an_actor_without_what_it_takes_is_malformed(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        ALICE.read(**changes)
    assert caught.value.reason == reason


def test_a_username_may_stand_in_the_webfinger_property_alone() -> None:
    assert ALICE.read(preferredUsername=None, webfinger="acct:al@example.org").preferred_username == "al"


def test_an_actor_without_a_username_bears_its_hosts_name() -> None:
    """Lemmy's instance actor has none; what it signs must count all the same."""
    assert ALICE.read(preferredUsername=None).handle == "@peer.example@peer.example"


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"endpoints": {"sharedInbox": "https://evil.example/inbox"}}, "shared_inbox"),
        ({"endpoints": "https://peer.example/inbox"}, "shared_inbox"),
        ({"outbox": "https://evil.example/outbox"}, "outbox"),
        ({"followers": 5}, "followers"),
        ({"url": "https://evil.example/@alice"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"webfinger": "not an account"}, "webfinger"),
        ({"movedTo": "nowhere"}, "moved_to"),
    ],
)
def test_what_does_not_fit_and_is_not_needed_is_dropped(changes: dict[str, Any], member: str) -> None:
    assert getattr(ALICE.read(**changes), member) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": BOB.id},
        {"owner": None},
        {"owner": "https://evil.example/users/alice"},
        {"id": "https://evil.example/keys/1"},
        {"id": None},
        {"publicKeyPem": None},
        {"publicKeyPem": "x" * 8193},
    ],
)
def test_a_key_that_owner_and_key_do_not_agree_upon_is_dropped(changes: dict[str, Any]) -> None:
    key = ALICE.document()["publicKey"] | changes
    assert ALICE.read(publicKey=key).public_keys == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"controller": BOB.id},
        {"id": "https://evil.example/users/alice#ed25519-key"},
        {"id": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"},
        {"type": "JsonWebKey2020"},
        {"publicKeyMultibase": "z6Mk"},
        {"publicKeyMultibase": "z" + "1" * 5000},
        {"publicKeyMultibase": 6},
    ],
)
def test_a_verification_method_that_does_not_conform_is_dropped(changes: dict[str, Any]) -> None:
    method = ALICE.document()["assertionMethod"][0] | changes
    assert ALICE.read(assertionMethod=[method, "nonsense"]).assertion_methods == {}


def test_ten_keys_are_read_and_no_more() -> None:
    key = ALICE.document()["publicKey"]
    keys = [key | {"id": f"{ALICE.id}#key-{number}"} for number in range(20)]
    assert len(ALICE.read(publicKey=keys).public_keys) == 10
    raw = generate_ed25519().public.raw
    method = ALICE.document()["assertionMethod"][0] | {"publicKeyMultibase": multikey_ed25519(raw)}
    methods = [method | {"id": f"{ALICE.id}#method-{number}"} for number in range(20)]
    assert len(ALICE.read(assertionMethod=methods).assertion_methods) == 10


MEMBERS = [
    *("id", "type", "inbox", "preferredUsername", "name", "publicKey", "assertionMethod", "endpoints", "url"),
    *(
        "owner",
        "publicKeyPem",
        "controller",
        "publicKeyMultibase",
        "webfinger",
        "sharedInbox",
        "href",
        "movedTo",
    ),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        [ALICE.id, f"{ALICE.id}/inbox", "Person", "Multikey", "alice", "https://[", "https://a:b@c/"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=8), st.booleans())
def test_no_document_whatever_is_more_than_malformed(changes: dict[str, Any], on_a_real_one: bool) -> None:
    document = ALICE.document() | changes if on_a_real_one else changes
    try:
        actor = read_actor(document, b"", NOW)
    except Malformed:
        return
    assert isinstance(actor, RemoteActor)
    assert actor.handle.startswith(f"@{actor.preferred_username}@")


@pytest.mark.anyio
async def test_a_key_for_proofs_is_found_as_well(world: World) -> None:
    """Mastodon 4.7 and Fedify may sign requests by the Ed25519 key, under its id in `assertionMethod`."""
    world.serve(ALICE.id, ALICE.document())
    assert (await fetch_key(world.client, ALICE.method)).id == ALICE.id


@pytest.mark.anyio
async def test_an_actor_is_fetched_by_its_id(world: World) -> None:
    world.serve(ALICE.id, ALICE.document())
    actor = await fetch_actor(world.client, ALICE.id)
    assert actor.id == ALICE.id
    assert json.loads(actor.document) == ALICE.document()


@pytest.mark.anyio
async def test_a_page_address_leads_to_the_actor(world: World) -> None:
    world.serve("https://peer.example/@alice", ALICE.document())
    world.serve(ALICE.id, ALICE.document())
    assert (await fetch_actor(world.client, "https://peer.example/@alice")).id == ALICE.id


@pytest.mark.anyio
async def test_a_key_within_the_actor_is_found_by_its_fragment(world: World) -> None:
    world.serve(ALICE.id, ALICE.document())
    assert (await fetch_key(world.client, ALICE.key_id)).id == ALICE.id
    assert world.asked == [ALICE.id]


@pytest.mark.anyio
@pytest.mark.parametrize("owner", ["owner", "controller"])
async def test_a_key_document_of_its_own_leads_to_its_owner(world: World, owner: str) -> None:
    key_id = "https://peer.example/keys/alice"
    alice = Peer("alice", key_id=key_id)
    world.serve(key_id, {"id": key_id, "type": "Key", owner: ALICE.id, "publicKeyPem": "not believed"})
    world.serve(ALICE.id, alice.document())
    actor = await fetch_key(world.client, key_id)
    assert actor.public_keys == {key_id: rsa_key(alice.key_name).public.pem}
    assert world.asked == [key_id, ALICE.id]


@pytest.mark.anyio
async def test_ac_1_7_a_stub_at_the_key_address_is_exchanged_for_the_actor(world: World) -> None:
    key_id = f"{ALICE.id}/main-key"
    alice = Peer("alice", key_id=key_id)
    full = alice.document()
    world.serve(key_id, {"id": ALICE.id, "type": "Person", "publicKey": full["publicKey"]})
    world.serve(ALICE.id, full)
    actor = await fetch_key(world.client, key_id)
    assert (actor.id, actor.inbox) == (ALICE.id, f"{ALICE.id}/inbox")


@pytest.mark.anyio
async def test_a_stub_whose_actor_does_not_list_the_key_is_refused(world: World) -> None:
    key_id = "https://peer.example/uploads/stub"
    world.serve(key_id, {"id": ALICE.id, "type": "Person", "publicKey": {"id": key_id, "owner": ALICE.id}})
    world.serve(ALICE.id, ALICE.document())
    with pytest.raises(Forbidden, match="key-not-listed"):
        await fetch_key(world.client, key_id)


@pytest.mark.anyio
async def test_ac_2_1_d_a_key_document_that_names_an_owner_elsewhere_is_refused_unasked(world: World) -> None:
    key_id = "https://evil.example/keys/1"
    world.serve(key_id, {"id": key_id, "owner": ALICE.id, "publicKeyPem": "..."})
    with pytest.raises(Forbidden, match="key-elsewhere"):
        await fetch_key(world.client, key_id)
    assert world.asked == [key_id]


@pytest.mark.anyio
async def test_ac_2_1_e_an_actor_that_claims_the_key_of_another_does_not_own_it(world: World) -> None:
    mallory = Peer("mallory")
    world.serve(ALICE.id, ALICE.document())
    world.serve(mallory.id, mallory.document(publicKey=ALICE.document()["publicKey"]))
    key_id = "https://peer.example/keys/alice"
    world.serve(key_id, {"id": key_id, "owner": mallory.id})
    with pytest.raises(Forbidden, match="key-not-listed"):
        await fetch_key(world.client, key_id)
    assert (await fetch_key(world.client, ALICE.key_id)).id == ALICE.id


@pytest.mark.anyio
async def test_an_owner_whose_document_is_somebody_elses_is_refused(world: World) -> None:
    key_id = "https://peer.example/keys/1"
    world.serve(key_id, {"id": key_id, "owner": "https://peer.example/@alice"})
    alice = Peer("alice", key_id=key_id)
    world.serve("https://peer.example/@alice", alice.document())
    world.serve(ALICE.id, alice.document())
    with pytest.raises(Forbidden, match="key-not-listed"):
        await fetch_key(world.client, key_id)


@pytest.mark.anyio
async def test_a_key_without_owner_is_malformed_and_a_lost_one_is_gone(world: World) -> None:
    key_id = "https://peer.example/keys/1"
    world.serve(key_id, {"id": key_id, "publicKeyPem": "..."})
    with pytest.raises(Malformed, match="no-key-owner"):
        await fetch_key(world.client, key_id)
    with pytest.raises(Gone):
        await fetch_key(world.client, "https://peer.example/keys/2")


@pytest.mark.anyio
async def test_a_ping_pong_of_keys_and_owners_ends_with_the_budget(world: World) -> None:
    for number in range(10):
        url = f"https://peer.example/{number}"
        world.redirect(url, f"https://peer.example/{number + 1}")
    world.serve("https://peer.example/2", {"id": "https://peer.example/3", "owner": "https://peer.example/6"})
    with pytest.raises((Unreachable, Malformed)):
        await fetch_key(world.client, "https://peer.example/0", budget=Budget())
    assert len(world.requests) == 5
