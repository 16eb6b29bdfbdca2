"""People, and what one of them sends to speak for another."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from federation.keys import SigningKey
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.fediverse import Fediverse, Node, table_names
from tests.neighbours import Account, Json, Neighbour

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS2 + "#Public"
INBOX = "https://home.example/inbox"
HUB = "https://home.example/actors/hub"


@dataclass
class Stage:
    """Eve follows us and has replied to a call; Frank is her neighbour; Mallory is on a server of her own."""

    fediverse: Fediverse
    home: Node
    peer: Neighbour
    evil: Neighbour
    eve: Account
    frank: Account
    mallory: Account
    call: str
    reply: Json
    follow: Json

    def activity(self, kind: Any, actor: Account, thing: Any, /, **members: Any) -> Json:
        return {
            "@context": AS2,
            "id": f"{actor.id}/activities/forged",
            "type": kind,
            "actor": actor.id,
            "to": [PUBLIC],
            "object": thing,
        } | members

    def note(self, author: Account, **members: Any) -> Json:
        return {
            "id": f"{author.id}/notes/1",
            "type": "Note",
            "attributedTo": author.id,
            "content": "<p>Give your money to Mallory.</p>",
            "inReplyTo": self.call,
            "published": "2026-11-23T08:30:00Z",
            "updated": "2026-11-23T08:30:00Z",
            "to": [PUBLIC],
        } | members

    async def send(
        self, sender: Account, document: Json | bytes, key: SigningKey | None = None
    ) -> httpx2.Response:
        server = self.evil if sender is self.mallory else self.peer
        return await server.send(sender, INBOX, document, key=key)

    async def dump(self) -> dict[str, list[str]]:
        """Every row of every table."""

        def read(tx: Transaction) -> dict[str, list[str]]:
            return {
                table: sorted(str(dict(row)) for row in tx.all(_sql(f"SELECT * FROM {table}")))
                for table in table_names(tx, self.home.database)
                if "_search" not in table
            }

        return await self.home.services.database.read(read)


def _sql(text: str) -> Any:
    return Query("test", text, "A question of a test.", Path("tests"))


async def a_stage(fediverse: Fediverse) -> Stage:
    home = await fediverse.add("home.example", roles=["hub", "initiative"])
    await home.command("initiative.add", handle="garden", name="Garden", languages=["en"])
    call = (await home.command("call.publish", handle="garden", title="Plant", text="On Saturday."))["uri"]
    peer, evil = fediverse.neighbour("peer.example"), fediverse.neighbour("evil.example")
    eve, frank, mallory = peer.account("eve"), peer.account("frank"), evil.account("mallory")
    hub = await home.document("/actors/hub")
    for account, server in ((eve, peer), (mallory, evil)):
        assert (await server.follow(account, hub)).status_code == 202
    follow = {
        "id": f"{eve.id}#follows/https%3A%2F%2Fhome.example%2Factors%2Fhub",
        "type": "Follow",
        "actor": eve.id,
        "object": HUB,
    }
    stage = Stage(fediverse, home, peer, evil, eve, frank, mallory, call, {}, follow)
    stage.reply = stage.note(
        eve, content="<p>I bring spades.</p>", published="2026-11-23T07:00:00Z", updated=None
    )
    created = stage.activity("Create", eve, stage.reply, id=f"{eve.id}/activities/0")
    assert (await stage.send(eve, created)).status_code == 202
    await fediverse.settle()
    assert (await home.rows())["call_replies"] == 1
    fediverse.clock.advance(hours=1)
    return stage


Forgery = Callable[[Stage], Awaitable[httpx2.Response]]
FORGERIES: dict[str, Forgery] = {}


def forgery(name: str) -> Callable[[Forgery], Forgery]:
    def register(make: Forgery) -> Forgery:
        FORGERIES[name] = make
        return make

    return register


@forgery("a-create-of-an-object-on-another-host")
async def _(stage: Stage) -> httpx2.Response:
    note = stage.note(stage.mallory, id=f"{stage.eve.id}/notes/9")
    return await stage.send(stage.mallory, stage.activity("Create", stage.mallory, note))


@forgery("b-update-of-a-neighbour-s-object")
async def _(stage: Stage) -> httpx2.Response:
    changed = stage.reply | {"content": "<p>changed</p>", "updated": "2026-11-23T08:59:00Z"}
    return await stage.send(stage.frank, stage.activity("Update", stage.frank, changed))


@forgery("b-update-of-a-neighbour-s-object-that-claims-to-be-one-s-own")
async def _(stage: Stage) -> httpx2.Response:
    changed = stage.note(stage.frank, id=stage.reply["id"])
    return await stage.send(stage.frank, stage.activity("Update", stage.frank, changed))


@forgery("b-delete-of-a-neighbour-s-object-by-its-bare-id")
async def _(stage: Stage) -> httpx2.Response:
    return await stage.send(stage.frank, stage.activity("Delete", stage.frank, stage.reply["id"]))


@forgery("c-the-same-host-on-another-port")
async def _(stage: Stage) -> httpx2.Response:
    other = stage.fediverse.neighbour("peer.example:8443").account("eve")
    return await stage.send(stage.eve, stage.activity("Delete", stage.eve, stage.reply["id"]), key=other.key)


@forgery("c-an-object-on-another-port")
async def _(stage: Stage) -> httpx2.Response:
    note = stage.note(stage.frank, id="https://peer.example:8443/users/frank/notes/1")
    return await stage.send(stage.frank, stage.activity("Create", stage.frank, note))


@forgery("d-a-key-document-elsewhere-that-names-its-victim-as-owner")
async def _(stage: Stage) -> httpx2.Response:
    key_id = "https://evil.example/keys/1"
    pem = stage.mallory.document["publicKey"]["publicKeyPem"]
    stage.evil.documents["/keys/1"] = {"id": key_id, "owner": stage.eve.id, "publicKeyPem": pem}
    activity = stage.activity("Delete", stage.eve, stage.reply["id"])
    return await stage.send(stage.eve, activity, key=SigningKey(key_id, stage.mallory.key.private))


@forgery("e-an-actor-that-lists-the-key-id-of-another")
async def _(stage: Stage) -> httpx2.Response:
    stage.mallory.document["publicKey"]["id"] = stage.eve.key.key_id
    activity = stage.activity("Like", stage.mallory, stage.call)
    return await stage.send(
        stage.mallory, activity, key=SigningKey(stage.eve.key.key_id, stage.mallory.key.private)
    )


@forgery("e-a-neighbour-that-lists-the-key-id-of-another")
async def _(stage: Stage) -> httpx2.Response:
    stage.frank.document["publicKey"]["id"] = stage.eve.key.key_id
    activity = stage.activity("Delete", stage.eve, stage.reply["id"])
    return await stage.send(
        stage.eve, activity, key=SigningKey(stage.eve.key.key_id, stage.frank.key.private)
    )


async def by_a_newcomer(stage: Stage, answer: Callable[[Account], httpx2.Response]) -> httpx2.Response:
    """Mallory's friend is somebody whose actor we have to fetch first."""
    friend = stage.evil.account("friend")
    stage.evil.answers["/users/friend"] = lambda: answer(friend)
    note = stage.note(friend)
    return await stage.evil.send(friend, INBOX, stage.activity("Create", friend, note))


