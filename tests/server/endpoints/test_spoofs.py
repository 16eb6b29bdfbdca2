"""Whoever speaks for others changes nothing here: the spoof matrix with every table compared (AC-2.1, IDC, SIG-16)."""

import pytest

from tests.fediverse import Fediverse
from tests.neighbours import Account
from tests.server.endpoints.forgeries import FORGERIES, HUB, INBOX, Stage, a_stage

pytestmark = pytest.mark.anyio

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


@pytest.fixture
async def stage(fediverse: Fediverse) -> Stage:
    return await a_stage(fediverse)


@pytest.mark.parametrize("name", FORGERIES)
async def test_ac_2_1_a_forgery_changes_nothing(stage: Stage, name: str) -> None:
    before = await stage.dump()
    answer = await FORGERIES[name](stage)
    await stage.fediverse.settle()
    after = await stage.dump()
    if answer.status_code == 202:
        # Of a type that may be sent, but about nothing of theirs: a hash tells that it was here, and nothing else does.
        # A Delete leaves another, of what it names with whoever sent it: that comes too late from them alone (INT-11).
        added = set(after.pop("received_activities")) - set(before.pop("received_activities"))
        assert len(added) <= (2 if "-a-delete-" in name else 1)
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
        added = set(after["received_activities"]) - set(before["received_activities"])
        # Of a deletion also what is deleted, so that it cannot come afterwards.
        assert len(added) == (2 if kind == "Delete" else 1)
        assert account.id not in "".join(added)
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
