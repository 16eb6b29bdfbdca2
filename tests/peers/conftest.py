"""Other people's software, run for real: a failure to set it up fails the tests, it never skips them."""

from collections.abc import Iterator

import pytest

from tests.peers.fedify.driver import FedifyPeer
from tests.peers.fedify.installation import PeerUnavailable


@pytest.fixture(scope="session")
def fedify() -> Iterator[FedifyPeer]:
    """One reader on one Fedify server for the whole session; see `FedifyPeer`."""
    peer = FedifyPeer()
    try:
        peer.__enter__()
    except PeerUnavailable as reason:
        pytest.fail(str(reason), pytrace=False)
    try:
        yield peer
    finally:
        peer.close()
