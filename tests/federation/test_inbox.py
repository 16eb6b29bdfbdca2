"""What an inbox believes, and what it answers to everything else."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from federation.errors import FederationError, Forbidden, Malformed, NotAuthentic, TooLarge, WrongMediaType
from federation.inbox import Ignored, RawRequest, VerifiedActivity, receive
from federation.integrity_proofs import attach
from tests.federation.small_world import NOW, OUR_AUTHORITY, Peer, World, rsa_key

pytestmark = pytest.mark.anyio

ALICE = Peer("alice")
BOB = Peer("bob")
MALLORY = Peer("mallory", "evil.example")


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


@pytest.fixture
def world() -> World:
    world = World()
    for peer in (ALICE, BOB, MALLORY):
        world.serve(peer.id, peer.document())
    return world


async def test_a_follow_of_a_stranger_is_verified_with_a_fetched_key(world: World) -> None:
    request = ALICE.post(ALICE.activity("Follow", "https://home.example/hub"))
    activity = await accepted(world, request)
    assert (activity.type, activity.actor.id, activity.fresh) == ("Follow", ALICE.id, True)
    assert activity.object_id == "https://home.example/hub"
    assert activity.received_at == NOW
    assert world.asked == [ALICE.id]


async def test_a_remembered_actor_is_not_fetched(world: World) -> None:
    world.memory.actors.append(ALICE.read())
    activity = await accepted(world, ALICE.post(ALICE.activity("Create", ALICE.note())))
    assert not activity.fresh
    assert activity.object_id == f"{ALICE.id}/notes/1"
    assert world.requests == []


async def test_ac_1_7_a_key_at_an_address_of_its_own_verifies() -> None:
    world = World()
    key_id = f"{ALICE.id}/main-key"
    gotosocial = Peer("alice", key_id=key_id)
    full = gotosocial.document()
    stub = {name: full[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
    world.serve(key_id, stub)
    world.serve(ALICE.id, full)
    activity = await accepted(world, gotosocial.post(ALICE.activity("Follow", "https://home.example/hub")))
    assert activity.actor.id == ALICE.id
    assert world.asked == [key_id, ALICE.id]