def served(document: Json, media_type: str = "application/activity+json") -> httpx2.Response:
    return httpx2.Response(200, content=json.dumps(document).encode(), headers={"content-type": media_type})


@forgery("f-an-actor-served-as-application-json")
async def _(stage: Stage) -> httpx2.Response:
    return await by_a_newcomer(stage, lambda friend: served(friend.document, "application/json"))


@forgery("g-an-actor-served-with-another-id")
async def _(stage: Stage) -> httpx2.Response:
    return await by_a_newcomer(stage, lambda friend: served(friend.document | {"id": stage.eve.id}))


@forgery("h-an-actor-behind-a-redirect-to-another-origin")
async def _(stage: Stage) -> httpx2.Response:
    return await by_a_newcomer(stage, lambda _: httpx2.Response(302, headers={"location": stage.eve.id}))


@forgery("i-an-embedded-object-of-another-origin")
async def _(stage: Stage) -> httpx2.Response:
    note = stage.note(stage.eve, id=f"{stage.eve.id}/notes/7")
    return await stage.send(stage.mallory, stage.activity("Create", stage.mallory, note))


@forgery("j-two-actors")
async def _(stage: Stage) -> httpx2.Response:
    activity = stage.activity(
        "Delete", stage.mallory, stage.reply["id"], actor=[stage.mallory.id, stage.eve.id]
    )
    return await stage.send(stage.mallory, activity)


