"""Who may open which page of whose desk, and what comes of fields, ids and handles that are not theirs."""

import pytest

from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person
from tests.server.initiative.desk import CALL, DESK, PROFILE, a_garden, fields_on

pytestmark = pytest.mark.anyio

PAGES = ["", "/profile", "/calls", "/calls/new", "/deliveries", "/hubs"]


@pytest.fixture
async def node(fediverse: Fediverse) -> Node:
    node = await a_garden(fediverse)
    await node.command("initiative.add", handle="other", name="Other")
    return node


@pytest.fixture
async def editor(node: Node) -> Person:
    return await person(node, Grant("@garden", "editor"))


async def a_draft(editor: Person, desk: str = DESK) -> str:
    answer = await editor.post(f"{desk}/calls/new", act="save", version="0", **CALL)
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[0].removeprefix(desk)


async def a_call(node: Node, handle: str = "garden") -> str:
    done = await node.command("call.publish", handle=handle, title="Plant", text="Trees.")
    return f"/calls/{done['uri'].rpartition('/')[2]}"


async def every_page(node: Node, editor: Person) -> list[str]:
    draft, call = await a_draft(editor), await a_call(node)
    drafts = [draft, f"{draft}/preview", f"{draft}/delete"]
    return PAGES + drafts + [call + act for act in ("", "/edit", "/close", "/withdraw", "/duplicate")]


async def test_an_editor_opens_every_page_of_their_own_and_none_of_the_others(
    node: Node, editor: Person
) -> None:
    for path in await every_page(node, editor):
        page = await editor.get(DESK + path)
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1, path
        assert page.headers["cache-control"] == "no-store"
        for handle in ("other", "nobody"):
            assert (await editor.get(f"/desk/@{handle}{path}")).status_code == 404, path
            assert (await editor.post(f"/desk/@{handle}{path}")).status_code in (404, 405), path


async def test_nobody_opens_them_without_a_session(node: Node, editor: Person) -> None:
    for path in [*await every_page(node, editor), "/delete"]:
        answer = await node.get(DESK + path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


async def test_only_an_owner_deletes_and_only_fresh(node: Node, editor: Person) -> None:
    assert (await editor.get(f"{DESK}/delete")).status_code == 404
    owner = await person(node, Grant("@garden", "owner"))
    assert (await owner.get(f"{DESK}/delete")).status_code == 200
    stale = await person(node, Grant("@garden", "owner"), fresh=False)
    answer = await stale.post(f"{DESK}/delete", typed="garden")
    assert "garden" in {line.split("@")[1] for line in (await node.command("initiative.list"))["lines"]}
    assert answer.status_code != 500


async def test_only_the_owner_of_the_server_adds_initiatives(node: Node, editor: Person) -> None:
    assert (await editor.get("/desk/new-initiative")).status_code == 403
    hub_owner = await person(node, Grant("hub", "owner"))
    assert (await hub_owner.get("/desk/new-initiative")).status_code == 403


async def test_web_11_ids_of_another_initiative_are_not_there_under_my_handle(
    node: Node, editor: Person
) -> None:
    stranger = await person(node, Grant("@other", "editor"))
    draft = await a_draft(stranger, "/desk/@other")
    call = await a_call(node, "other")
    before = await node.rows()
    for end in ("", "/preview", "/delete"):
        assert (await editor.get(DESK + draft + end)).status_code == 404
    for end in ("", "/edit", "/close", "/withdraw", "/duplicate"):
        assert (await editor.get(DESK + call + end)).status_code == 404
    words = {**CALL, "act": "save", "version": "1"}
    assert (await editor.post(DESK + draft, **words)).status_code == 404
    assert (await editor.post(f"{DESK}{draft}/preview", version="1", call_seen="0")).status_code == 404
    assert (await editor.post(f"{DESK}{draft}/delete")).status_code == 404
    assert (await editor.post(f"{DESK}{call}/edit", **{**words, "version": "0"})).status_code == 404
    assert (await editor.post(f"{DESK}{call}/close", outcome="")).status_code == 404
    assert (await editor.post(f"{DESK}{call}/withdraw", typed="withdraw")).status_code == 404
    assert (await editor.post(f"{DESK}{call}/duplicate")).status_code == 404
    assert await node.rows() == before


@pytest.mark.parametrize("call_id", ["x", "0" * 20, "' OR 1=1--", "..%2f..", "%00", "é" * 20])
async def test_web_07_what_is_no_id_is_not_there(editor: Person, call_id: str) -> None:
    for path in (f"/calls/{call_id}", f"/calls/{call_id}/close", f"/drafts/{call_id}"):
        assert (await editor.get(DESK + path)).status_code == 404


@pytest.mark.parametrize("extra", ["role", "actor_id", "state", "published_at", "uri", "handle"])
async def test_web_10_no_form_takes_more_than_it_offers(node: Node, editor: Person, extra: str) -> None:
    owner = await person(node, Grant("server", "owner"))
    draft, call = await a_draft(editor), await a_call(node)
    forms = [
        ("/profile", PROFILE),
        ("/calls/new", {**CALL, "act": "save"}),
        (draft, {**CALL, "act": "save", "version": "1"}),
        (f"{draft}/preview", {"version": "1", "call_seen": "0"}),
        (f"{draft}/delete", {}),
        (f"{call}/close", {"outcome": ""}),
        (f"{call}/withdraw", {"typed": "withdraw"}),
        (f"{call}/duplicate", {}),
        ("/hubs", {"hub": "@hub@hub.example"}),
        ("/hubs/leave", {"hub": "@hub@hub.example"}),
        ("/delete", {"typed": "garden"}),
    ]
    before = await node.rows()
    for path, fields in forms:
        assert (await owner.post(DESK + path, **fields, **{extra: "x"})).status_code == 400, path
    if extra != "handle":
        fields = {"handle": "new", **PROFILE}
        del fields["act"]
        assert (await owner.post("/desk/new-initiative", **fields, **{extra: "x"})).status_code == 400
    assert await node.rows() == before


async def test_what_was_typed_in_a_lost_session_is_shown_and_not_acted_upon(
    node: Node, editor: Person
) -> None:
    """The guard shows the form again, filled, when the token is another session's."""
    answer = await editor.send(
        f"{DESK}/calls/new", {**CALL, "act": "preview", "version": "0", "_csrf": "of yesterday"}
    )
    assert answer.status_code == 403
    assert fields_on(answer)["title"] == ["Help us plant"]
    assert (await node.rows())["call_drafts"] == 0


async def test_an_initiative_deleted_meanwhile_leaves_plain_pages(node: Node, editor: Person) -> None:
    paths = await every_page(node, editor)
    await node.command("initiative.remove", handle="garden")
    for path in paths:
        assert (await editor.get(DESK + path)).status_code in (404, 410), path
        assert (await editor.post(DESK + path)).status_code in (404, 405, 410), path
