"""How often an activity by somebody we know asks the database: figures that may fall, and never grow unseen.

Each hop is a change of threads, each statement up to 30 microseconds; docs/reference/performance.md has the whole bill.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from server.storage.database import Transaction
from tests.fediverse import Fediverse, Node

pytestmark = pytest.mark.anyio

HUB = "https://hub.example/actors/hub"
MOST_STATEMENTS = {"Like": 4, "Announce": 4, "Follow": 13}


class Counted:
    """A transaction that counts its statements."""

    def __init__(self, tx: Transaction, bill: Counter[str]) -> None:
        self._tx, self._bill = tx, bill

    def __getattr__(self, name: str) -> Any:
        if name in ("one", "all", "run", "run_many"):
            self._bill["statements"] += 1
        return getattr(self._tx, name)


def count(node: Node, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    bill: Counter[str] = Counter()
    database = node.services.database
    for hop in ("read", "write"):
        original = getattr(database, hop)

        async def counted(
            work: Callable[[Any], Any], hop: str = hop, original: Callable[[Any], Any] = original
        ) -> Any:
            bill[hop] += 1
            return await original(lambda tx: work(Counted(tx, bill)))

        monkeypatch.setattr(database, hop, counted)
    return bill


@pytest.mark.parametrize("kind", MOST_STATEMENTS)
async def test_a_known_sender_costs_one_hop_to_the_writer_and_few_statements(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    hub = await fediverse.add("hub.example", roles=["hub"])
    peer = fediverse.neighbour("peer.example")
    eve = peer.account("eve")

    def said(number: int) -> dict[str, Any]:
        return {"id": f"{eve.id}/said/{number}", "type": kind, "actor": eve.id, "object": HUB}

    assert (await peer.follow(eve, await hub.document("/actors/hub"))).status_code == 202
    # The first one after a change of hers is looked up in the database.
    assert (await peer.send(eve, "https://hub.example/inbox", said(1))).status_code == 202
    await fediverse.settle()
    bill = count(hub, monkeypatch)
    assert (await peer.send(eve, "https://hub.example/inbox", said(2))).status_code == 202
    assert bill["write"] == 1
    assert bill["read"] == 0
    assert 0 < bill["statements"] <= MOST_STATEMENTS[kind]
