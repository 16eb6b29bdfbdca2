"""What the actors of an instance say of their server, to readers of JSON and of JSON-LD alike."""

import pytest

from federation.actors import read_actor
from federation.documents import loads
from tests.contexts import dropped_terms
from tests.fediverse import ACTIVITY_JSON, Fediverse

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/actor", "/actors/hub", "/actors/garten"])
async def test_ac_10_1_every_kind_of_actor_says_that_its_server_reads_rfc_9421(
    fediverse: Fediverse, path: str
) -> None:
    """FEP-844e, and no term is dropped by a reader who has only the published contexts."""
    node = await fediverse.add("garden.example", roles=["initiative", "hub"])
    await node.command("initiative.add", handle="garten", name="Garten", themes=["cooperation"])
    body = (await node.get(path, accept=ACTIVITY_JSON)).content
    document = loads(body)
    assert document["generator"] == {
        "type": "Application",
        "implements": [
            {
                "href": "https://datatracker.ietf.org/doc/html/rfc9421",
                "name": "RFC-9421: HTTP Message Signatures",
            }
        ],
    }
    assert read_actor(document, body, fediverse.clock.now()).speaks_rfc9421
    assert dropped_terms(document) == []
