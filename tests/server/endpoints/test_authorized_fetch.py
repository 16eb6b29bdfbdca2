"""Secure mode: which doors ask for a signature, who gets in, and what stays open so that two such servers can meet."""

import re
from typing import Any

import httpx2
import pytest

from federation.http_signatures.scheme import sign_request
from federation.vocabulary import is_activity_json
from server.fediverse import moderation
from server.web.doors import Door
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node
from tests.neighbours import Account
from tests.server.endpoints.reading import get_signed

pytestmark = pytest.mark.anyio

HOST = "garden.example"
# The one document that must be open: our key, without which nobody could verify our signatures.
EXEMPT = {"/actor"}
EVERYWHERE = ("/.well-known/nodeinfo", "/nodeinfo/2.0", "/nodeinfo/2.1", "/.well-known/host-meta", "/health")


async def make(fediverse: Fediverse, *, secure: bool, host: str = HOST) -> tuple[Node, dict[str, str]]:
    """An instance with one of everything, and what stands in its addresses."""
    node = await fediverse.add(host, roles=["initiative", "hub"], secure_mode=secure)
    await node.command("initiative.add", handle="garten", name="Garten", place="Leipzig")
    done = await node.command(
        "call.publish",
        handle="garten",
        title="Trees",
        text="Plant some.",
        kind="host",
        size="day",
        start="2026-12-05T10:00+01:00",
        place="Leipzig",
        event=True,
    )
    actor = await node.services.database.read(
        lambda tx: tx.one(_query("SELECT id FROM activities WHERE object_id = :uri LIMIT 1"), uri=done["uri"])
    )
    assert actor is not None
    return node, {
        "handle": "garten",
        "call_id": done["uri"].rpartition("/")[2],
        "name": actor["id"].rpartition("/")[2],
        "listing_id": "0" * 20,
    }


def _query(text: str) -> Any:
    from tests.fediverse import _sql

    return _sql(text)


def addresses(node: Node, values: dict[str, str]) -> list[str]:
    """Of every public door, from the routes themselves; a door whose address cannot be filled in fails here."""
    doors = [route for feature in node.features for route in feature.routes if isinstance(route, Door)]
    public = [door.path for door in doors if door.permission.who == "public"]
    assert len(public) > 20
    return [re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: values[match[1]], path) for path in public]


def is_document(answer: httpx2.Response) -> bool:
    return is_activity_json(answer.headers.get("content-type"))


async def documents(node: Node, values: dict[str, str]) -> set[str]:
    """The addresses that answer a document to whoever asks without a signature, in whatever words."""
    found = set()
    for path in addresses(node, values):
        for accept in (ACTIVITY_JSON, "application/ld+json", "*/*", "text/html"):
            for method in ("GET", "HEAD"):
                answer = await node.request(method, path, headers={"accept": accept})
                if is_document(answer):
                    found.add(path)
    return found


@pytest.fixture
async def vera(fediverse: Fediverse) -> Account:
    return fediverse.neighbour("reader.example").account("vera")


async def test_ac_1_8_no_door_answers_a_document_unsigned_but_the_instance_actors(
    fediverse: Fediverse,
) -> None:
    """The doors are taken from the routes: one that is added without the wrapper fails here."""
    open_node, open_values = await make(fediverse, secure=False, host="open.example")
    node, values = await make(fediverse, secure=True)
    shown = await documents(open_node, open_values)
    assert len(shown) >= 9
    assert await documents(node, values) == EXEMPT
    for path in {re.sub(open_values["call_id"], values["call_id"], path) for path in shown}:
        path = path.replace(open_values["name"], values["name"])
        if path in EXEMPT:
            continue
        for method in ("GET", "HEAD"):
            refused = await node.request(method, path, headers={"accept": ACTIVITY_JSON})
            assert refused.status_code == 401, path
            assert refused.headers["accept-signature"] == 'sig1=("@method" "@target-uri");created;keyid'
            assert {"private", "no-store"} <= set(refused.headers["cache-control"].split(", "))
            assert {"Accept", "Signature"} <= set(refused.headers["vary"].split(", "))
        assert (await node.get(path, accept=ACTIVITY_JSON)).json() == {"error": "signature-missing"}


async def test_ac_1_8_who_signs_gets_every_document(fediverse: Fediverse, vera: Account) -> None:
    open_node, open_values = await make(fediverse, secure=False, host="open.example")
    node, values = await make(fediverse, secure=True)
    for path in await documents(open_node, open_values):
        path = path.replace(open_values["call_id"], values["call_id"]).replace(
            open_values["name"], values["name"]
        )
        answer = await get_signed(fediverse, vera.key, node.origin + path)
        assert (answer.status_code, is_document(answer)) == (200, True), path
        if path not in EXEMPT:
            assert {"private", "no-store"} <= set(answer.headers["cache-control"].split(", "))
            assert {"Accept", "Signature"} <= set(answer.headers["vary"].split(", "))
        again = await get_signed(
            fediverse, vera.key, node.origin + path, headers={"if-none-match": answer.headers["etag"]}
        )
        assert again.status_code == 304
    assert (
        await get_signed(fediverse, vera.key, f"{node.origin}/actors/garten", method="HEAD")
    ).status_code == 200


