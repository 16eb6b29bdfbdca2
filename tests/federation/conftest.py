"""The worlds that the tests of this folder begin with."""

import pytest

from tests.federation.small_world import ALICE, BOB, MALLORY, World


@pytest.fixture
def world() -> World:
    """Nobody is there."""
    return World()


@pytest.fixture
def town(world: World) -> World:
    """Alice, Bob and Mallory can be asked for; we have never heard of them."""
    for peer in (ALICE, BOB, MALLORY):
        world.serve(peer.id, peer.document())
    return world


@pytest.fixture
def acquainted(town: World) -> World:
    """We remember all three."""
    town.memory.actors += [ALICE.read(), BOB.read(), MALLORY.read()]
    return town
