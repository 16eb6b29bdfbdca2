"""An initiative is deleted: every server that has anything of it is told, and nothing brings it back."""

from functools import partial

import pytest

from federation.actors import read_actor
from federation.documents import loads
from federation.http_signatures.scheme import RawRequest, inspect, prove
from federation.integrity_proofs import verify_by_owner
from federation.keys import load_public_pem
from server.feature import Refusal
from server.fediverse import actors
from server.fediverse.actors import HandleTaken
from server.storage.database import StorageUnavailable
from tests.fediverse import ACTIVITY_JSON, Fediverse, Node
from tests.neighbours import Arrived
from tests.server.endpoints.reading import get_signed, settle_readers

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

HOST = "garten.example"
GARTEN = f"https://{HOST}/actors/garten"
ADDRESSES = ("", "/outbox", "/followers", "/following", "/featured")


async def an_initiative(fediverse: Fediverse, **settings: object) -> Node:
    node = await fediverse.add(HOST, roles=["initiative", "hub"], **settings)
    await node.command("initiative.add", handle="garten", name="Garten")
    return node


async def publish(node: Node) -> str:
    done = await node.command(
        "call.publish", handle="garten", title="Trees", text="Now.", kind="host", size="day"
    )
    uri: str = done["uri"]
    return uri


def is_signed_by(arrived: Arrived, host: str, pem: str, fediverse: Fediverse) -> bool:
    raw = RawRequest("POST", arrived.path, list(arrived.headers.items()), arrived.body)
    claim = inspect(raw, origin=f"https://{host}", now=fediverse.clock.now())
    prove(claim, raw, load_public_pem(pem))
    return claim.key_id == f"{GARTEN}#main-key"


async def test_ac_4_3_every_server_that_has_anything_of_it_gets_one_signed_delete(
    fediverse: Fediverse,
) -> None:
    node = await an_initiative(fediverse)
    body = (await node.get(GARTEN, accept=ACTIVITY_JSON)).content
    profile = loads(body)
    hosts = [f"m{number}.example" for number in range(4)]
    for host in hosts:
        server = fediverse.neighbour(host)
        for name in ("vera", "bob"):
            await server.follow(server.account(name), profile)
    await fediverse.settle()
    uri = await publish(node)
    await fediverse.settle()
    # one has left since, and one never followed but read the call
    for name in ("vera", "bob"):
        await fediverse.neighbour(hosts[0]).unfollow(fediverse.neighbour(hosts[0]).account(name), profile)
    hosts.append("reader.example")
    await get_signed(fediverse, fediverse.neighbour("reader.example").account("olga").key, uri)
    await settle_readers(node)

    await node.command("initiative.remove", handle="garten")
    await fediverse.settle()
    owner = read_actor(profile, body, fediverse.clock.now())
    for host in hosts:
        about_it = [
            arrived
            for arrived in fediverse.neighbour(host).arrived
            if arrived.document["type"] == "Delete" and arrived.document["object"] == GARTEN
        ]
        paths = [arrived.path for arrived in about_it]
        assert "/inbox" in paths, host
        # an Accept went to their own inboxes: whatever was reached ever is told, and each once
        assert len(paths) == len(set(paths))
        assert len({arrived.document["id"] for arrived in about_it}) == 1
        for arrived in about_it:
            assert arrived.document["actor"] == GARTEN
            assert is_signed_by(arrived, host, profile["publicKey"]["publicKeyPem"], fediverse)
            verify_by_owner(loads(arrived.body), owner, now=fediverse.clock.now())


@pytest.mark.parametrize("secure", [False, True])
async def test_ac_4_3_its_addresses_answer_410_with_a_tombstone(fediverse: Fediverse, secure: bool) -> None:
    node = await an_initiative(fediverse, secure_mode=secure)
    uri = await publish(node)
    vera = fediverse.neighbour("reader.example").account("vera")
    fediverse.clock.advance(days=1)
    await node.command("initiative.remove", handle="garten")
    for path in ADDRESSES:
        gone = await get_signed(fediverse, vera.key, GARTEN + path)
        assert gone.status_code == 410, path
        assert gone.json()["type"] == "Tombstone"
        unsigned = await node.get(GARTEN + path, accept=ACTIVITY_JSON)
        assert unsigned.status_code == (401 if secure else 410)
    tombstone = (await get_signed(fediverse, vera.key, GARTEN)).json()
    assert (tombstone["id"], tombstone["formerType"]) == (GARTEN, "Organization")
    assert tombstone["deleted"].startswith("2026-11-24")
    # its words are gone with it
    assert set(tombstone) == {"@context", "id", "type", "formerType", "deleted"}
    assert (await get_signed(fediverse, vera.key, uri)).status_code == 410
    assert (await node.get(f"/.well-known/webfinger?resource=acct:garten@{HOST}")).status_code == 410
    neighbour = fediverse.neighbour("reader.example")
    follow = {"id": f"{vera.id}#1", "type": "Follow", "actor": vera.id, "object": GARTEN}
    assert (await neighbour.send(vera, f"{GARTEN}/inbox", follow)).status_code == 410


async def test_ac_4_3_nothing_brings_the_same_id_back(fediverse: Fediverse) -> None:
    node = await an_initiative(fediverse)
    await node.command("initiative.remove", handle="garten")
    before = (await node.get(GARTEN, accept=ACTIVITY_JSON)).content
    for handle in ("garten", "@garten"):
        with pytest.raises(Refusal, match="never given away again"):
            await node.command("initiative.add", handle=handle, name="Another")
    with pytest.raises(Refusal, match="nothing of it is left"):
        await node.command("initiative.edit", handle="garten", name="Back")
    with pytest.raises(Refusal):
        await node.command(
            "call.publish", handle="garten", title="Back", text="Here.", kind="host", size="day"
        )
    now = fediverse.clock.now()
    for handle in ("garten", "GARTEN"):
        insert = partial(
            actors.insert_local, actor_id=GARTEN, kind="initiative", handle=handle, document="{}", now=now
        )
        with pytest.raises(HandleTaken):
            await node.services.database.write(insert)
    replace = partial(actors.replace_document, actor_id=GARTEN, document="{}", now=now)
    assert await node.services.database.write(replace) is False
    # nor does a start, which signs anew whoever was signed by an older version
    fediverse.clock.advance(days=30)
    await node.stop()
    await node.start()
    await fediverse.forget()
    await fediverse.settle()
    again = await node.get(GARTEN, accept=ACTIVITY_JSON)
    assert (again.status_code, again.content) == (410, before)


async def test_ac_4_4_a_server_in_trouble_never_says_410(
    fediverse: Fediverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mastodon deletes accounts for it: a full disk, a lost proxy or a block must not look like a deletion."""
    node = await an_initiative(fediverse)
    uri = await publish(node)
    addresses = [
        *(f"{GARTEN}{path}" for path in ADDRESSES),
        f"https://{HOST}/actor",
        f"https://{HOST}/actors/hub",
        f"https://{HOST}/@garten",
        uri,
        f"https://{HOST}/.well-known/webfinger?resource=acct:garten@{HOST}",
    ]

    async def fail(*_: object) -> None:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(type(node.services.database), "read", fail)
    for address in addresses:
        for accept in (ACTIVITY_JSON, "text/html"):
            answer = await node.get(address, accept=accept)
            assert answer.status_code == 503, address
    monkeypatch.undo()
    for address in addresses:
        assert (await node.get(address, accept=ACTIVITY_JSON)).status_code == 200, address
