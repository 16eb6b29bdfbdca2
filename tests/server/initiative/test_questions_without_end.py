"""Who asks and asks, and does not take the answers (RES-12)."""

from typing import Any

import pytest

from server.fediverse.followers import actions as followers
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Neighbour
from tests.server.initiative.test_events import GATHERING

pytestmark = pytest.mark.anyio

ENOUGH = 3


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "MAX_OWED", ENOUGH)


@pytest.fixture
async def letters(fediverse: Fediverse) -> Node:
    node = await fediverse.add("letters.example", roles=["initiative"])
    await node.command("initiative.add", handle="letters", name="Letters", languages=["en"])
    return node


async def ask(letters: Node, server: Neighbour, account: Account, kind: str, about: str, number: int) -> None:
    question: dict[str, Any] = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{account.id}/questions/{number}",
        "type": kind,
        "actor": account.id,
        "object": about,
    }
    answer = await server.send(account, f"{letters.origin}/inbox", question)
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["Follow", "Join", "QuoteRequest"])
@pytest.mark.parametrize("again", [True, False])
async def test_res_12_answers_that_nobody_takes_do_not_pile_up(
    fediverse: Fediverse, letters: Node, kind: str, again: bool
) -> None:
    uri = (await letters.command("call.publish", **GATHERING, event=True))["uri"]
    about = {
        "Follow": f"{letters.origin}/actors/letters",
        "Join": uri.replace("/calls/", "/events/"),
        "QuoteRequest": uri,
    }[kind]
    flood = fediverse.neighbour("flood.example")
    mallory = flood.account("mallory")
    for number in range(3 * ENOUGH):
        await ask(letters, flood, mallory, kind, about, 1 if again else number)
    assert (await letters.rows())["deliveries"] <= ENOUGH
    # Whoever listens again is answered again.
    await fediverse.settle()
    await ask(letters, flood, mallory, kind, about, 99)
    await fediverse.settle()
    assert len(flood.arrived) == min((await letters.rows())["deliveries"], ENOUGH + 1)
    assert flood.arrived[-1].document["type"] in ("Accept", "Ignore", "Reject")