@forgery("k-two-owners-of-whom-one-is-known")
async def _(stage: Stage) -> httpx2.Response:
    note = stage.note(stage.mallory, attributedTo=[stage.eve.id, stage.mallory.id])
    return await stage.send(stage.mallory, stage.activity("Create", stage.mallory, note))


@forgery("l-a-context-that-turns-the-actor-into-a-summary")
async def _(stage: Stage) -> httpx2.Response:
    context = [AS2, {"actor": "as:summary", "by": {"@id": "as:actor", "@type": "@id"}}]
    activity = stage.activity("Delete", stage.mallory, stage.reply["id"], by=stage.eve.id)
    return await stage.send(stage.mallory, activity | {"@context": context})


@forgery("m-graph")
async def _(stage: Stage) -> httpx2.Response:
    inner = stage.activity("Delete", stage.eve, stage.reply["id"])
    return await stage.send(stage.mallory, stage.activity("Like", stage.mallory, HUB) | {"@graph": [inner]})


@forgery("m-reverse")
async def _(stage: Stage) -> httpx2.Response:
    inner = {"actor": stage.activity("Delete", stage.eve, stage.reply["id"])}
    activity = stage.activity("Like", stage.mallory, {"id": HUB, "@reverse": inner})
    return await stage.send(stage.mallory, activity)


@forgery("idc-06-an-actor-written-out-with-the-attacker-s-key")
async def _(stage: Stage) -> httpx2.Response:
    key = stage.eve.document["publicKey"] | {
        "publicKeyPem": stage.mallory.document["publicKey"]["publicKeyPem"]
    }
    activity = stage.activity("Delete", stage.eve, stage.reply["id"])
    activity["actor"] = stage.eve.document | {"publicKey": key}
    return await stage.send(
        stage.eve, activity, key=SigningKey(stage.eve.key.key_id, stage.mallory.key.private)
    )


@forgery("idc-04-a-delete-of-another-account")
async def _(stage: Stage) -> httpx2.Response:
    return await stage.send(stage.frank, stage.activity("Delete", stage.frank, stage.eve.id))


@forgery("idc-16-an-undo-of-another-s-follow")
async def _(stage: Stage) -> httpx2.Response:
    return await stage.send(stage.mallory, stage.activity("Undo", stage.mallory, stage.follow))


@forgery("idc-16-an-undo-of-another-s-follow-said-to-be-one-s-own")
async def _(stage: Stage) -> httpx2.Response:
    follow = stage.follow | {"actor": stage.mallory.id}
    return await stage.send(stage.mallory, stage.activity("Undo", stage.mallory, follow))


@forgery("idc-16-an-undo-by-nothing-but-the-id-of-a-neighbour-s-follow")
async def _(stage: Stage) -> httpx2.Response:
    return await stage.send(stage.frank, stage.activity("Undo", stage.frank, stage.follow["id"]))
