"""Which calls a hub takes in, which version of one it keeps, and what is left after a deletion."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from federation.documents import loads
from federation.errors import Forbidden
from federation.integrity_proofs import attach
from federation.keys import ProofKey, generate_ed25519
from server.hub.calls import model, store
from server.hub.search import actions as search
from server.storage.database import Transaction
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio


@pytest.fixture
async def garten(hub: SmallHub) -> Initiative:
    initiative = Initiative(hub.world)
    await hub.admit(initiative)
    return initiative


async def documents(hub: SmallHub) -> list[bytes]:
    return [row["document"].encode() for row in await hub.rows("hub_calls")]


async def test_a_call_is_kept_byte_for_byte(hub: SmallHub, garten: Initiative) -> None:
    note = garten.note(garten.call()).replace(b'"sensitive": false', b'"sensitive" :  false')
    await hub.receive(garten.activity("Create", note))
    assert await documents(hub) == [note]


async def test_a_note_that_is_no_call_is_ignored(hub: SmallHub, garten: Initiative) -> None:
    document = loads(garten.note(garten.call()))
    variants = [
        {key: value for key, value in document.items() if key != "callStatus"},
        {**document, "inReplyTo": "https://other.example/1"},
        {**document, "to": [f"{garten.id}/followers"], "cc": []},
        {**document, "type": "Article"},
        {**document, "callStatus": "antipole:perhaps"},
    ]
    for variant in variants:
        signed = attach(variant, garten.proof_key(), NOON)
        hub.world.serve(document["id"], signed)
        await hub.receive(garten.activity("Create", signed))
    await hub.work()
    assert await hub.rows("hub_calls") == []


async def test_a_call_signed_by_another_key_is_fetched_and_believed_only_from_its_origin(
    hub: SmallHub, garten: Initiative
) -> None:
    call = garten.call()
    stranger = ProofKey(f"{garten.id}#ed25519-key", generate_ed25519())
    forged = garten.note(replace(call, title="Send money"), key=stranger)
    await hub.receive(garten.activity("Create", forged))
    assert await hub.rows("hub_calls") == []
    genuine = garten.serve_call(call)
    await hub.work()
    assert await documents(hub) == [genuine]


async def test_a_proof_that_names_another_key_than_the_known_one_is_not_believed(
    hub: SmallHub, garten: Initiative
) -> None:
    """Readers would look for that key in the profile and not find it: what we show must be provable to them."""
    renamed = ProofKey(f"{garten.id}#second-key", garten.proof)
    note = garten.note(garten.call(), key=renamed)
    hub.world.serve(garten.call().uri, note)
    await hub.receive(garten.activity("Create", note))
    await hub.work()
    assert await hub.rows("hub_calls") == []


async def test_a_seized_address_adds_nothing(hub: SmallHub, garten: Initiative) -> None:
    """TRU-14: same address, valid TLS, new keys, "we moved, donate here"."""
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call(1))))
    await hub.work()
    garten.proof = generate_ed25519()
    garten.serve(name="Donate here", updated=NOON)
    await hub.receive(garten.activity("Update", garten.document()))
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call(2))))
    await hub.receive(
        garten.activity("Update", garten.serve_call(garten.call(1, title="Donate here", updated=NOON)))
    )
    await hub.apply(garten)
    await hub.work()
    (listing,) = await hub.rows("hub_listings")
    assert (listing["disputed"], listing["name"]) == (1, "Garten am Kanal")
    assert [row["title"] for row in await hub.rows("hub_calls")] == ["Plant tree 1"]
    assert len(await hub.sent("Announce")) == 1


async def test_the_known_key_ends_the_dispute(hub: SmallHub, garten: Initiative) -> None:
    known = garten.proof
    garten.proof = generate_ed25519()
    await hub.receive(garten.activity("Update", garten.document()))
    await hub.receive(garten.activity("Create", garten.serve_call(garten.call())))
    assert [row["disputed"] for row in await hub.rows("hub_listings")] == [1]
    garten.proof = known
    garten.serve(name="Garten", updated=NOON)
    await hub.receive(garten.activity("Update", garten.document()))
    (listing,) = await hub.rows("hub_listings")
    assert (listing["disputed"], listing["name"]) == (0, "Garten")


async def test_an_update_without_proof_lets_the_origin_speak(hub: SmallHub, garten: Initiative) -> None:
    garten.serve(name="Garten", updated=NOON)
    unsigned = {key: value for key, value in loads(garten.document()).items() if key != "proof"}
    await hub.receive(garten.activity("Update", {**unsigned, "name": "Mallory"}))
    await hub.work()
    (listing,) = await hub.rows("hub_listings")
    assert (listing["disputed"], listing["name"]) == (0, "Garten")


async def test_an_older_profile_is_no_update(hub: SmallHub, garten: Initiative) -> None:
    """INT-11, TRU-12."""
    old = garten.document()
    garten.serve(name="Garten", updated=NOON)
    await hub.receive(garten.activity("Update", garten.document()))
    await hub.receive(garten.activity("Update", old))
    assert [row["name"] for row in await hub.rows("hub_listings")] == ["Garten"]


def take_away(tx: Transaction, uri: str) -> None:
    search.forget_call(tx, uri)
    store.delete_call(tx, uri)


async def test_every_order_of_arrival_ends_alike(hub: SmallHub, garten: Initiative) -> None:
    """INT-11: out of order, Update before Create, and two versions of one moment."""
    call = garten.call()
    moment = call.updated + timedelta(seconds=1)
    versions = [
        garten.note(call),
        garten.note(replace(call, title="One", updated=moment)),
        garten.note(replace(call, title="Two", updated=moment)),
    ]
    ends = set()
    for number, order in enumerate(permutations(versions)):
        for note in order:
            await hub.receive(garten.activity("Update" if number % 2 else "Create", note))
        ends.update(await documents(hub))
        assert len(await documents(hub)) == 1
        # The call is taken away without a trace, as if the next order met a hub that never heard of it.
        await hub.services.database.write(lambda tx: take_away(tx, call.uri))
    assert len(ends) == 1
    assert ends <= set(versions[1:])


async def test_another_initiative_changes_nothing(hub: SmallHub, garten: Initiative) -> None:
    """IDC-02, IDC-03, IDC-04: by a listed neighbour on the same server, with a valid proof of its own."""
    call = garten.call()
    note = garten.serve_call(call)
    await hub.receive(garten.activity("Create", note))
    neighbour = Initiative(hub.world, garten.host, "mallory")
    await hub.admit(neighbour)
    for theirs in (
        neighbour.note(replace(call, title="Mine", updated=NOON)),
        neighbour.note(replace(call, actor_id=neighbour.id, title="Mine", updated=NOON)),
    ):
        with pytest.raises(Forbidden):
            await hub.receive(neighbour.activity("Update", theirs))
    with pytest.raises(Forbidden):
        await hub.receive(neighbour.activity("Delete", call.uri))
    await hub.work()
    assert await documents(hub) == [note]


async def test_a_neighbour_cannot_bar_a_call_that_is_not_there_yet(hub: SmallHub, garten: Initiative) -> None:
    neighbour = Initiative(hub.world, garten.host, "mallory")
    await hub.admit(neighbour)
    await hub.receive(neighbour.activity("Delete", garten.call().uri))
    note = garten.serve_call(garten.call())
    await hub.receive(garten.activity("Create", note))
    assert await documents(hub) == [note]


@pytest.mark.parametrize("tombstone", [True, False])
async def test_deleting_erases_the_bytes_everywhere(
    hub: SmallHub, garten: Initiative, tombstone: bool
) -> None:
    call = garten.call(1, title="Sentinel-4711")
    await hub.receive(garten.activity("Create", garten.serve_call(call)))
    await hub.work()
    path = (await hub.get("/calls.json")).json()["items"][0]["page"]
    gone = {"id": call.uri, "type": "Tombstone"} if tombstone else call.uri
    await hub.receive(garten.activity("Delete", gone))
    await hub.work()
    assert await hub.rows("hub_calls") == []
    assert (await hub.get(path)).status_code == 410
    await hub.services.database.tidy()
    directory = hub.services.paths.directory
    assert not [
        file for file in directory.rglob("*") if file.is_file() and b"Sentinel-4711" in file.read_bytes()
    ]
    assert [undo["object"]["object"] for undo in await hub.sent("Undo")] == [call.uri]


async def test_a_deleted_call_does_not_come_back(hub: SmallHub, garten: Initiative) -> None:
    note = garten.serve_call(garten.call())
    await hub.receive(garten.activity("Delete", garten.call().uri))
    await hub.receive(garten.activity("Create", note))
    await hub.receive(garten.activity("Create", garten.call().uri))
    await hub.work()
    assert await hub.rows("hub_calls") == []


async def test_more_open_calls_than_the_cap_are_left_out(
    hub: SmallHub, garten: Initiative, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(model.MAX_CALLS, "open", 2)
    for number in range(4):
        await hub.receive(garten.activity("Create", garten.note(garten.call(number))))
    assert [row["title"] for row in await hub.rows("hub_calls")] == ["Plant tree 0", "Plant tree 1"]
    edited = garten.call(1, title="Plant a tree", updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(edited)))
    ended = garten.call(0, state="closed", updated=NOON)
    await hub.receive(garten.activity("Update", garten.note(ended)))
    await hub.receive(garten.activity("Create", garten.note(garten.call(3))))
    titles = sorted(row["title"] for row in await hub.rows("hub_calls"))
    assert titles == ["Plant a tree", "Plant tree 0", "Plant tree 3"]


async def test_a_call_from_the_future_is_not_taken(hub: SmallHub, garten: Initiative) -> None:
    """It would stand first in every list and no later edit could win over it."""
    future = garten.call(1, updated=NOON + timedelta(days=400))
    await hub.receive(garten.activity("Create", garten.serve_call(future)))
    await hub.work()
    assert await hub.rows("hub_calls") == []


async def test_whatever_is_sent_as_an_object_no_listener_breaks(hub: SmallHub, garten: Initiative) -> None:
    note = loads(garten.note(garten.call()))
    strange = [
        {},
        {"id": 3},
        {"type": ["Note", "Call"], "id": garten.call().uri},
        {**note, "attributedTo": [garten.id, garten.id]},
        {**note, "proof": [1, 2]},
        {**note, "proof": {"type": "DataIntegrityProof"}},
        {**note, "published": "yesterday", "updated": []},
        {**note, "callStatus": {"id": [1]}},
    ]
    for thing in strange:
        for kind in ("Create", "Update", "Delete", "Undo", "Follow"):
            try:
                await hub.receive(garten.activity(kind, json.dumps(thing).encode()))
            except Forbidden:
                continue
    await hub.work()
    assert [row["state"] for row in await hub.rows("hub_listings")] == ["listed"]
    assert await hub.rows("hub_calls") == []
