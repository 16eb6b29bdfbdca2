"""The log of decisions: complete, only ever added to, and nobody changes it unseen."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import server
from server.clock import millis
from server.feature import Refusal
from server.hub.decisions import actions, store
from server.hub.decisions.model import FIRST, Decision, Kept, Link, commitment_of, hash_of, problems_of
from server.storage.queries import Query
from tests.people import text_on
from tests.server.hub.desk_world import APPLICATION, AT, GARDEN, LISTING, Desk
from tests.server.hub.small_hub import NOON, Initiative, SmallHub

pytestmark = pytest.mark.anyio


def sql(text: str) -> Query:
    return Query("", text, "", Path())


def chain_of(reasons: list[str]) -> tuple[list[tuple[Kept, int]], tuple[int, str]]:
    chain, previous = [], FIRST
    for number, reason in enumerate(reasons, start=1):
        decision = Decision("admit", "Robin", reason, handle=AT)
        commitment = commitment_of("salt", decision)
        digest = hash_of(number, millis(NOON), "admit", commitment, previous)
        link = Link(number, NOON, "admit", commitment, previous, digest)
        chain.append((Kept(link, decision, "salt"), millis(NOON)))
        previous = digest
    return chain, (len(chain), previous)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=6), st.data())
def test_tru_08_one_change_anywhere_is_seen(reasons: list[str], data: st.DataObject) -> None:
    chain, head = chain_of(reasons)
    assert problems_of(chain, head) == []
    at = data.draw(st.integers(0, len(chain) - 1))
    (kept, time), rest = chain[at], chain[:at] + chain[at + 1 :]
    assert problems_of(rest, head) != []
    link, decision = kept.link, kept.decision
    assert decision is not None
    other = Decision("admit", "Robin", decision.reason + "!", handle=AT)
    forged = [
        (Kept(link, other, "salt"), time),
        (kept, time + 1),
        (
            Kept(
                Link(link.number, NOON, "refuse", link.commitment, link.previous, link.hash), decision, "salt"
            ),
            time,
        ),
        (
            Kept(Link(link.number, NOON, link.act, link.commitment, "f" * 64, link.hash), decision, "salt"),
            time,
        ),
    ]
    for forgery in forged:
        assert problems_of([*chain[:at], forgery, *chain[at + 1 :]], head) != []


def test_erased_details_leave_the_chain_whole() -> None:
    chain, head = chain_of(["a", "b", "c"])
    chain[1] = (Kept(chain[1][0].link, None, ""), chain[1][1])
    assert problems_of(chain, head) == []


def test_no_statement_of_the_house_changes_or_deletes_an_entry() -> None:
    for file in Path(server.__file__).parent.rglob("*"):
        if file.suffix in (".sql", ".py") and "schema" not in file.name:
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"(?i)\b(UPDATE|DELETE\s+FROM|DROP\s+TABLE)\s+hub_decisions\b", text), file


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE hub_decision_details SET reason = 'another' WHERE number = 1",
        "UPDATE hub_decision_details SET decided_by = 'Mallory' WHERE number = 2",
        "UPDATE hub_decisions SET act = 'remove' WHERE number = 1",
        "UPDATE hub_decisions SET at = at + 1 WHERE number = 2",
        "DELETE FROM hub_decision_details WHERE number = 1; DELETE FROM hub_decisions WHERE number = 1",
        "DELETE FROM hub_decision_details WHERE number = 2; DELETE FROM hub_decisions WHERE number = 2",
    ],
)
async def test_check_says_when_somebody_was_at_the_log(desk: Desk, tampering: str) -> None:
    await desk.hub.command("block.add", target="spam.example")
    await desk.hub.command("block.remove", target="spam.example")
    lines = (await desk.hub.command("check"))["lines"]
    assert any(line.startswith("ok: the log of decisions holds 2 entries") for line in lines)

    def tamper(tx: Any) -> None:
        for statement in tampering.split(";"):
            tx.run(sql(statement))

    await desk.hub.services.database.write(tamper)
    lines = (await desk.hub.command("check"))["lines"]
    assert any(line.startswith("problem: the log of decisions was tampered with") for line in lines)


async def test_it_is_said_at_the_start_too(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.hub.command("block.add", target="spam.example")
    await desk.hub.services.database.write(
        lambda tx: tx.run(sql("UPDATE hub_decision_details SET decided_by = 'Mallory'"))
    )
    await desk.hub.stop()
    await desk.hub.start()
    assert "tampered with: what entry 1 says was changed" in caplog.text


async def test_every_act_of_the_command_line_is_one_entry_and_a_refused_one_none(hub: SmallHub) -> None:
    garten, wald = Initiative(hub.world), Initiative(hub.world, "wald.example", "wald")

    async def acts() -> list[tuple[str, str, str]]:
        found = await hub.services.database.read(lambda tx: list(store.chain(tx)))
        return [(kept.link.act, *_who(kept)) for kept, _ in found]

    await hub.command("hub.admit", target=garten.at)
    assert await acts() == []
    await hub.apply(garten)
    expected = [("admit", "command line", garten.at)]
    assert await acts() == expected
    await hub.command("hub.admit", target=garten.at)
    with pytest.raises(Refusal):
        await hub.command("hub.refuse", target=garten.at)
    with pytest.raises(Refusal):
        await hub.command("hub.remove", target=wald.at)
    assert await acts() == expected
    await hub.apply(wald)
    await hub.command("hub.refuse", target=wald.at, reason="Not our field")
    await hub.command("hub.remove", target=garten.at, reason="Gone astray")
    expected += [("refuse", "command line", wald.at), ("remove", "command line", garten.at)]
    assert await acts() == expected
    await hub.command("block.add", target="spam.example", reason="Lies")
    await hub.command("block.add", target="spam.example")
    await hub.command("block.remove", target="spam.example")
    with pytest.raises(Refusal):
        await hub.command("block.remove", target="spam.example")
    with pytest.raises(Refusal):
        await hub.command("block.add", target="not a host")
    expected += [("block", "command line", ""), ("lift-block", "command line", "")]
    assert await acts() == expected


def _who(kept: Kept) -> tuple[str, str]:
    decision = kept.decision
    assert decision is not None
    return decision.by, decision.handle


async def test_the_public_page_names_neither_editors_nor_applicants_nor_who_left(desk: Desk) -> None:
    await desk.apply()
    await desk.editor.post(f"{APPLICATION}/refuse", reason="Secret reason")
    await desk.fediverse.settle()
    public = text_on(await desk.hub.get("/decisions"))
    assert "Garden" not in public
    assert "Secret reason" not in public
    await desk.admit()
    assert "Garden" in text_on(await desk.hub.get("/decisions"))
    await desk.garden.command("initiative.remove", handle="garden")
    await desk.fediverse.settle()
    assert "Garden" not in text_on(await desk.hub.get("/decisions"))


async def test_of_a_deleted_account_the_log_keeps_no_word(desk: Desk) -> None:
    await desk.admit()
    await desk.garden.command("initiative.remove", handle="garden")
    await desk.fediverse.settle()
    assert await desk.log() == []
    assert "erased when their time was over" in text_on(await desk.editor.get("/desk/hub/log"))
    found = await desk.hub.services.database.read(actions.problems)
    assert found == []


async def test_refusals_are_forgotten_after_half_a_year_and_who_is_listed_stays(desk: Desk) -> None:
    await desk.apply()
    await desk.editor.post(f"{APPLICATION}/refuse", reason="Not yet")
    await desk.fediverse.settle()
    await desk.admit()
    desk.fediverse.clock.advance(days=181)
    await desk.fediverse.settle()
    assert await desk.acts() == ["admit"]
    desk.fediverse.clock.advance(days=1000)
    await desk.fediverse.settle()
    assert await desk.acts() == ["admit"]
    rows = await desk.hub.rows()
    assert rows["hub_decisions"] == 2
    assert await desk.hub.services.database.read(actions.problems) == []


async def test_who_was_refused_is_forgotten_altogether(hub: SmallHub) -> None:
    garten = Initiative(hub.world)
    await hub.apply(garten)
    await hub.command("hub.refuse", target=garten.at, reason="Not our field")
    hub.clock.advance(days=181)
    await hub.work()
    assert await hub.rows("hub_listings") == []
    assert await hub.rows("hub_decision_details") == []


async def test_the_log_is_paged_and_filtered(desk: Desk) -> None:
    for number in range(25):
        await desk.hub.command("block.add", target=f"spam{number}.example")
        await desk.hub.command("block.remove", target=f"spam{number}.example")
    first = await desk.editor.get("/desk/hub/log")
    assert first.text.count("<time>") == 40
    assert 'rel="next"' in first.text
    second = await desk.editor.get("/desk/hub/log?before=11")
    assert second.text.count("<time>") == 10
    blocks = await desk.editor.get("/desk/hub/log?act=block")
    assert blocks.text.count("<time>") == 25
    assert (await desk.editor.get("/desk/hub/log?act=nonsense&before=x'")).text.count("<time>") == 40


async def test_a_block_ends_what_it_hits_and_each_is_in_the_log(desk: Desk) -> None:
    await desk.publish("Plant a tree")
    await desk.admit()
    page = await desk.editor.get(f"/desk/hub/blocks/add?target={GARDEN}")
    assert "would be removed from the directory: Garden" in text_on(page)
    answer = await desk.editor.post("/desk/hub/blocks/add", target="garden.example", reason="Lies")
    assert answer.status_code == 303
    await desk.fediverse.settle()
    log = await desk.log()
    assert [(d.act, d.by, d.reason) for d in log[1:]] == [("block", "Robin", "Lies"), ("remove", "Robin", "")]
    assert (await desk.hub.get("/calls.json")).json()["total"] == 0
    public = text_on(await desk.hub.get("/decisions"))
    assert "Its account or its server was blocked." in public
    assert "Lies" not in public
    await desk.publish("Another tree")
    await desk.garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
    await desk.fediverse.settle()
    assert (await desk.hub.get("/calls.json")).json()["total"] == 0
    assert (await desk.hub.command("hub.applications"))["lines"] == []
    listed = await desk.editor.get("/desk/hub/blocks")
    assert "https://garden.example" in text_on(listed)
    assert "Lies" in text_on(listed)
    path = re.search(r'href="(/desk/hub/blocks/[a-z2-7]{16}/lift)"', listed.text)
    assert path is not None
    assert (await desk.editor.post(path[1], reason="It was a mistake")).status_code == 303
    assert (await desk.editor.get(path[1])).status_code == 404
    assert (await desk.log())[-1].about == "https://garden.example"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "not a host",
        "javascript:alert(1)",
        "https://hub.example/actors/hub",
        "hub.example",
        "https://u@x/",
    ],
)
async def test_what_cannot_be_blocked_is_said_beside_the_field(desk: Desk, wrong: str) -> None:
    answer = await desk.editor.post("/desk/hub/blocks/add", target=wrong, reason="")
    assert answer.status_code == 422
    assert 'id="target-error"' in answer.text
    assert (await desk.hub.rows())["blocks"] == 0
    assert (await desk.editor.get(LISTING)).status_code == 404
