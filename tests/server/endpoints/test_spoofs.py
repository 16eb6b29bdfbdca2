"""Whoever speaks for others changes nothing here: the spoof matrix with every table compared (AC-2.1, IDC, SIG-16)."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from federation.keys import SigningKey
from server.storage.database import Transaction
from server.storage.queries import Query
from tests.fediverse import Fediverse, Node
from tests.neighbours import Account, Json, Neighbour

pytestmark = pytest.mark.anyio

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS2 + "#Public"
INBOX = "https://home.example/inbox"
HUB = "https://home.example/actors/hub"

ACTIVITY_TYPES = [
    "Accept",
    "Add",
    "Announce",
    "Arrive",
    "Block",
    "Create",
    "Delete",
    "Dislike",
    "Flag",
    "Follow",
    "Ignore",
    "Invite",
    "Join",
    "Leave",
    "Like",
    "Listen",
    "Move",
    "Offer",
    "Question",
    "Read",
    "Reject",
    "Remove",
    "TentativeAccept",
    "TentativeReject",
    "Travel",
    "Undo",
    "Update",
    "View",
]


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
            tables = [
                row["name"] for row in tx.all(_sql("SELECT name FROM sqlite_master WHERE type = 'table'"))
            ]
            return {
                table: sorted(str(dict(row)) for row in tx.all(_sql(f"SELECT * FROM {table}")))
                for table in tables
                if not table.startswith("sqlite_") and "_fts" not in table and "_search" not in table
            }

        return await self.home.services.database.read(read)


def _sql(text: str) -> Any:
    return Query("test", text, "A question of a test.", Path("tests"))


@pytest.fixture
async def stage(fediverse: Fediverse) -> Stage:
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


@pytest.mark.parametrize("name", FORGERIES)
async def test_ac_2_1_a_forgery_changes_nothing(stage: Stage, name: str) -> None:
    before = await stage.dump()
    answer = await FORGERIES[name](stage)
    await stage.fediverse.settle()
    after = await stage.dump()
    if answer.status_code == 202:
        # Of a type that may be sent, but about nothing of theirs: a hash tells that it was here, and nothing else does.
        added = set(after.pop("received_activities")) - set(before.pop("received_activities"))
        assert len(added) <= 1
    else:
        assert answer.status_code in (400, 401, 403)
    assert after == before
    honest = stage.activity("Like", stage.eve, stage.call, id=f"{stage.eve.id}/likes/1")
    assert (await stage.send(stage.eve, honest)).status_code == 202


def test_ac_2_1_every_letter_has_a_forgery() -> None:
    assert {name[0] for name in FORGERIES if name[1] == "-"} == set("abcdefghijklm")


@pytest.mark.parametrize("sender", ["eve", "frank"])
async def test_idc_21_every_type_of_activity_is_taken_and_leaves_a_hash(stage: Stage, sender: str) -> None:
    """What concerns nothing of ours: of those we know, and of those we have never heard of."""
    account: Account = getattr(stage, sender)
    before = await stage.dump()
    for kind in [*ACTIVITY_TYPES, "Frobnicate"]:
        thing = stage.mallory.id if kind == "Follow" else f"{account.id}/things/{kind}"
        activity = stage.activity(kind, account, thing, id=f"{account.id}/acts/{kind}", target=f"{thing}/2")
        assert (await stage.send(account, activity)).status_code == 202, kind
        after = await stage.dump()
        (added,) = set(after["received_activities"]) - set(before["received_activities"])
        assert account.id not in added
        before["received_activities"] = after["received_activities"]
        assert after == before, kind
    assert len(ACTIVITY_TYPES) == 28


async def test_sig_16_the_same_request_again_has_no_second_effect(stage: Stage) -> None:
    like = stage.activity("Like", stage.mallory, stage.call, id=f"{stage.mallory.id}/likes/1")
    assert (await stage.send(stage.mallory, like)).status_code == 202
    before = await stage.dump()
    assert any("'like'" in row for row in before["call_reactions"])
    stage.fediverse.clock.advance(minutes=5)
    for _ in range(3):
        assert (await stage.send(stage.mallory, like)).status_code == 202
    assert await stage.dump() == before
    answer = await stage.send(stage.mallory, like | {"object": HUB})
    assert (answer.status_code, answer.json()) == (403, {"error": "id-reused"})
    assert await stage.dump() == before


async def test_idc_07_the_copy_in_an_announce_is_nobody_s_word(stage: Stage) -> None:
    before = await stage.dump()
    forged = stage.reply | {
        "content": "<p>Give your money to Mallory.</p>",
        "updated": "2026-11-23T08:59:00Z",
    }
    announce = stage.activity("Announce", stage.mallory, forged)
    assert (await stage.send(stage.mallory, announce)).status_code == 202
    await stage.fediverse.settle()
    after = await stage.dump()
    assert after.pop("received_activities") != before.pop("received_activities")
    assert after == before
    assert "Mallory" not in str(after["call_replies"])


async def test_ac_1_6_a_neighbour_that_changes_its_key_is_asked_once(stage: Stage) -> None:
    stage.peer.asked.clear()
    old = stage.eve.key
    stage.peer.rotate(stage.eve)
    for number in range(3):
        like = stage.activity("Like", stage.eve, HUB, id=f"{stage.eve.id}/likes/{number}")
        assert (await stage.send(stage.eve, like)).status_code == 202
    assert stage.peer.asked == ["/users/eve"]
    for number in range(100):
        like = stage.activity("Like", stage.eve, HUB, id=f"{stage.eve.id}/forged/{number}")
        assert (await stage.send(stage.eve, like, key=old)).status_code == 401
    assert stage.peer.asked == ["/users/eve"]


async def test_ac_2_4_a_thousand_deletes_of_nobody_cause_no_request_and_no_row(stage: Stage) -> None:
    before = await stage.dump()
    stage.peer.asked.clear()
    for number in range(1000):
        gone = f"https://peer.example/users/gone{number}"
        delete = {"id": f"{gone}#delete", "type": "Delete", "actor": gone, "object": gone}
        assert (await stage.send(stage.frank, delete)).status_code == 202
    assert stage.peer.asked == []
    assert await stage.dump() == before


async def test_a_blocked_server_is_refused_before_it_costs_anything(stage: Stage) -> None:
    await stage.home.command("block.add", target="https://evil.example")
    before = await stage.dump()
    stage.evil.asked.clear()
    friend = stage.evil.account("friend")
    for actor in (stage.mallory, friend):
        answer = await stage.evil.send(actor, INBOX, stage.activity("Like", actor, stage.call))
        assert (answer.status_code, answer.json()) == (403, {"error": "blocked"})
    proved_by_other = stage.activity("Create", stage.eve, stage.reply, signature={"type": "RsaSignature2017"})
    assert (await stage.send(stage.mallory, proved_by_other)).status_code == 403
    assert stage.evil.asked == []
    assert await stage.dump() == before


async def test_ac_1_11_what_nobody_here_wants_leaves_no_errand(stage: Stage) -> None:
    before = await stage.dump()
    strange = stage.note(stage.frank, id=f"{stage.frank.id}/notes/5", inReplyTo=None)
    for kind in ("Create", "Update", "Delete"):
        passed_on = stage.activity(kind, stage.frank, strange, signature={"type": "RsaSignature2017"})
        assert (await stage.send(stage.mallory, passed_on)).status_code == 202
    assert await stage.dump() == before
    wanted = stage.activity("Update", stage.eve, stage.reply, signature={"type": "RsaSignature2017"})
    assert (await stage.send(stage.mallory, wanted)).status_code == 202
    after = await stage.dump()
    assert [row for row in after.pop("errands") if "fetch-forwarded" in row and stage.reply["id"] in row]
    before.pop("errands")
    assert after == before