async def test_an_unsigned_guess_learns_nothing_not_even_a_304(fediverse: Fediverse, vera: Account) -> None:
    node, values = await make(fediverse, secure=True)
    url = f"{node.origin}/calls/{values['call_id']}"
    tag = (await get_signed(fediverse, vera.key, url)).headers["etag"]
    for headers in ({"if-none-match": tag}, {"if-none-match": "*"}):
        answer = await node.request("GET", url, headers={"accept": ACTIVITY_JSON, **headers})
        assert answer.status_code == 401
    for path in ("/actors/nobody", "/calls/00000000000000000000", "/@nobody", "/activities/none"):
        assert (await node.get(path, accept=ACTIVITY_JSON)).status_code == 401, path
    assert (await get_signed(fediverse, vera.key, f"{node.origin}/actors/nobody")).status_code == 404


async def test_pages_and_discovery_stay_open(fediverse: Fediverse) -> None:
    node, values = await make(fediverse, secure=True)
    for path in ("/", "/@garten", f"/calls/{values['call_id']}", "/follow"):
        answer = await node.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
    for path in (*EVERYWHERE, f"/.well-known/webfinger?resource=acct:garten@{HOST}"):
        for accept in ("*/*", ACTIVITY_JSON):
            assert (await node.get(path, accept=accept)).status_code in (200, 503), (path, accept)
    actor = await node.document("/actor")
    assert actor["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")


async def test_a_signature_that_does_not_hold_opens_nothing(fediverse: Fediverse, vera: Account) -> None:
    node, values = await make(fediverse, secure=True)
    url = f"{node.origin}/calls/{values['call_id']}"
    before = await node.rows()
    stranger = fediverse.neighbour("reader.example").account("other").key
    forged = type(vera.key)(vera.key.key_id, stranger.private)
    signed = dict(
        sign_request(
            method="GET",
            url=f"{node.origin}/actors/garten",
            body=None,
            key=vera.key,
            now=fediverse.clock.now(),
        )
    )
    for answer in (
        await get_signed(fediverse, forged, url),
        await get_signed(fediverse, vera.key, url, headers={"signature": signed["signature"]}),
        await get_signed(fediverse, vera.key, url, headers={"signature": 'keyId="x"'}),
        await get_signed(fediverse, vera.key, url, headers={"date": "Mon, 23 Nov 2020 08:00:00 GMT"}),
    ):
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}
        assert "accept-signature" in answer.headers
    gone = fediverse.neighbour("gone.example")
    nobody = gone.account("nobody")
    gone.gone.add("/users/nobody")
    assert (await get_signed(fediverse, nobody.key, url)).status_code == 401
    assert await node.rows() == before
    assert (await get_signed(fediverse, vera.key, url)).status_code == 200


@pytest.mark.parametrize("target", ["https://reader.example", "https://reader.example/users/vera"])
async def test_who_is_blocked_gets_403_and_a_neighbour_of_a_blocked_account_does_not(
    fediverse: Fediverse, vera: Account, target: str
) -> None:
    node, values = await make(fediverse, secure=True)
    url = f"{node.origin}/calls/{values['call_id']}"
    assert (await get_signed(fediverse, vera.key, url)).status_code == 200
    now = fediverse.clock.now()
    await node.services.database.write(lambda tx: moderation.block(tx, target, now))
    node.services.here.blocklist.replace([target])
    refused = await get_signed(fediverse, vera.key, url)
    assert (refused.status_code, refused.json()) == (403, {"error": "blocked"})
    assert {"private", "no-store"} <= set(refused.headers["cache-control"].split(", "))
    bob = fediverse.neighbour("reader.example").account("bob")
    expected = 403 if target.count("/") == 2 else 200
    assert (await get_signed(fediverse, bob.key, url)).status_code == expected


async def test_a_blocked_key_is_refused_as_such_and_not_fetched(fediverse: Fediverse, vera: Account) -> None:
    node, values = await make(fediverse, secure=True)
    node.services.here.blocklist.replace(["https://reader.example"])
    refused = await get_signed(fediverse, vera.key, f"{node.origin}/calls/{values['call_id']}")
    assert (refused.status_code, refused.json()) == (403, {"error": "blocked"})
    assert fediverse.neighbour("reader.example").asked == []


async def test_outside_secure_mode_nobody_is_asked_who_they_are(fediverse: Fediverse, vera: Account) -> None:
    """A server that verified on every path would run into a loop with GoToSocial."""
    node, values = await make(fediverse, secure=False)
    reader = fediverse.neighbour("reader.example")
    for path in ("/actor", "/actors/garten", "/actors/garten/outbox", f"/activities/{values['name']}"):
        answer = await get_signed(fediverse, vera.key, node.origin + path, headers={"signature": "nonsense"})
        assert answer.status_code == 200, path
        assert "public" in answer.headers["cache-control"]
        await get_signed(fediverse, vera.key, node.origin + path)
    assert reader.asked == []


async def test_in_secure_mode_nobody_is_asked_who_reads_our_key(fediverse: Fediverse, vera: Account) -> None:
    node, _ = await make(fediverse, secure=True)
    assert (await get_signed(fediverse, vera.key, f"{node.origin}/actor")).status_code == 200
    assert fediverse.neighbour("reader.example").asked == []
